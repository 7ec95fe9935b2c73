/** Other people's Node-RED, with our palette in an empty user folder; flows are deployed as its editor does it. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peersFolder } from '@amtkit/core/testing';
import { expect, vi } from 'vitest';

/** The versions that are tested: aliases in `test/peers`. */
export const nodeRedVersions = ['node-red-4', 'node-red-5'] as const;

/** One of them. */
export type NodeRedVersion = (typeof nodeRedVersions)[number];

/** A node of a flow, as the editor saves it. */
export type FlowNode = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/** A message that came along a wire. */
export interface Told {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a flow carries
  readonly msg: any;
}

/** How it is started. */
export interface NodeRedOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A user folder with the palette in it. @default one that links the built package */
  readonly userDir?: string;
}

/** A running Node-RED. */
export class NodeRed implements AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly told: Told[];
  readonly log: { readonly level: number; readonly text: string }[];
  readonly #child: ChildProcess;
  readonly #made: string | undefined;

  private constructor(child: ChildProcess, url: string, folder: string, made: string | undefined) {
    this.#child = child;
    this.url = url;
    this.folder = folder;
    this.#made = made;
    this.told = told.get(child) ?? [];
    this.log = logs.get(child) ?? [];
  }

  static async start(version: NodeRedVersion, { env = {}, userDir }: NodeRedOptions = {}): Promise<NodeRed> {
    const made = userDir === undefined ? await mkdtemp(join(tmpdir(), 'node-red-')) : undefined;
    const folder = userDir ?? (made as string);
    if (made !== undefined) {
      await mkdir(join(folder, 'node_modules', '@amtkit'), { recursive: true });
      const built = fileURLToPath(new URL('../../packages/node-red-nodes', import.meta.url));
      await symlink(built, join(folder, 'node_modules', '@amtkit', 'node-red-amt'), 'dir');
    }
    const child = fork(program, [version, folder, peersFolder() ?? ''], {
      cwd: folder,
      serialization: 'advanced',
      // As people start it: what vitest adds would let packages come as their sources.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...environment(), AMTKIT_STATE: join(folder, 'state.json'), ...env },
    });
    told.set(child, []);
    logs.set(child, []);
    const port = await new Promise<number>((resolve, reject) => {
      let said = '';
      child.stdout?.on('data', (data) => {
        said += data;
      });
      child.stderr?.on('data', (data) => {
        said += data;
      });
      child.once('exit', (code) => reject(new Error(`Node-RED ended with ${code}: ${said}`)));
      let listens = 0;
      let started = false;
      child.on('message', (message: { type: string; port: number } & Told & { level: number; text: string }) => {
        if (message.type === 'ready') listens = message.port;
        if (message.type === 'log' && message.text === 'Started flows') started = true;
        if (listens > 0 && started) resolve(listens);
        if (message.type === 'told') told.get(child)?.push({ name: message.name, msg: message.msg });
        if (message.type === 'log') logs.get(child)?.push({ level: message.level, text: message.text });
      });
    });
    return new NodeRed(child, `http://127.0.0.1:${port}`, folder, made);
  }

  /** Asks the server of the editor. */
  async admin(path: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(`${this.url}${path}`, {
      ...init,
      headers: { 'Content-Type': 'application/json', 'Node-RED-API-Version': 'v2', ...init.headers },
    });
  }

  /** Deploys flows and waits until they run. */
  async deploy(nodes: readonly FlowNode[], how: 'full' | 'flows' | 'nodes' = 'full'): Promise<void> {
    const started = this.#starts();
    const response = await this.admin('/flows', {
      method: 'POST',
      body: JSON.stringify({ flows: nodes }),
      headers: { 'Node-RED-Deployment-Type': how },
    });
    if (!response.ok) throw new Error(`The flows were not taken: ${response.status} ${await response.text()}`);
    await vi.waitFor(() => expect(this.#starts()).toBeGreaterThan(started), { timeout: 15_000 });
  }

  /** Gives a message to a node. */
  inject(node: string, msg: Readonly<Record<string, unknown>> = {}): void {
    this.#child.send({ type: 'inject', node, msg });
  }

  /** Waits for what comes along the wire that is called so, the `count`th of it. */
  async message(name: string, count = 1): Promise<Told['msg']> {
    const found = () => this.told.filter((each) => each.name === name)[count - 1]?.msg;
    try {
      await vi.waitFor(() => expect(found()).toBeDefined(), { timeout: 15_000 });
    } catch (cause) {
      const others = this.told.map((each) => `${each.name}: ${each.msg.error?.message ?? each.msg.topic ?? ''}`);
      const said = [...others, ...this.complaints].join('\n  ');
      throw new Error(`Message ${count} of ${name} did not come. What came, and what was logged:\n  ${said}`, {
        cause,
      });
    }
    return found();
  }

  /** Warnings and errors that were logged, but for those of a user folder without credentials and projects. */
  get complaints(): string[] {
    const lines = this.log.filter(({ level }) => level <= 30).map(({ text }) => text);
    return lines.filter((text) => !/^(Projects disabled|Encrypted credentials not found)/.test(text));
  }

  /** Ends it as a person does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const over = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.send({ type: 'stop' });
      await over;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#made !== undefined) await rm(this.#made, { recursive: true, force: true });
  }

  /** How often flows were started. */
  #starts(): number {
    return this.log.filter(({ text }) => /^Started (modified )?(flows|nodes)$/.test(text)).length;
  }
}

/** A node that tells the test what comes along its wire. */
export function tell(id: string, name: string = id): FlowNode {
  const func = `global.get('tell')(${JSON.stringify(name)}, msg);`;
  return { id, type: 'function', z: 'flow', name, func, outputs: 0, wires: [], x: 400, y: 100, libs: [] };
}

/** A tab with nodes on it. */
export function flow(...nodes: readonly FlowNode[]): FlowNode[] {
  return [{ id: 'flow', type: 'tab', label: 'Flow' }, ...nodes.map((node) => ({ z: 'flow', x: 100, y: 100, ...node }))];
}

/** A configuration node: it is on no tab. */
export function global(node: FlowNode): FlowNode {
  return { ...node, z: '', x: undefined, y: undefined };
}

const program = fileURLToPath(new URL('node-red.main.ts', import.meta.url));
const told = new WeakMap<ChildProcess, Told[]>();
const logs = new WeakMap<ChildProcess, { readonly level: number; readonly text: string }[]>();

/** Of this process, without what vitest adds. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, VITEST: _vitest, NODE_ENV: _env, ...rest } = process.env;
  return rest;
}
