/** The command line, as a person types it: each call is a process of its own. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TruePicture } from './pc.main.ts';

/** One PC as `amt simulate --json` tells of it. */
export interface VirtualPc {
  readonly name: string;
  readonly address: string;
  readonly ports: {
    readonly rmcp: number;
    readonly wsman?: number;
    readonly wsmanTls?: number;
    readonly redirection?: number;
    readonly redirectionTls?: number;
  };
}

/** A PC that tells what it really shows. */
export interface WatchedPc extends VirtualPc {
  picture(): Promise<TruePicture>;
}

/** A line that `amt reimage --jsonl` prints. */
export interface ReimageLine {
  readonly type?: 'stage' | 'serial';
  readonly stage?: string;
  readonly message?: string;
  readonly text?: string;
  readonly progress?: { readonly percent: number; readonly megabytesPerSecond: number; readonly bytes: number };
}

const program = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

/** Runs `amt` with a book and a state of its own. */
export class Amt {
  readonly book: string;
  readonly state: string;
  readonly #running: ChildProcess[] = [];

  constructor(folder: string) {
    this.book = join(folder, 'amtkit.yaml');
    this.state = join(folder, 'state.json');
  }

  /** Starts virtual PCs; resolves when all their ports listen. */
  async simulate(count: number, password: string): Promise<readonly VirtualPc[]> {
    const child = this.#start(['simulate', '--count', String(count), '--password', password, '--json']);
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const told = JSON.parse(line) as { machines?: readonly VirtualPc[] } | readonly VirtualPc[];
      return 'machines' in told ? (told.machines ?? []) : (told as readonly VirtualPc[]);
    }
    throw new Error('amt simulate ended without a word');
  }

  /** Starts the PC that is installed, with the disk of a real guest or without. */
  async plugIn(password: string, disk: string | undefined): Promise<WatchedPc> {
    const child = fork(
      fileURLToPath(new URL('./pc.main.ts', import.meta.url)),
      [password, disk].filter((word) => word !== undefined),
    );
    this.#running.push(child);
    let gone = (_error: Error): void => {};
    child.once('exit', () => gone(new Error('the PC ended')));
    const next = async <T>(): Promise<T> => {
      const lost = new Promise<never>((_resolve, reject) => {
        gone = reject;
      });
      const told = await Promise.race([
        lost,
        new Promise<T & { error?: string }>((resolve) => child.once('message', resolve)),
      ]);
      if (told.error !== undefined) throw new Error(`the PC: ${told.error}`);
      return told;
    };
    const pc = await next<VirtualPc>();
    return {
      ...pc,
      picture: () => {
        const answer = next<TruePicture>();
        child.send('picture');
        return answer;
      },
    };
  }

  /** Takes a picture of the screen of one. */
  async shot(name: string, file: string): Promise<void> {
    await this.#run(['kvm', 'shot', name, file]);
  }

  /** Starts one once from elsewhere, now. */
  bootNow(name: string, what: string): Promise<readonly string[]> {
    return this.#lines(['boot', what, name, '--now', '--yes']);
  }

  /** Switches one on. */
  powerOn(name: string): Promise<readonly string[]> {
    return this.#lines(['power', 'on', name, '--yes', '--wait']);
  }

  /** Presses keys at one, with time between them to see what they do. */
  keys(name: string, ...keys: readonly string[]): Promise<readonly string[]> {
    return this.#lines(['kvm', 'keys', name, ...keys, '--pause', '1500ms']);
  }

  /** Scans where the PCs are; PCs that share an address have a presence port each. */
  async scan(pcs: readonly VirtualPc[]): Promise<readonly string[]> {
    const byPort = new Map<number, VirtualPc[]>();
    for (const pc of pcs) byPort.set(pc.ports.rmcp, [...(byPort.get(pc.ports.rmcp) ?? []), pc]);
    const found: string[] = [];
    for (const [port, group] of byPort) {
      const addresses = [...new Set(group.map(({ address }) => address))].join(',');
      const rows = await this.#json(['scan', addresses, '--port', String(port), '--no-tcp']);
      for (const row of rows) found.push(`${row.machine}: AMT ${row.data?.version}, ${row.data?.state}`);
    }
    return found;
  }

  /** Adds one under a name; returns what the command said. */
  async add(name: string, { address, ports }: VirtualPc, password: string): Promise<string> {
    const standard = ports.wsmanTls === 16993;
    const host = standard
      ? address
      : `${address}:${ports.wsman ?? ports.wsmanTls}:${ports.redirection ?? ports.redirectionTls}`;
    const { stdout } = await this.#run(['add', name, host, '--user', 'admin', '--password-stdin'], password);
    return stdout.trim();
  }

  /** A view, as `name: value` lines. */
  async facts(view: string, name: string): Promise<readonly string[]> {
    const [row] = await this.#json([view, name]);
    return Object.entries(row?.data ?? {})
      .filter(([, value]) => typeof value !== 'object' && value !== '' && value !== undefined)
      .map(([key, value]) => `${key}: ${value}`);
  }

  /** The newest entries, once one of them matches. */
  async eventLog(name: string, wanted: (text: string) => boolean): Promise<readonly string[]> {
    for (let tries = 0; tries < 30; tries++) {
      const [row] = await this.#json(['log', 'event', name]);
      const entries =
        (row?.data as unknown as readonly { at: string; text: string; entity: string }[] | undefined) ?? [];
      const list = Array.isArray(entries) ? entries : Object.values(entries).find(Array.isArray);
      const lines = ((list ?? []) as readonly { at: string; text: string; entity: string }[]).map(
        ({ at, entity, text }) => `${at} ${entity}: ${text}`,
      );
      if (lines.some(wanted)) return lines.slice(0, 6);
      await wait(500);
    }
    throw new Error(`the event log of ${name} does not tell of it`);
  }

  /** Switches off and waits. */
  async powerOff(name: string): Promise<readonly string[]> {
    const { stdout, stderr } = await this.#run(['power', 'off', name, '--yes', '--wait']);
    return `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  }

  /** Installs one from an image; every line as it comes. */
  async *reimage(name: string, iso: string): AsyncGenerator<ReimageLine> {
    const args = ['reimage', name, '--iso', iso, '--until', 'power-off', '--show', '--yes', '--jsonl'];
    const child = spawn(process.execPath, [program, ...args], { env: this.#env(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.push(child);
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    const ended = once(child, 'close') as Promise<[number | null]>;
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as ReimageLine;
    const [code] = await ended;
    if (code !== 0) throw new Error(`amt reimage ended with ${code}: ${complaint}`);
  }

  /** Runs a script at the serial port of one; returns what the command said. */
  async expect(name: string, script: string): Promise<readonly string[]> {
    const { stdout, stderr } = await this.#run(['sol', 'expect', script, name]);
    return `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  }

  /** Starts the bridge of the book. */
  bridge(): void {
    this.#start(['bridge']);
  }

  async close(): Promise<void> {
    for (const child of this.#running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([ended, wait(10_000).then(() => child.kill('SIGKILL'))]);
    }
  }

  #start(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], {
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (args[0] === 'bridge') child.stdout?.resume();
    this.#running.push(child);
    return child;
  }

  async #json(args: readonly string[]): Promise<readonly { machine: string; data?: Record<string, unknown> }[]> {
    const { stdout } = await this.#run([...args, '--json']);
    return (JSON.parse(stdout) as { results: readonly { machine: string; data?: Record<string, unknown> }[] }).results;
  }

  /** What a command says. */
  async #lines(words: readonly string[]): Promise<readonly string[]> {
    const { stdout, stderr } = await this.#run(words);
    return `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  }

  async #run(args: readonly string[], input?: string): Promise<{ stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [program, ...args], { env: this.#env(), stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.end(input === undefined ? '' : `${input}\n`);
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`amt ${args.join(' ')} ended with ${code}: ${stderr || stdout}`);
    return { stdout, stderr };
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, AMTKIT_CONFIG: this.book, AMTKIT_STATE: this.state, NO_COLOR: '1' };
  }
}
