/** A mosquitto of our own, with a file it remembers in; started again it is the same broker. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from '@amtkit/core/testing';
import { connectAsync } from 'mqtt';

/** The broker. */
export interface Mosquitto extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Resolves when it takes connections. */
  start(): Promise<void>;
}

/** How often it is tried whether a broker takes connections. */
const MOST_TRIES = 200;

/** A running mosquitto on a free port of loopback. @param settings further lines of its configuration */
export async function mosquitto(...settings: readonly string[]): Promise<Mosquitto> {
  const program = findProgram('mosquitto');
  if (program === undefined) throw new Error('mosquitto is not there');
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-mosquitto-'));
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const file = join(folder, 'mosquitto.conf');
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', ...user, ...settings.map(inFolder)];
  await writeFile(file, `${lines.join('\n')}\n`);
  let child: ChildProcess | undefined;

  function inFolder(line: string): string {
    return line.replace('FOLDER', `${folder}/`);
  }

  async function start(): Promise<void> {
    child = spawn(program as string, ['-c', file], { stdio: 'ignore' });
    for (let tries = 1; ; tries++) {
      try {
        const client = await connectAsync(url, { reconnectPeriod: 0, connectTimeout: 1000 }, false);
        await client.endAsync();
        return;
      } catch (error) {
        if (tries === MOST_TRIES) throw error;
        await pause(50);
      }
    }
  }

  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  }

  await start();
  return {
    url,
    port,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port nobody uses now. mosquitto cannot be asked to find one by itself. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
