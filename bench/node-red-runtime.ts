/** A Node-RED of other people in a process of its own, with our palette, that counts what `amt-watch` tells. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess } from './pc-book.ts';

/** What came along the wire of the node since the last time somebody asked. */
export interface Counted {
  readonly messages: number;
  /** Between the first and the last of them. */
  readonly ms: number;
  /** Machines that are online, or became `on`. */
  readonly online: number;
  readonly on: number;
}

/** It, running. */
export interface RunningNodeRed {
  readonly process: ChildProcess;
  /** Deploys a flow that watches the machines of this book. @param time the how manieth node beside the same fleet; from the second on it tells first what is known */
  watch(book: string, time?: number): Promise<void>;
  /** What came so far, as often as it is asked. */
  counted(): Promise<Counted>;
  /** Counts from nothing. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Where `npm run peers` puts it. */
export const peers = join(import.meta.dirname, '../test/peers/node_modules');
const program = join(import.meta.dirname, '../test/support/node-red.main.ts');

/** Starts it with an empty user folder. */
export async function startNodeRed(version: string, pollSeconds: number): Promise<RunningNodeRed> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-bench-'));
  const scope = join(folder, 'node_modules', '@amtkit');
  await mkdir(scope, { recursive: true });
  await symlink(join(import.meta.dirname, '../packages/node-red-nodes'), join(scope, 'node-red-amt'), 'dir');
  const child = fork(program, [version, folder, peers], {
    cwd: folder,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, AMTKIT_STATE: join(folder, 'state.json') },
  });
  // Flows are there some time after the server, and some time after they were taken.
  const started = () => next(child, ({ type, text = '' }) => type === 'log' && /^Started /.test(text));
  const [{ port }] = await Promise.all([next<{ port: number }>(child, ({ type }) => type === 'ready'), started()]);
  const ask = async (what: string): Promise<Counted> => {
    const told = next<{ msg: { payload: Counted } }>(child, ({ type }) => type === 'told');
    child.send({ type: 'inject', node: 'count', msg: { ask: what } });
    return (await told).msg.payload;
  };
  return {
    process: child,
    counted: () => ask('count'),
    clear: async () => void (await ask('clear')),
    watch: async (book, time = 1) => {
      const runs = started();
      const response = await fetch(`http://127.0.0.1:${port}/flows`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Node-RED-API-Version': 'v2',
          'Node-RED-Deployment-Type': time > 1 ? 'nodes' : 'full',
        },
        body: JSON.stringify({ flows: flowOf(book, pollSeconds, time) }),
      });
      if (!response.ok) throw new Error(`Node-RED did not take the flow: ${response.status} ${await response.text()}`);
      await runs;
    },
    close: async () => {
      await endProcess(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function flowOf(book: string, poll: number, time: number): object[] {
  return [
    { id: 'tab', type: 'tab', label: 'Watch' },
    { id: 'fleet', type: 'amt-fleet', book, poll },
    {
      id: 'watch',
      type: 'amt-watch',
      z: 'tab',
      name: `${time}`,
      fleet: 'fleet',
      initial: time > 1,
      wires: [['count']],
    },
    { id: 'count', type: 'function', z: 'tab', func: COUNTING, initialize: BEGINNING, outputs: 0, wires: [], libs: [] },
  ];
}

/** The program of the function node behind `amt-watch`. */
const BEGINNING = `context.set('seen', { messages: 0, from: 0, to: 0, online: new Set(), on: new Set() });`;
const COUNTING = `
  const seen = context.get('seen');
  if (msg.ask) {
    const { messages, from, to, online, on } = seen;
    if (msg.ask === 'clear') {
      seen.messages = 0;
      seen.on.clear();
    }
    global.get('tell')('count', { payload: { messages, ms: to - from, online: online.size, on: on.size } });
    return;
  }
  if (seen.messages++ === 0) seen.from = Date.now();
  seen.to = Date.now();
  if (msg.event === 'reachability' && msg.payload === 'online') seen.online.add(msg.machine);
  if (msg.id === 'power.state' && msg.payload === 'on') seen.on.add(msg.machine);
`;

/** A message of the process. */
interface Said {
  readonly type: string;
  readonly text?: string;
}

/** The next message of the process that is the one. @throws Error when it ends before */
async function next<T>(child: ChildProcess, is: (message: Said) => boolean): Promise<T> {
  return await new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`Node-RED ended with ${code}.`));
    const hear = (message: unknown) => {
      if (!is(message as Said)) return;
      child.off('message', hear);
      child.off('exit', gone);
      resolve(message as T);
    };
    child.on('message', hear);
    child.once('exit', gone);
  });
}
