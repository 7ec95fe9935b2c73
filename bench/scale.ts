/** Ten thousand virtual PCs on three bridges that share them over one mosquitto. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from '@amtkit/core/testing';
import { connectAsync } from 'mqtt';
import type { BenchPc } from './bridge-pcs.ts';
import { startPcs, usageOf, writePcBook } from './pc-book.ts';
import { listenTo, type ScaleEar } from './scale-ear.ts';
import type { BenchGoal, BenchTable } from './table.ts';

export const name = 'scale';

const COUNT = Number(process.env.AMTKIT_BENCH_PCS ?? 10_000);
const BRIDGES = ['attic', 'cellar', 'office'];
const POLL_SECONDS = 60;
const STEADY_MS = Number(process.env.AMTKIT_BENCH_SECONDS ?? 120) * 1000;
/** Processes of PCs: each may open only so many files. */
const PC_PROCESSES = 4;
const COMMANDS_PER_SECOND = 200;
const COMMAND_SECONDS = 30;

export async function run(): Promise<BenchTable> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
    return tableOf(await measure(ends));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** What was measured. */
interface Measured {
  readonly startSeconds: number;
  readonly components: number;
  readonly missing: number;
  readonly shares: readonly number[];
  readonly cores: number;
  readonly kbPerPc: number;
  readonly latencies: readonly number[];
  readonly unanswered: number;
  readonly failed: number;
  readonly birthSeconds: number;
  readonly birthComponents: number;
  readonly birthMissing: number;
  readonly early: number;
  readonly takeOverSeconds: number;
}

async function measure(ends: (() => Promise<unknown>)[]): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-bench-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const pcs: BenchPc[] = [];
  for (let i = 0; i < PC_PROCESSES; i++) {
    const { process: child, list } = await startPcs(Math.ceil(COUNT / PC_PROCESSES), 'plain', `127.${i + 1}.0.1`);
    ends.push(() => end(child));
    pcs.push(...list);
  }
  const url = await startMosquitto(folder, ends);
  const idleKb = await idleRss(folder, url);
  const ear = await listenTo(url, pcs);
  ends.push(() => ear.close());
  const book = await writeBook(folder, 'amtkit.yaml', pcs);
  const startedAt = performance.now();
  const bridges: ChildProcess[] = [];
  for (const id of BRIDGES) {
    const bridge = await startBridge(folder, book, url, id);
    bridges.push(bridge);
    ends.push(() => end(bridge));
  }
  await ear.until(() => ear.online.size === pcs.length && ear.configs.size === pcs.length);
  const startSeconds = (performance.now() - startedAt) / 1000;
  const [components, missing] = [ear.components(), pcs.filter(({ uuid }) => !ear.configs.has(uuid)).length];
  // What was read at the start has settled.
  await pause(POLL_SECONDS * 1000);
  const before = await usageOfAll(bridges);
  await pause(STEADY_MS);
  const after = await usageOfAll(bridges);
  const commands = await command(ear, pcs.length);
  const birth = await bear(ear, pcs.length);
  const shares = [...ear.shares().values()];
  const takeOverSeconds = await kill(bridges[0] as ChildProcess, BRIDGES[0] as string, ear, pcs.length);
  return {
    startSeconds,
    components,
    missing,
    shares,
    cores: (after.cpuMs - before.cpuMs) / STEADY_MS,
    kbPerPc: (after.rssKb - idleKb * BRIDGES.length) / pcs.length,
    ...commands,
    ...birth,
    takeOverSeconds,
  };
}

/** Commands, evenly spread over time and over PCs; each PC gets one. */
async function command(ear: ScaleEar, count: number): Promise<Pick<Measured, 'latencies' | 'unanswered' | 'failed'>> {
  const total = Math.min(count, COMMANDS_PER_SECOND * COMMAND_SECONDS);
  const beganAt = performance.now();
  for (let i = 0; i < total; i++) {
    const due = beganAt + (i * 1000) / COMMANDS_PER_SECOND;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    ear.command(`pc-${Math.floor((i * count) / total)}`, `c-${i}`);
  }
  await Promise.race([ear.until(() => ear.latencies.length === total), pause(30_000)]);
  return { latencies: ear.latencies, unanswered: total - ear.latencies.length, failed: ear.failed };
}

/** Home Assistant starts: every device is told again, then every state. */
async function bear(
  ear: ScaleEar,
  count: number,
): Promise<Pick<Measured, 'birthSeconds' | 'birthComponents' | 'birthMissing' | 'early'>> {
  ear.beginBirth();
  await ear.publish('homeassistant/status', 'online');
  await Promise.race([ear.until(() => ear.toldAgain.size === count), pause(180_000)]);
  const { birthSeconds, early } = ear;
  return { birthSeconds, birthComponents: ear.components(), birthMissing: count - ear.configs.size, early };
}

/** One bridge is killed: how long until the others have reached the last of its PCs. */
async function kill(bridge: ChildProcess, id: string, ear: ScaleEar, count: number): Promise<number> {
  const killedAt = performance.now();
  bridge.kill('SIGKILL');
  await Promise.race([
    ear.until(() => [...ear.shares()].every(([owner]) => owner !== id) && ear.online.size === count),
    pause(300_000),
  ]);
  return (performance.now() - killedAt) / 1000;
}

