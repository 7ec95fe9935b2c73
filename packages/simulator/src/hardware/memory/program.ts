/**
 * Tiny programs: what the pretend PC starts from a boot image or from its disk instead of machine code. Text that begins
 * with the line `#!amtkit`, and then one command a line:
 *
 *     print TEXT            says it
 *     press-key SECONDS     "Press any key to boot from CD"; without one the PC goes on with its disk
 *     pause                 waits for a key
 *     wait SECONDS
 *     list UNIT             says what is there: cd or floppy, else what was booted
 *     cat FILE              says what is in it
 *     copy FILE disk        installs it
 *     verify FILE disk      reads it again and compares
 *     sha256 FILE|disk
 *     system NAME           hands over to an operating system with a shell
 *     poweroff
 *     reboot
 *
 * A file is `NAME` on what was booted, `cd:NAME` or `floppy:NAME`. What fails halts the PC.
 */
import { createHash } from 'node:crypto';
import type { DriveUnit } from '../hardware.ts';
import { Blocks, complaintOf, findFile, mount, ProgramFailed } from './drives.ts';
import type { Run } from './run.ts';
import { wholeOf } from './volume.ts';

/** What a program can make of its PC. */
export interface ProgramHost {
  power(action: 'off' | 'reset'): void;
  /** An operating system takes over. */
  system(name: string): void;
}

/** The first line of every program. */
export const PROGRAM_MARK = '#!amtkit';

/** The program that these bytes are; `undefined` where they are something else. Zeros behind it are not part of it. */
export function programIn(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  return text.startsWith(PROGRAM_MARK) && /\s/.test(text.charAt(PROGRAM_MARK.length)) ? text : undefined;
}

/** Runs a program to its end; false when it was not wanted after all. @throws Stopped when the PC was */
export async function runProgram(run: Run, source: string, here: DriveUnit, host: ProgramHost): Promise<boolean> {
  const lines = source.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    if (word === '' || word.startsWith('#')) continue;
    const command = COMMANDS[word.toLowerCase()];
    try {
      if (command === undefined) throw new ProgramFailed(`There is no command ${word}.`);
      const text = line.trim().slice(word.length).trim();
      const next = await command({ run, here, host, words: rest, text });
      if (next !== 'on') return next === 'end';
    } catch (error) {
      const complaint = complaintOf(error);
      if (complaint === undefined) throw error;
      await run.print(`\r\nLine ${index + 1}: ${complaint}\r\nThe PC is halted.\r\n`);
      return true;
    }
  }
  return true;
}

interface Context {
  readonly run: Run;
  readonly here: DriveUnit;
  readonly host: ProgramHost;
  readonly words: readonly string[];
  /** All behind the command. */
  readonly text: string;
}

/** What comes after a command: the next one, the end, or what the PC starts otherwise. */
type Next = 'on' | 'end' | 'decline';

const COMMANDS: Readonly<Record<string, (context: Context) => Promise<Next>>> = {
  async print({ run, text }) {
    await run.print(`${text}\r\n`);
    return 'on';
  },

  async 'press-key'({ run, words: [seconds = '5'] }) {
    await run.print('Press any key to boot from CD');
    for (let left = secondsOf(seconds); left > 0; left--) {
      await run.print('.');
      const key = await run.console.key(run.scaled(1000));
      run.check();
      if (key === undefined) continue;
      await run.print('\r\n');
      return 'on';
    }
    await run.print('\r\n');
    return 'decline';
  },

  async pause({ run }) {
    await run.print('Press any key to go on.\r\n');
    await run.console.key();
    run.check();
    return 'on';
  },

  async wait({ run, words: [seconds = '1'] }) {
    await run.pause(1000 * secondsOf(seconds));
    return 'on';
  },

  async list({ run, here, words: [unit = here] }) {
    await list(run, unitOf(unit));
    return 'on';
  },

  async cat({ run, here, text }) {
    const bytes = await wholeOf(await findFile(run, text, here), Blocks.system);
    await run.print(new TextDecoder().decode(bytes).replace(/\r?\n/g, '\r\n'));
    return 'on';
  },

  async copy({ run, here, words: [path = '', to] }) {
    if (to !== 'disk') throw new ProgramFailed('Only the disk can be copied to.');
    const file = await findFile(run, path, here);
    if (file.size > run.disk.size) throw new ProgramFailed(`The disk holds ${run.disk.size} bytes.`);
    await run.print(`Copying ${path}, ${file.size} bytes\r\n`);
    run.disk.wipe(file.size);
    let copied = 0;
    let told = 0;
    for await (const piece of file.read(Blocks.system)) {
      run.disk.append(piece);
      copied += piece.length;
      const percent = Math.floor((100 * copied) / file.size);
      if (percent < told + 10) continue;
      told = percent - (percent % 10);
      await run.print(`${String(told).padStart(3)} %\r\n`);
    }
    if (copied !== file.size) throw new ProgramFailed(`${path} ends after ${copied} bytes.`);
    run.disk.complete();
    return 'on';
  },

  async verify({ run, here, words: [path = '', to = 'disk'] }) {
    if (to !== 'disk') throw new ProgramFailed('Only the disk can be compared with.');
    const sum = await sha256Of(run, path, here);
    if (sum !== run.disk.sha256) throw new ProgramFailed(`The disk differs from ${path}.`);
    await run.print(`Verified, SHA-256 ${sum}\r\n`);
    return 'on';
  },

  async sha256({ run, here, text }) {
    const sum = text === 'disk' ? run.disk.sha256 : await sha256Of(run, text, here);
    await run.print(`${sum}  ${text}\r\n`);
    return 'on';
  },

  async system({ host, text }) {
    host.system(text || 'installed system');
    return 'end';
  },

  async poweroff({ run, host }) {
    await run.print('Power off.\r\n');
    host.power('off');
    return 'end';
  },

  async reboot({ run, host }) {
    await run.print('Restarting.\r\n');
    host.power('reset');
    return 'end';
  },
};

/** Says what a volume is called and what is on it. */
export async function list(run: Run, unit: DriveUnit): Promise<void> {
  const { volume } = await mount(run, unit);
  await run.print(`Volume ${volume.label || 'without a label'}\r\n`);
  for (const { name, size } of volume.files) await run.print(`${String(size).padStart(12)}  ${name}\r\n`);
}

/** SHA-256 of a file, lower-case hex. */
export async function sha256Of(run: Run, path: string, here: DriveUnit): Promise<string> {
  const file = await findFile(run, path, here);
  const hash = createHash('sha256');
  for await (const piece of file.read(Blocks.system)) hash.update(piece);
  return hash.digest('hex');
}

/** A drive by the word for it. @throws ProgramFailed */
export function unitOf(word: string): DriveUnit {
  if (word !== 'cd' && word !== 'floppy')
    throw new ProgramFailed(`There is no drive ${word}; there are cd and floppy.`);
  return word;
}

function secondsOf(word: string): number {
  const seconds = Number(word);
  if (!(seconds >= 0)) throw new ProgramFailed(`${word} is no number of seconds.`);
  return seconds;
}
