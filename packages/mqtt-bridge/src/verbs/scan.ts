/** The request that looks for machines. */
import { type DiscoveredMachine, discover, parseRange } from '@amtkit/core';
import { z } from 'zod';
import { Unanswerable } from '../answer.ts';
import type { BridgeContext } from '../context.ts';
import { type Verb, verb } from './verb.ts';

/** Larger ranges must be meant. */
const MANY = 4096;

/** `scan`. One at a time: it sends thousands of pings. */
export function scanVerb({ book, fleet }: BridgeContext): Readonly<Record<string, Verb>> {
  let isRunning = false;
  const ranges = z.union([z.string(), z.array(z.string()).min(1)]);
  return {
    scan: verb(
      { range: ranges, port: z.int().min(1).max(65_535).optional(), large: z.boolean().optional() },
      async (body, signal) => {
        const set = parseRange([body.range].flat().join(' '));
        if (set.count > MANY && body.large !== true) {
          const message = `The range names ${set.count} addresses. Say "large": true if that is meant.`;
          throw new Unanswerable('TOO_LARGE', message);
        }
        if (isRunning) throw new Unanswerable('BUSY', 'A scan is running already; wait for its answer.');
        isRunning = true;
        try {
          const found: DiscoveredMachine[] = [];
          const options = { signal, ...(body.port === undefined ? {} : { port: body.port }) };
          for await (const machine of discover(set, options)) {
            found.push(machine);
            fleet.plugins.discovered(machine);
          }
          const known = new Map([...(book?.machines ?? [])].map(([name, { host }]) => [host, name]));
          const machines = found.map((machine) => ({
            ...machine,
            name: known.get(machine.address) ?? known.get(machine.hostname ?? ''),
          }));
          return { message: `${machines.length} machines answered.`, data: { addresses: set.count, machines } };
        } finally {
          isRunning = false;
        }
      },
    ),
  };
}
