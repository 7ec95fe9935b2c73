/** WS-Man calls to one virtual PC, plain and over TLS: ours, beside MeshCentral's stack on the same PC. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { askChild, endChild, nextMessage, startChild } from './children.ts';
import type { BenchGoal, BenchTable } from './table.ts';
import type { WsmanRun } from './wsman-work.ts';

export const name = 'wsman';

/** Pairs of runs for each way; of each client the best one counts, since whatever else runs only makes runs worse. */
const RUNS = 7;
const WAYS = ['plain', 'tls'] as const;
const meshcentral = join(import.meta.dirname, '../test/peers/node_modules/meshcentral');

/** One client's run, and what the PC saw of it. */
interface Measured extends WsmanRun {
  readonly requests: number;
}

export async function run(): Promise<BenchTable> {
  const notes = [
    'Get of four classes in turn and, every fifth time, an enumeration; one call after the other; the virtual PC runs in another process; each client runs in a process of its own, warms up first, and the best of its seven runs counts',
    'amtkit decodes into typed properties; MeshCentral into untyped objects',
  ];
  const compare = existsSync(meshcentral);
  if (!compare) notes.push("MeshCentral's stack was left out: it is not installed (npm run peers)");
  const rows: (string | number)[][] = [];
  const goals: BenchGoal[] = [];
  const pc = startChild('wsman-machine.ts', []);
  try {
    const { host, ...ports } = await nextMessage<{ host: string; plain: number; tls: number }>(pc);
    for (const way of WAYS) {
      const ours: Measured[] = [];
      const theirs: Measured[] = [];
      const where = [host, String(ports[way]), way];
      for (let i = 0; i < RUNS; i++) {
        ours.push(await measure(pc, 'wsman-ours.ts', where));
        if (compare) theirs.push(await measure(pc, 'wsman-meshcentral.ts', [meshcentral, ...where]));
      }
      const [our, their] = [best(ours), best(theirs)];
      if (our === undefined) continue;
      rows.push(rowOf('amtkit', way, our));
      if (their !== undefined) rows.push(rowOf('MeshCentral', way, their));
      goals.push(...goalsOf(way, our, their));
    }
  } finally {
    await endChild(pc);
  }
  return { title: 'WS-Man calls to one virtual PC', columns: COLUMNS, rows, notes, goals };
}

const COLUMNS = ['client', 'way', 'calls', 'round trips per call', 'calls/s', 'CPU per call, µs', 'RSS, MB'];

function rowOf(who: string, way: string, { calls, requests, ms, cpuMs, rssMb }: Measured): (string | number)[] {
  return [
    who,
    way,
    calls,
    requests / calls,
    Math.round(calls / (ms / 1000)),
    cpuPerCall({ cpuMs, calls }),
    Math.round(rssMb),
  ];
}

function goalsOf(way: string, our: Measured, their: Measured | undefined): BenchGoal[] {
  const trips = our.requests / our.calls;
  const goals = [{ text: `one round trip per call (${way})`, met: trips === 1, measured: String(trips) }];
  if (their === undefined) return goals;
  const [speed, cost] = [their.ms / our.ms, cpuPerCall(our) / cpuPerCall(their)];
  return [
    ...goals,
    {
      text: `at least as many calls per second as MeshCentral (${way})`,
      met: speed >= 1,
      measured: `${speed.toFixed(2)} times`,
    },
    { text: `no more CPU per call than MeshCentral (${way})`, met: cost <= 1, measured: `${cost.toFixed(2)} times` },
  ];
}

function cpuPerCall({ cpuMs, calls }: Pick<WsmanRun, 'cpuMs' | 'calls'>): number {
  return Math.round((cpuMs / calls) * 1000);
}

/** The least of every cost. */
function best(runs: readonly Measured[]): Measured | undefined {
  const [first] = runs;
  if (first === undefined) return undefined;
  const least = (cost: 'ms' | 'cpuMs' | 'rssMb') => Math.min(...runs.map((run) => run[cost]));
  const requests = Math.max(...runs.map((run) => run.requests));
  return { calls: first.calls, requests, ms: least('ms'), cpuMs: least('cpuMs'), rssMb: least('rssMb') };
}

/** One client from start to end; the PC is asked for its count when the client is warm and when it is done. */
async function measure(pc: ChildProcess, file: string, args: readonly string[]): Promise<Measured> {
  const client = startChild(file, args);
  const ended = once(client, 'exit');
  await nextMessage(client);
  const before = await requestsOf(pc);
  client.send('go');
  const { run } = await nextMessage<{ run: WsmanRun }>(client);
  const requests = (await requestsOf(pc)) - before;
  await ended;
  return { ...run, requests };
}

async function requestsOf(pc: ChildProcess): Promise<number> {
  return (await askChild<{ requests: number }>(pc, 'count')).requests;
}