async function startMosquitto(folder: string, ends: (() => Promise<unknown>)[]): Promise<string> {
  const program = findProgram('mosquitto');
  if (program === undefined) throw new Error('This benchmark needs mosquitto: apt-get install mosquitto');
  const port = 20_000 + (process.pid % 10_000);
  const file = join(folder, 'mosquitto.conf');
  const limits = ['max_queued_messages 0', 'max_inflight_messages 100', 'message_size_limit 0', 'set_tcp_nodelay true'];
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  await writeFile(file, [`listener ${port} 127.0.0.1`, 'allow_anonymous true', ...user, ...limits, ''].join('\n'));
  const broker = spawn(program, ['-c', file], { stdio: 'ignore' });
  ends.push(() => end(broker));
  const url = `mqtt://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      await (await connectAsync(url, { reconnectPeriod: 0 }, false)).endAsync();
      return url;
    } catch (error) {
      if (tries === 100) throw error;
      await pause(50);
    }
  }
}

async function writeBook(folder: string, file: string, pcs: readonly BenchPc[]): Promise<string> {
  await writePcBook(join(folder, file), pcs, 'plain', [`bridge: { pollSeconds: ${POLL_SECONDS} }`]);
  return join(folder, file);
}

async function startBridge(folder: string, book: string, url: string, id: string): Promise<ChildProcess> {
  const words = ['bridge', '--config', book, '--broker', url, '--id', id, '--json'];
  const bridge = spawn(process.execPath, [...process.execArgv, amt, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, AMTKIT_STATE: join(folder, `${id}.json`) },
  });
  await once(createInterface({ input: bridge.stdout }), 'line');
  return bridge;
}

async function idleRss(folder: string, url: string): Promise<number> {
  const bridge = await startBridge(folder, await writeBook(folder, 'empty.yaml', []), url, 'idle');
  try {
    await pause(3000);
    return (await usageOf(bridge)).rssKb;
  } finally {
    await end(bridge);
  }
}

async function usageOfAll(bridges: readonly ChildProcess[]): Promise<{ cpuMs: number; rssKb: number }> {
  const all = await Promise.all(bridges.map(usageOf));
  return { cpuMs: sum(all.map(({ cpuMs }) => cpuMs)), rssKb: sum(all.map(({ rssKb }) => rssKb)) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The latency that so many of a hundred stay under. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function tableOf(measured: Measured): BenchTable {
  const n = (value: number, digits = 0): number => Number(value.toFixed(digits));
  const sorted = measured.latencies.toSorted((a, b) => a - b);
  const [p50, p99, worst] = [percentile(sorted, 50), percentile(sorted, 99), percentile(sorted, 100)];
  const rate = measured.birthComponents / measured.birthSeconds;
  return {
    title: `${COUNT.toLocaleString('en-US')} PCs on ${BRIDGES.length} bridges that share them, polled every ${POLL_SECONDS} s, over one mosquitto`,
    columns: ['measured', 'value'],
    rows: [
      ['PCs of each bridge', measured.shares.join(', ')],
      ['all PCs announced after, s', n(measured.startSeconds, 1)],
      ['components announced at start', measured.components],
      ['components a second at start', n(measured.components / measured.startSeconds)],
      ['cores of the three bridges together', n(measured.cores, 2)],
      ['RSS of the bridges for each PC, KB', n(measured.kbPerPc)],
      [`from command to result at ${COMMANDS_PER_SECOND} a second, half of them under, ms`, n(p50, 1)],
      ['99 of 100 under, ms', n(p99, 1)],
      ['the slowest, ms', n(worst, 1)],
      ['components a second when Home Assistant starts', n(rate)],
      ['all PCs of a killed bridge reached by the others after, s', n(measured.takeOverSeconds, 1)],
    ],
    notes: [
      'the bridges (amt bridge), mosquitto, the PCs (four processes) and the subscriber to everything all run on this machine; three bridges without machines are subtracted from the RSS',
      `each command switches another PC on; ${sorted.length} were answered, ${measured.failed} of them with a refusal`,
      'at the start states are told as they are read, and a device once everything was read; when Home Assistant starts devices come first',
      `cores over ${STEADY_MS / 1000} s, beginning ${POLL_SECONDS} s after all were announced`,
    ],
    goals: [
      goal(
        'none missing at start',
        measured.missing === 0 && measured.components > 0,
        `${measured.components} components, ${measured.missing} PCs missing`,
      ),
      goal(
        `command to result under 250 ms at ${COMMANDS_PER_SECOND} a second, 99 of 100`,
        p99 < 250 && measured.unanswered === 0,
        `${p99.toFixed(1)} ms, ${measured.unanswered} unanswered`,
      ),
      goal(
        'when Home Assistant starts none is lost, and each device comes before its states',
        measured.birthMissing === 0 && measured.early === 0,
        `${measured.birthMissing} missing, ${measured.early} states before their device`,
      ),
      goal(
        'all PCs of a killed bridge are reached within two polls',
        measured.takeOverSeconds <= 2 * POLL_SECONDS,
        `${measured.takeOverSeconds.toFixed(1)} s`,
      ),
    ],
  };
}

function goal(text: string, met: boolean, measured: string): BenchGoal {
  return { text, met, measured };
}

/** The built program, or its sources where the benchmark runs on sources. */
const amt = join(
  import.meta.dirname,
  process.execArgv.includes('--conditions=source') ? '../packages/cli/src/main.ts' : '../packages/cli/dist/main.js',
);
