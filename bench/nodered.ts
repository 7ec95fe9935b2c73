/** `amt-watch` on a thousand virtual PCs: what it costs Node-RED to watch them, how soon a change is told, and how fast messages go. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { peersFolder } from '@amtkit/core/testing';
import type { BenchPc } from './bridge-pcs.ts';
import { endChild, nextMessage, startChild } from './children.ts';
import type { BenchTable } from './table.ts';

export const name = 'nodered';

const COUNT = Number(process.env.AMTKIT_BENCH_PCS ?? 1000);
const POLL_SECONDS = 30;
const STEADY_MS = Number(process.env.AMTKIT_BENCH_SECONDS ?? 120) * 1000;
/** PCs that somebody switches on by hand. */
const CHANGED = 20;
/** Values that every PC has at least. */
const TOLD_AT_LEAST = 10;
const VERSIONS = ['node-red-4', 'node-red-5'] as const;

/** What was measured with one Node-RED. */
interface Measured {
  readonly version: string;
  readonly startSeconds: number;
  readonly messages: number;
  readonly cores: number;
  readonly kbPerPc: number;
  readonly slowestChangeSeconds: number;
  /** Messages a second when everything that is known is told at once. */
  readonly rate: number;
}

/** What Node-RED says of itself. */
interface Usage {
  readonly rssKb: number;
  readonly cpuMs: number;
  readonly counts: Readonly<Record<string, number>>;
  /** When the first and the last of each came, milliseconds. */
  readonly times: Readonly<Record<string, { readonly first: number; readonly last: number }>>;
}

export async function run(): Promise<BenchTable> {
  const modules = peersFolder();
  if (modules === undefined) throw new Error('This takes other people’s Node-RED: npm run peers');
  const measured: Measured[] = [];
  for (const version of VERSIONS) measured.push(await measure(version, modules));
  const worst = (pick: (each: Measured) => number): number => Math.max(...measured.map(pick));
  const cores = worst((each) => each.cores);
  const kb = worst((each) => each.kbPerPc);
  const seconds = worst((each) => each.slowestChangeSeconds);
  const rate = Math.min(...measured.map((each) => each.rate));
  return {
    title: `Node-RED with amt-watch on ${COUNT.toLocaleString('en-US')} PCs, polled every ${POLL_SECONDS} s`,
    columns: [
      'Node-RED',
      'all told after, s',
      'messages until then',
      'cores',
      'RSS per PC, KB',
      'slowest change told after, s',
      'messages/s when all is told at once',
    ],
    rows: measured.map((each) => [
      each.version,
      Number(each.startSeconds.toFixed(1)),
      each.messages,
      Number(each.cores.toFixed(3)),
      Math.round(each.kbPerPc),
      Number(each.slowestChangeSeconds.toFixed(1)),
      Math.round(each.rate),
    ]),
    notes: [
      'Node-RED and the PCs are processes of their own; a Node-RED with the same flow and no machine is subtracted from the RSS',
      `cores over ${STEADY_MS / 1000} s; every message goes through a function node that counts it`,
      `${CHANGED} PCs are switched on behind the back of the flow, at one moment`,
    ],
    goals: [
      { text: 'under a quarter of one core', met: cores < 0.25, measured: `${cores.toFixed(3)} cores at worst` },
      { text: 'under 150 KB RSS for each PC', met: kb < 150, measured: `${kb.toFixed(0)} KB at worst` },
      {
        text: 'a change is told within one poll',
        met: seconds <= POLL_SECONDS + 1,
        measured: `${seconds.toFixed(1)} s at worst`,
      },
      { text: 'over 5,000 messages a second', met: rate > 5_000, measured: `${Math.round(rate)} at worst` },
    ],
  };
}

async function measure(version: string, modules: string): Promise<Measured> {
  const idle = await withNodeRed(version, modules, [], async ({ usage }) => {
    await pause(3_000);
    return (await usage()).rssKb;
  });
  const pcs = startChild('bridge-pcs.ts', [String(COUNT), 'plain']);
  try {
    const list = await nextMessage<BenchPc[]>(pcs);
    return await withNodeRed(version, modules, list, async ({ usage, until, deploy }) => {
      const startedAt = performance.now();
      await until(({ states = 0 }) => states >= COUNT);
      const startSeconds = (performance.now() - startedAt) / 1000;
      const before = await usage();
      await pause(STEADY_MS);
      const after = await usage();
      const rate = await tellAgain({ usage, until, deploy });
      const { counts } = await usage();
      pcs.send(Array.from({ length: CHANGED }, (_, i) => Math.floor((i * COUNT) / CHANGED)));
      await once(pcs, 'message');
      const changedAt = performance.now();
      const seen = counts.on ?? 0;
      await until(({ on = 0 }) => on >= seen + CHANGED);
      return {
        version,
        startSeconds,
        messages: before.counts.all ?? 0,
        cores: (after.cpuMs - before.cpuMs) / STEADY_MS,
        kbPerPc: (after.rssKb - idle) / COUNT,
        slowestChangeSeconds: (performance.now() - changedAt) / 1000,
        rate,
      };
    });
  } finally {
    await endChild(pcs);
  }
}

