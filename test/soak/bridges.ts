/** Bridges as processes of their own, each behind a door to the broker that can be shut. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Door, doorTo } from '../support/door.ts';

/** One bridge, whether it runs or not. */
export class SoakBridge {
  readonly id: string;
  readonly door: Door;
  readonly #book: string;
  readonly #folder: string;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;

  private constructor(id: string, door: Door, book: string, folder: string) {
    this.id = id;
    this.door = door;
    this.#book = book;
    this.#folder = folder;
    this.#log = createWriteStream(join(folder, `${id}.log`));
  }

  static async make(id: string, port: number, book: string, folder: string): Promise<SoakBridge> {
    return new SoakBridge(id, await doorTo(port), book, folder);
  }

  start(): void {
    const url = `mqtt://127.0.0.1:${this.door.port}`;
    const words = ['bridge', '--config', this.#book, '--broker', url, '--id', this.id, '--json'];
    const child = spawn(process.execPath, [...conditions, program, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, AMTKIT_STATE: join(this.#folder, `${this.id}.json`) },
    });
    child.stderr.pipe(this.#log, { end: false });
    this.#child = child;
  }

  /** Ends the process: `SIGTERM` lets it hand over, `SIGKILL` does not. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Memory of the process in MB, as Linux counts it; 0 where it cannot be told. */
  async rss(): Promise<number> {
    const status = await readFile(`/proc/${this.#child?.pid}/status`, 'utf8').catch(() => '');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    await this.door[Symbol.asyncDispose]();
    this.#log.end();
  }
}

const isSource = process.execArgv.includes('--conditions=source') || process.env.VITEST !== undefined;
const conditions = isSource ? ['--conditions=source'] : [];

/** The built program, or its sources where we run on sources. */
const program = join(
  import.meta.dirname,
  isSource ? '../../packages/cli/src/main.ts' : '../../packages/cli/dist/main.js',
);
