/** A display that exists in memory only, for other people's programs with windows: Xvfb. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '@amtkit/core/testing';
import type { Picture } from './same-picture.ts';

/** The display. What was started on it ends with it. */
export class XDisplay implements AsyncDisposable {
  readonly #server: ChildProcess;
  readonly #folder: string;
  readonly #name: string;
  readonly #children: ChildProcess[] = [];

  private constructor(server: ChildProcess, folder: string, name: string) {
    this.#server = server;
    this.#folder = folder;
    this.#name = name;
  }

  /** Starts it, under the first free number. */
  static async start(size = '1280x1024'): Promise<XDisplay> {
    const folder = await mkdtemp(join(tmpdir(), 'amtkit-display-'));
    const words = ['-displayfd', '3', '-screen', '0', `${size}x24`, '-fbdir', folder, '-nolisten', 'tcp'];
    const server = spawn(program('Xvfb'), words, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const [number] = (await once(server.stdio[3] as NodeJS.ReadableStream, 'data')) as [Buffer];
    return new XDisplay(server, folder, `:${number.toString().trim()}`);
  }

  /** Starts a program on it. */
  run(name: string, ...words: readonly string[]): ChildProcess {
    const child = spawn(program(name), words, { env: this.#env, stdio: 'ignore' });
    this.#children.push(child);
    return child;
  }

  /** Moves the pointer or presses keys, in the words of xdotool. */
  act(...words: readonly string[]): void {
    spawnSync(program('xdotool'), words, { env: this.#env });
  }

  /** Where a window of this name is; undefined before it is there. */
  window(name: string): { readonly x: number; readonly y: number } | undefined {
    const words = ['search', '--name', name, 'getwindowgeometry', '--shell'];
    const { stdout } = spawnSync(program('xdotool'), words, { env: this.#env, encoding: 'utf8' });
    const [, x, y] = /^X=(\d+)\nY=(\d+)$/m.exec(stdout) ?? [];
    return y === undefined ? undefined : { x: Number(x), y: Number(y) };
  }

  /** What it shows there: the file that Xvfb keeps current, in the format of xwd. */
  async look(left: number, top: number, width: number, height: number): Promise<Picture> {
    const file = await readFile(join(this.#folder, 'Xvfb_screen0'));
    const [head, bits, stride, colours] = [0, 44, 48, 76].map((at) => file.readUInt32BE(at)) as [
      number,
      number,
      number,
      number,
    ];
    if (bits !== 32) throw new Error(`The display has ${bits} bits a pixel.`);
    const pixels = new Uint8Array(4 * width * height);
    const start = head + 12 * colours;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [blue = 0, green = 0, red = 0] = file.subarray(start + (top + y) * stride + 4 * (left + x));
        pixels.set([red, green, blue, 255], 4 * (y * width + x));
      }
    }
    return { width, height, pixels };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#children, this.#server]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, DISPLAY: this.#name, HOME: this.#folder };
  }
}

function program(name: string): string {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`There is no ${name} here.`);
  return found;
}