/** Another node begins, and tells all that the fleet knows. */
async function tellAgain({ usage, until, deploy }: Pick<Running, 'usage' | 'until' | 'deploy'>): Promise<number> {
  await deploy(flowOf(true), 'nodes');
  await until(({ again = 0 }) => again >= COUNT * TOLD_AT_LEAST);
  const { counts, times } = await usage();
  const { first = 0, last = 0 } = times.again ?? {};
  return (((counts.again ?? 0) - 1) * 1000) / (last - first);
}

/** A Node-RED that runs the flow. */
interface Running {
  usage(): Promise<Usage>;
  until(done: (counts: Readonly<Record<string, number>>) => boolean): Promise<void>;
  deploy(nodes: readonly object[], how: 'full' | 'nodes'): Promise<void>;
}

async function withNodeRed<T>(
  version: string,
  modules: string,
  pcs: readonly BenchPc[],
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-bench-'));
  await mkdir(join(folder, 'node_modules', '@amtkit'), { recursive: true });
  const palette = join(import.meta.dirname, '../packages/node-red-nodes');
  await symlink(palette, join(folder, 'node_modules', '@amtkit', 'node-red-amt'), 'dir');
  const machines = pcs.map(
    ({ host, port }, i) => `  pc-${i}: { host: ${host}, tls: 'off', ports: { wsman: ${port} }, credentials: lab }`,
  );
  const book = [
    'credentials: { lab: { password: "P@ssw0rd1" } }',
    ...(machines.length > 0 ? ['machines:', ...machines] : []),
  ];
  await writeFile(join(folder, 'amtkit.yaml'), `${book.join('\n')}\n`, { mode: 0o600 });
  const child = fork(join(import.meta.dirname, '../test/support/node-red.main.ts'), [version, folder, modules], {
    cwd: folder,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, AMTKIT_CONFIG: join(folder, 'amtkit.yaml'), AMTKIT_STATE: join(folder, 'state.json') },
  });
  try {
    const { port } = await awaited<{ readonly port: number }>(child, 'ready');
    const running = runningOf(child, `http://127.0.0.1:${port}`);
    await running.deploy(flowOf(false), 'full');
    return await work(running);
  } finally {
    await endChild(child);
    await rm(folder, { recursive: true, force: true });
  }
}

function runningOf(child: ChildProcess, url: string): Running {
  const usage = async (): Promise<Usage> => {
    const answer = awaited<Usage>(child, 'measured');
    child.send({ type: 'measure' });
    return await answer;
  };
  return {
    usage,
    async until(done) {
      while (!done((await usage()).counts)) await pause(100);
    },
    async deploy(flows, how) {
      const headers = {
        'Content-Type': 'application/json',
        'Node-RED-API-Version': 'v2',
        'Node-RED-Deployment-Type': how,
      };
      const response = await fetch(`${url}/flows`, { method: 'POST', headers, body: JSON.stringify({ flows }) });
      if (!response.ok) throw new Error(`The flow was not taken: ${await response.text()}`);
    },
  };
}

/** A tab with a watch and what counts; with `again` a second watch, which begins by telling what is known. */
function flowOf(again: boolean): object[] {
  const node = { z: 'flow', x: 100, y: 100 };
  const count = (id: string, func: string) => ({
    ...node,
    id,
    type: 'function',
    func,
    outputs: 0,
    wires: [],
    libs: [],
  });
  const everything = "const count = global.get('count'); count('all');";
  const power = "if (msg.id === 'power.state') { count('states'); if (msg.payload === 'on') count('on'); }";
  const watch = { ...node, type: 'amt-watch', fleet: 'fleet', kinds: ['value', 'reachability'], initial: true };
  return [
    { id: 'flow', type: 'tab', label: 'Flow' },
    { id: 'fleet', type: 'amt-fleet', book: '', poll: POLL_SECONDS },
    { ...watch, id: 'watch', wires: [['counted']] },
    count('counted', `${everything} ${power}`),
    ...(again ? [{ ...watch, id: 'again', wires: [['told']] }, count('told', "global.get('count')('again');")] : []),
  ];
}

/** The next message of a kind. */
async function awaited<T>(child: ChildProcess, type: string): Promise<T> {
  return await new Promise((resolve, reject) => {
    const hear = (message: { readonly type: string }): void => {
      if (message.type !== type) return;
      child.off('message', hear);
      child.off('exit', gone);
      resolve(message as T);
    };
    const gone = (code: number | null) => reject(new Error(`Node-RED ended with ${code}.`));
    child.on('message', hear);
    child.once('exit', gone);
  });
}
