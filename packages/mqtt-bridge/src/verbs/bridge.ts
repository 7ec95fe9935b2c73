/** Requests about the bridge itself. */

import { Vetoed } from '@amtkit/core';
import { LOG_LEVELS, type Reachability } from '@amtkit/core/automation';
import { z } from 'zod';
import type { BridgeContext } from '../context.ts';
import { type Verb, verb } from './verb.ts';

/** `permit`, `log`, `health`. */
export function bridgeVerbs(context: BridgeContext): Readonly<Record<string, Verb>> {
  const { permit, fleet, connection, startedAt, version, logLevels, news, log } = context;
  return {
    permit: verb({ seconds: z.int().min(0).max(3600) }, async ({ seconds }) => {
      if (permit.mode === 'never') {
        const reason = 'this bridge never lets destructive actions through';
        throw new Vetoed(`The permit cannot be opened: ${reason}.`, { by: 'permit', reason });
      }
      permit.open(seconds);
      news.tell();
      const openUntil = permit.openUntil?.toISOString();
      if (permit.mode === 'always') {
        return { message: 'Destructive actions need no permit on this bridge.', data: { mode: permit.mode } };
      }
      const message =
        openUntil === undefined ? 'The permit is closed.' : `Destructive actions may run until ${openUntil}.`;
      return { message, data: { mode: permit.mode, openUntil } };
    }),
    log: verb({ level: z.enum(LOG_LEVELS) }, async ({ level }) => {
      const before = logLevels.level;
      logLevels.level = level;
      log(`The log tells ${level} and what is more urgent.`);
      news.tell();
      return { message: `The log tells ${level} and what is more urgent.`, data: { level, before } };
    }),
    health: verb({}, async () => {
      const machines: Record<Reachability, number> = { unknown: 0, online: 0, offline: 0, refused: 0 };
      for (const { reachability } of fleet.machines.values()) machines[reachability]++;
      const { rss, heapUsed } = process.memoryUsage();
      const uptimeSeconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
      const broker = { connected: connection.connected, protocol: connection.protocol, backlog: connection.backlog };
      const total = fleet.machines.size;
      return {
        message: `Up for ${uptimeSeconds} seconds; ${machines.online} of ${total} machines answer.`,
        data: { version, uptimeSeconds, machines, broker, memory: { rss, heapUsed } },
      };
    }),
  };
}
