/** What the bridge is, retained as JSON; and what an earlier run of it said, to clear up what is not true any more. */
import { definePlugin, type Plugin } from '@amtkit/core/automation';
import type { Message } from '../connection/message.ts';
import type { BridgeContext } from '../context.ts';

/** Publishes `bridge/<id>/info`. */
export function infoPlugin(context: BridgeContext): Plugin {
  const { topics, fleet, connection, settings, permit, logLevels, patience, startedAt } = context;
  let changedAt: NodeJS.Timeout | undefined;
  let closing: NodeJS.Timeout | undefined;

  function message(): Message {
    const owned: string[] = [];
    const waiting: string[] = [];
    for (const { name, firmware } of fleet.machines.values()) {
      owned.push(name);
      if (firmware === undefined) waiting.push(name);
    }
    const info = {
      version: context.version,
      id: settings.id,
      machines: { owned, waiting },
      bridges: context.share?.others,
      broker: { url: context.brokerUrl, embedded: context.embedded, protocol: connection.protocol },
      plugins: context.plugins().map(({ name, version, isolation, state, failures, lastError }) => ({
        name,
        version,
        isolation,
        state,
        failures,
        lastError,
      })),
      permit: { mode: permit.mode, openUntil: permit.openUntil?.toISOString() },
      log: { level: logLevels.level },
      restart: context.reload.pending,
      startedAt: startedAt.toISOString(),
      uptimeSeconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    };
    return { topic: topics.bridgeInfo, payload: JSON.stringify(info), retain: true };
  }

  /** Also says when a window of the permit has closed by itself. */
  function tell(): void {
    connection.publish(message());
    clearTimeout(closing);
    const { openUntil } = permit;
    if (openUntil === undefined) return;
    closing = setTimeout(tell, openUntil.getTime() - Date.now() + 1);
    closing.unref();
  }

  return definePlugin({
    name: 'info',
    setup({ mqtt }) {
      mqtt?.prepare(async () => {
        const before = (await connection.retained([topics.bridgeInfo])).get(topics.bridgeInfo);
        for (const name of ownedBefore(before)) if (!context.knows(name)) context.forget(name);
      });
      mqtt?.announce(() => [message()]);
      const timer = setInterval(() => connection.publish(message()), patience.healthMs);
      timer.unref();
      const unfollow = context.news.follow(tell);
      return () => {
        unfollow();
        clearInterval(timer);
        clearTimeout(closing);
        clearTimeout(changedAt);
      };
    },
    changed({ type }) {
      if (type !== 'added' && type !== 'removed' && type !== 'identified') return;
      changedAt ??= setTimeout(() => {
        changedAt = undefined;
        connection.publish(message());
      }, COLLECT_MS);
      changedAt.unref();
    },
  });
}

/** A thousand machines come one by one; that is one piece of news. */
const COLLECT_MS = 500;

function ownedBefore(info: string | undefined): string[] {
  if (info === undefined) return [];
  try {
    const { machines } = JSON.parse(info) as { machines?: { owned?: unknown } };
    const owned = machines?.owned;
    return Array.isArray(owned) ? owned.filter((name) => typeof name === 'string' && /^[a-z0-9-]+$/.test(name)) : [];
  } catch {
    return [];
  }
}
