/** One life of a QEMU process, from power on to power off. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import type { ByteStream } from '@amtkit/core/streams';
import { type AmtError, NotSupported, Refused } from '@amtkit/core/wire';
import { socketStream } from '../../servers/listener.ts';
import { leaveNothing } from './leftovers.ts';
import { Descriptor } from './parts.ts';
import { openQmp, type Qmp, type QmpEvent } from './qmp.ts';

/** A QEMU that runs. */
export interface Guest {
  readonly pid: number;
  readonly qmp: Qmp;
  /** Its serial port. */
  readonly serial: ByteStream;
  /** What the BIOS says on its debug port. */
  readonly bios: ByteStream;
  /** Resolves when the process is gone, to a sentence that says how. */
  readonly ended: Promise<string>;
  /** Closes its files and ends it; by force when it does not listen. */
  quit(): Promise<void>;
  /** Ends it by force. */
  kill(): Promise<void>;
}

/** Milliseconds after which a QEMU that does not speak, or does not end, is given up. */
const PATIENCE = 10_000;

/**
 * Starts QEMU, paused.
 * @throws NotSupported when it is not installed or does not understand; Refused when a file is in use
 */
export async function startGuest(
  program: string,
  words: readonly string[],
  happened: (event: QmpEvent) => void,
): Promise<Guest> {
  const [name, ...rest] = [...tied(program), ...words] as [string, ...string[]];
  const child = spawn(name, rest, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'] });
  const forget = leaveNothing(() => child.kill('SIGKILL'));
  const problems: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    problems.push(text);
    if (problems.length > 50) problems.shift();
  });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  const closed = exitOf(child);
  const [serial, bios, qmpStream] = [streamOf(child, 'serial'), streamOf(child, 'bios'), streamOf(child, 'qmp')];
  const gone = Promise.race([closed, failed.then(() => 'before it started')]);
  void gone.then(forget);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  try {
    const qmp = await Promise.race([
      openQmp(qmpStream, happened),
      failed.then((error) => {
        throw missing(program, error);
      }),
    ]);
    return {
      pid: child.pid ?? 0,
      qmp,
      serial,
      bios,
      ended: gone.then((how) => `QEMU ended ${how}${said(problems)}.`),
      async kill() {
        child.kill('SIGKILL');
        await gone;
      },
      async quit() {
        const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
        qmp.execute('quit').catch(() => {});
        await gone;
        clearTimeout(force);
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    const how = await gone;
    throw error instanceof NotSupported ? error : refusal(how, problems, error);
  } finally {
    clearTimeout(timer);
  }
}

/** How it ended, once all that it had to say is read. */
async function exitOf(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (child.stderr !== null && !child.stderr.closed) await once(child.stderr, 'close');
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}

/** In front of the program: what makes Linux end it together with this process, whatever becomes of that. */
function tied(program: string): readonly string[] {
  const setpriv = process.platform === 'linux' && findProgram('setpriv');
  return setpriv && findProgram(program) !== undefined ? [setpriv, '--pdeathsig', 'KILL', program] : [program];
}

/** Absolute path of a program. */
export function findProgram(name: string): string | undefined {
  if (name.includes('/')) return existsSync(name) ? name : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function missing(program: string, cause: Error): NotSupported {
  return new NotSupported(`${program} cannot be started: ${cause.message}.`, {
    hint: 'Install QEMU for x86; on Debian and Ubuntu it is the package qemu-system-x86.',
    cause,
  });
}

/** Why it did not come up: what QEMU said, in a sentence of ours where the reason is known. */
function refusal(how: string, problems: readonly string[], cause: unknown): AmtError {
  const text = problems.join('');
  const locked = /Failed to get .*lock/.test(text);
  if (locked) {
    return new Refused('The disk of the virtual PC is in use by another program.', {
      busy: true,
      hint: 'End the other virtual PC, or give this one another disk.',
      cause,
    });
  }
  return new NotSupported(`QEMU ended ${how} instead of starting${said(problems)}.`, { cause });
}

function said(problems: readonly string[]): string {
  const text = problems
    .join('')
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^\S*qemu-system-x86_64: /, '');
  return text ? `: ${text.replace(/\.$/, '')}` : '';
}

/** Our end of an inherited socket. */
function streamOf(child: ChildProcess, which: keyof typeof Descriptor): ByteStream {
  const stdio: readonly unknown[] = child.stdio;
  const socket = stdio[Descriptor[which]] as Socket;
  socket.on('error', () => {});
  return socketStream(socket, which);
}
