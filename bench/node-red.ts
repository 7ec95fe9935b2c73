/** A thousand virtual PCs watched by `amt-watch` in a real Node-RED: messages a second, memory, how soon a change is told. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { peers, type RunningNodeRed, startNodeRed } from './node-red-runtime.ts';
import { endProcess, type PcKind, spread, startPcs, usageOf, writePcBook } from './pc-book.ts';
import type { BenchTable } from './table.ts';

export const name = 'node-red';

const VERSION = 'node-red-5';
const COUNT = Number(process.env.AMTKIT_BENCH_PCS ?? 1000);
const POLL_SECONDS = 30;
/** Long enough for what is refreshed every five minutes. */
const STEADY_MS = Number(process.env.AMTKIT_BENCH_SECONDS ?? 310) * 1000;
/** PCs that somebody switches on by hand. */
const CHANGED = 20;
/** How often everything that is known is told again. */
const TELLINGS = 5;

/** What was measured with one kind of PC. */
interface Measured {
  readonly kind: PcKind;
  readonly startSeconds: number;
  readonly atStart: number;
  readonly online: number;
  readonly cores: number;
  readonly kbPerPc: number;
  readonly slowestChangeSeconds: number;
  /** Messages when everything is told again, and how many of them in a second. */
  readonly again: number;
  readonly rate: number;
  readonly kbPerPcAfter: number;
}

export async function run(): Promise<BenchTable> {
  if (!existsSync(join(peers, VERSION))) throw new Error(`${VERSION} is not installed: npm run peers fetches it.`);
  const before = loadavg();
  const idleKb = await idleRss();
  const measured = [await measure('plain', idleKb), await measure('tls', idleKb)];
  const [plain] = measured as [Measured, Measured];
  const n = (value: number, digits = 0): number => Number(value.toFixed(digits));
  return {
    title: `One amt-watch in Node-RED 5, ${COUNT.toLocaleString('en-US')} PCs polled every ${POLL_SECONDS} s`,
    columns: [
      'PCs',
      'all online after, s',
      'messages by then',
      'cores',
      'RSS per PC, KB',
      'slowest change told after, s',
      'messages when all is told again',
      'of them a second',
      'RSS per PC after that, KB',
    ],
    rows: measured.map((each) => [
      each.kind,
      n(each.startSeconds, 1),
      each.atStart,
      n(each.cores, 3),
      n(each.kbPerPc),
      n(each.slowestChangeSeconds, 1),
      each.again,
      n(each.rate),
      n(each.kbPerPcAfter),
    ]),
    notes: [
      'Node-RED and PCs are processes of their own; the RSS of Node-RED with the palette and a fleet without machines is subtracted',
      `cores over ${STEADY_MS / 1000} s, which ${STEADY_MS > 300_000 ? 'holds a' : 'need not hold a'} refresh of what is asked every five minutes`,
      `messages are counted by a function node behind amt-watch; all is told again when amt-watch is deployed anew with *tell what is known*, best of ${TELLINGS} times`,
      `${CHANGED} PCs are switched on behind Node-RED's back, at one moment`,
      `load average of the machine before and after: ${load(before)} and ${load(loadavg())}`,
    ],
    goals: [
      goal('every PC online', plain.online === COUNT, `${plain.online} of ${COUNT}`),
      goal('under a quarter of one core', plain.cores < 0.25, `${plain.cores.toFixed(3)} cores`),
      goal('under 150 KB RSS for each plain PC', plain.kbPerPc < 150, `${plain.kbPerPc.toFixed(0)} KB`),
      goal(
        'a change is told within one poll',
        plain.slowestChangeSeconds <= POLL_SECONDS + 1,
        `${plain.slowestChangeSeconds.toFixed(1)} s`,
      ),
      goal('10,000 messages a second', plain.rate >= 10_000, `${plain.rate.toFixed(0)} a second`),
    ],
  };
}

function goal(text: string, met: boolean, value: string): { text: string; met: boolean; measured: string } {
  return { text, met, measured: value };
}

function load([minute = 0]: readonly number[]): string {
  return minute.toFixed(1);
}

async function idleRss(): Promise<number> {
  return await withNodeRed(async (nodeRed, folder) => {
    const book = join(folder, 'none.yaml');
    await writePcBook(book, [], 'plain');
    await nodeRed.watch(book);
    await pause(3000);
    return (await usageOf(nodeRed.process)).rssKb;
  });
}

async function measure(kind: PcKind, idleKb: number): Promise<Measured> {
  const { process: pcs, list } = await startPcs(COUNT, kind);
  try {
    return await withNodeRed(async (nodeRed, folder) => {
      const book = join(folder, 'amtkit.yaml');
      await writePcBook(book, list, kind);
      const startedAt = performance.now();
      await nodeRed.watch(book);
      await until(nodeRed, ({ online }) => online === COUNT);
      const startSeconds = (performance.now() - startedAt) / 1000;
      const { messages: atStart, online } = await nodeRed.counted();
      const before = await usageOf(nodeRed.process);
      await pause(STEADY_MS);
      const after = await usageOf(nodeRed.process);

      await nodeRed.clear();
      pcs.send(spread(CHANGED, COUNT));
      await once(pcs, 'message');
      const changedAt = performance.now();
      await until(nodeRed, ({ on }) => on === CHANGED);
      const slowestChangeSeconds = (performance.now() - changedAt) / 1000;

      const { again, rate } = await tellAgain(nodeRed, book);
      const told = await usageOf(nodeRed.process);
      return {
        kind,
        startSeconds,
        atStart,
        online,
        cores: (after.cpuMs - before.cpuMs) / STEADY_MS,
        kbPerPc: (after.rssKb - idleKb) / COUNT,
        slowestChangeSeconds,
        again,
        rate,
        kbPerPcAfter: (told.rssKb - idleKb) / COUNT,
      };
    });
  } finally {
    await endProcess(pcs);
  }
}

/** The node is deployed anew, and its fleet stays: everything that is known goes through the flow at once. */
async function tellAgain(nodeRed: RunningNodeRed, book: string): Promise<{ again: number; rate: number }> {
  const runs = [];
  for (let i = 0; i < TELLINGS; i++) {
    await nodeRed.clear();
    await nodeRed.watch(book, 2 + i);
    await until(nodeRed, ({ messages }) => messages > COUNT);
    await pause(1000);
    const { messages, ms } = await nodeRed.counted();
    runs.push({ again: messages, rate: (messages * 1000) / Math.max(1, ms) });
  }
  return runs.reduce((best, each) => (each.rate > best.rate ? each : best));
}

async function until(nodeRed: RunningNodeRed, done: (seen: Awaited<ReturnType<RunningNodeRed['counted']>>) => boolean) {
  while (!done(await nodeRed.counted())) await pause(20);
}

async function withNodeRed<T>(work: (nodeRed: RunningNodeRed, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-bench-'));
  const nodeRed = await startNodeRed(VERSION, POLL_SECONDS);
  try {
    return await work(nodeRed, folder);
  } finally {
    await nodeRed.close();
    await rm(folder, { recursive: true, force: true });
  }
}
