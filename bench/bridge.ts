/** A thousand virtual PCs on the bridge's own broker: what it costs to watch them, and how soon a change is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import type { BenchPc } from './bridge-pcs.ts';
import { endProcess, type PcKind, spread, startPcs, usageOf, writePcBook } from './pc-book.ts';
import type { BenchTable } from './table.ts';

export const name = 'bridge';

const COUNT = Number(process.env.AMTKIT_BENCH_PCS ?? 1000);
const POLL_SECONDS = 30;
/** Long enough for what is refreshed every five minutes. */
const STEADY_MS = Number(process.env.AMTKIT_BENCH_SECONDS ?? 310) * 1000;
/** PCs that somebody switches on by hand. */
const CHANGED = 20;

/** What was measured with one kind of PC. */
interface Measured {
  readonly kind: PcKind;
  readonly startSeconds: number;
  readonly components: number;
  readonly missing: number;
  /** Components a second when everything is told again. */
  readonly rate: number;
  readonly cores: number;
  readonly kbPerPc: number;
  /** The same after everything was told again. */
  readonly kbPerPcAfter: number;
  readonly slowestChangeSeconds: number;
}

export async function run(): Promise<BenchTable> {
  const idle = await idleRss();
  const measured = [await measure('plain', idle), await measure('tls', idle)];
  const [plain] = measured as [Measured, Measured];
  const n = (value: number, digits = 0): number => Number(value.toFixed(digits));
  return {
    title: `One bridge, ${COUNT.toLocaleString('en-US')} PCs polled every ${POLL_SECONDS} s, the embedded broker in the same process`,
    columns: [
      'PCs',
      'all announced after, s',
      'components at start',
      'missing',
      'cores',
      'RSS per PC, KB',
      'slowest change seen after, s',
      'components/s when Home Assistant starts',
      'RSS per PC after that, KB',
    ],
    rows: measured.map((each) => [
      each.kind,
      n(each.startSeconds, 1),
      each.components,
      each.missing,
      n(each.cores, 3),
      n(each.kbPerPc),
      n(each.slowestChangeSeconds, 1),
      n(each.rate),
      n(each.kbPerPcAfter),
    ]),
    notes: [
      'amt bridge, PCs and subscriber are processes of their own; an amt bridge without machines is subtracted from the RSS',
      `cores over ${STEADY_MS / 1000} s, which ${STEADY_MS > 300_000 ? 'holds a' : 'need not hold a'} refresh of what is asked every five minutes`,
      'RSS includes what the embedded broker retains: one device message and some thirty values for each PC',
      `${CHANGED} PCs are switched on behind the bridge's back, at one moment`,
    ],
    goals: [
      goal('under a quarter of one core', plain.cores < 0.25, `${plain.cores.toFixed(3)} cores`),
      goal('under 150 KB RSS for each plain PC', plain.kbPerPc < 150, `${plain.kbPerPc.toFixed(0)} KB`),
      goal(
        'a change is on MQTT within one poll',
        plain.slowestChangeSeconds <= POLL_SECONDS + 1,
        `${plain.slowestChangeSeconds.toFixed(1)} s`,
      ),
      goal(
        '10,000 components published at start, none lost',
        plain.components >= 10_000 && plain.missing === 0,
        `${plain.components} published, ${plain.missing} missing`,
      ),
    ],
  };
}

function goal(text: string, met: boolean, value: string): { text: string; met: boolean; measured: string } {
  return { text, met, measured: value };
}

async function idleRss(): Promise<number> {
  return await withBridge([], 'plain', async (bridge) => {
    await pause(3000);
    return (await usageOf(bridge)).rssKb;
  });
}

async function measure(kind: Measured['kind'], idleKb: number): Promise<Measured> {
  const { process: pcs, list } = await startPcs(COUNT, kind);
  try {
    return await withBridge(list, kind, async (bridge, url) => {
      const ear = await listen(url);
      const startedAt = performance.now();
      await ear.until(() => ear.online.size === COUNT && ear.configs.size === COUNT);
      const startSeconds = (performance.now() - startedAt) / 1000;
      const components = sum(ear.configs.values());
      const missing = list.filter(({ uuid }) => !ear.configs.has(uuid)).length;
      const before = await usageOf(bridge);
      await pause(STEADY_MS);
      const after = await usageOf(bridge);
      const slowestChangeSeconds = await change(pcs, ear);
      const rate = await tellAgain(ear);
      const told = await usageOf(bridge);
      await ear.client.endAsync(true);
      return {
        kind,
        startSeconds,
        components,
        missing,
        rate,
        cores: (after.cpuMs - before.cpuMs) / STEADY_MS,
        kbPerPc: (after.rssKb - idleKb) / COUNT,
        kbPerPcAfter: (told.rssKb - idleKb) / COUNT,
        slowestChangeSeconds,
      };
    });
  } finally {
    await endProcess(pcs);
  }
}

/** Home Assistant starts: every device is told again. */
async function tellAgain(ear: Ear): Promise<number> {
  ear.configs.clear();
  let firstAt = 0;
  await ear.client.publishAsync('homeassistant/status', 'online', { qos: 1 });
  await ear.until(() => {
    if (firstAt === 0 && ear.configs.size > 0) firstAt = performance.now();
    return ear.configs.size === COUNT;
  });
  return (sum(ear.configs.values()) * 1000) / (performance.now() - firstAt);
}

async function change(pcs: ChildProcess, ear: Ear): Promise<number> {
  const indexes = spread(CHANGED, COUNT);
  ear.on.clear();
  pcs.send(indexes);
  await once(pcs, 'message');
  const changedAt = performance.now();
  await ear.until(() => ear.on.size === indexes.length);
  return (performance.now() - changedAt) / 1000;
}

/** A subscriber to everything, and what it has counted. */
interface Ear {
  readonly client: MqttClient;
  readonly online: Set<string>;
  /** Machines whose state became `on`. */
  readonly on: Set<string>;
  /** Components of device messages, by UUID. */
  readonly configs: Map<string, number>;
  until(done: () => boolean): Promise<void>;
}

async function listen(url: string): Promise<Ear> {
  const client = await connectAsync(url, { protocolVersion: 4 });
  const waiting: { done: () => boolean; resolve: () => void }[] = [];
  const ear: Ear = {
    client,
    online: new Set(),
    on: new Set(),
    configs: new Map(),
    until: (done) =>
      new Promise((resolve) => {
        if (done()) resolve();
        else waiting.push({ done, resolve });
      }),
  };
  client.on('message', (topic, payload) => {
    const uuid = /^homeassistant\/device\/amtkit\/([0-9a-f-]{36})\/config$/.exec(topic)?.[1];
    const machine = topic.split('/')[1] ?? '';
    if (uuid !== undefined) {
      const { components } = JSON.parse(payload.toString('utf8')) as { components: object };
      ear.configs.set(uuid, Object.keys(components).length);
    } else if (topic.endsWith('/availability') && payload.toString() === 'online') ear.online.add(machine);
    else if (topic.endsWith('/power/state') && payload.toString() === 'on') ear.on.add(machine);
    for (const each of waiting.splice(0)) {
      if (each.done()) each.resolve();
      else waiting.push(each);
    }
  });
  await client.subscribeAsync(['amtkit/#', 'homeassistant/#'], { qos: 1 });
  return ear;
}

async function withBridge<T>(
  pcs: readonly BenchPc[],
  kind: Measured['kind'],
  work: (bridge: ChildProcess, url: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-bench-'));
  const file = join(folder, 'amtkit.yaml');
  await writePcBook(file, pcs, kind, [`bridge: { pollSeconds: ${POLL_SECONDS}, broker: { embedded: { port: 0 } } }`]);
  const bridge = spawn(process.execPath, [...process.execArgv, amt, 'bridge', '--config', file, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, AMTKIT_STATE: join(folder, 'state.json') },
  });
  try {
    const [line] = (await once(createInterface({ input: bridge.stdout }), 'line')) as [string];
    return await work(bridge, (JSON.parse(line) as { brokerUrl: string }).brokerUrl);
  } finally {
    await endProcess(bridge);
    await rm(folder, { recursive: true, force: true });
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** The built program, or its sources where the benchmark runs on sources. */
const amt = join(
  import.meta.dirname,
  process.execArgv.includes('--conditions=source') ? '../packages/cli/src/main.ts' : '../packages/cli/dist/main.js',
);
