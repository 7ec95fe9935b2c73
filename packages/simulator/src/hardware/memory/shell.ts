/** The operating system of the pretend PC, as far as its serial console goes: a prompt that knows a few words. */
import { createHash } from 'node:crypto';
import type { DriveUnit } from '../hardware.ts';
import { Blocks, complaintOf, findFile, ProgramFailed } from './drives.ts';
import { list, type ProgramHost, sha256Of, unitOf } from './program.ts';
import type { Run } from './run.ts';
import { wholeOf } from './volume.ts';

/** Answers what is typed until the PC stops. @param name of the system. @throws Stopped */
export async function shell(run: Run, name: string, host: Pick<ProgramHost, 'power'>): Promise<never> {
  for (;;) {
    const line = await run.console.line(PROMPT);
    run.check();
    const [word = '', ...words] = (line ?? '').trim().split(/\s+/);
    if (word === '') continue;
    const command = COMMANDS[word];
    if (command === undefined) {
      await run.print(`${word}: not found\r\n`);
      continue;
    }
    try {
      await command.act({ run, name, host, words, text: (line ?? '').trim().slice(word.length).trim() });
    } catch (error) {
      const complaint = complaintOf(error);
      if (complaint === undefined) throw error;
      await run.print(`${word}: ${complaint}\r\n`);
    }
  }
}

const PROMPT = '# ';

interface Context {
  readonly run: Run;
  readonly name: string;
  readonly host: Pick<ProgramHost, 'power'>;
  readonly words: readonly string[];
  readonly text: string;
}

interface Command {
  readonly help: string;
  readonly act: (context: Context) => Promise<void>;
}

/** Lines printed at once by `count`. */
const PORTION = 100;
const END_OF_INPUT = 4;

const COMMANDS: Readonly<Record<string, Command>> = {
  help: {
    help: 'this list',
    async act({ run }) {
      for (const [word, { help }] of Object.entries(COMMANDS)) await run.print(`${word.padEnd(10)}${help}\r\n`);
    },
  },
  date: {
    help: 'date and time',
    async act({ run }) {
      await run.print(`${new Date(run.clock.now()).toUTCString()}\r\n`);
    },
  },
  uname: {
    help: 'the system',
    async act({ run, name }) {
      await run.print(`${name}\r\n`);
    },
  },
  uptime: {
    help: 'seconds since the PC was started',
    async act({ run }) {
      await run.print(`${Math.floor((run.clock.now() - run.startedAt) / 1000)}\r\n`);
    },
  },
  echo: {
    help: 'says what stands behind it',
    async act({ run, text }) {
      await run.print(`${text}\r\n`);
    },
  },
  count: {
    help: 'count N: numbers up to N, a line each',
    async act({ run, words: [last = '10'] }) {
      const end = Number(last);
      if (!Number.isInteger(end)) throw new ProgramFailed(`${last} is no whole number.`);
      for (let from = 1; from <= end; from += PORTION) {
        const numbers = Array.from({ length: Math.min(PORTION, end - from + 1) }, (_, i) => from + i);
        await run.print(`${numbers.join('\r\n')}\r\n`);
      }
    },
  },
  sha256: {
    help: 'sha256 FILE, or of what is typed up to Ctrl-D',
    async act({ run, text }) {
      await run.print(`${text === '' ? await sha256OfTyped(run) : await sha256Of(run, text, 'cd')}\r\n`);
    },
  },
  drives: {
    help: 'the redirected drives',
    async act({ run }) {
      for (const unit of ['cd', 'floppy'] as const) await run.print(`${unit.padEnd(8)}${await stateOf(run, unit)}\r\n`);
      const { bytes, system } = run.disk;
      await run.print(`disk    ${system === 'factory' ? 'as it came' : `${bytes.length} bytes installed`}\r\n`);
    },
  },
  list: {
    help: 'list cd|floppy: what is on it',
    async act({ run, words: [unit = 'cd'] }) {
      await list(run, unitOf(unit));
    },
  },
  cat: {
    help: 'cat FILE, cat floppy:FILE: what is in it',
    async act({ run, text }) {
      const bytes = await wholeOf(await findFile(run, text, 'cd'), Blocks.system);
      await run.print(`${new TextDecoder().decode(bytes).replace(/\r?\n/g, '\r\n')}\r\n`);
    },
  },
  clear: {
    help: 'an empty screen',
    async act({ run }) {
      await run.print('\x1b[2J\x1b[H');
    },
  },
  reboot: {
    help: 'restarts the PC',
    async act({ run, host }) {
      await run.print('The system is going down to restart.\r\n');
      host.power('reset');
    },
  },
  poweroff: {
    help: 'switches the PC off',
    async act({ run, host }) {
      await run.print('The system is going down to switch the power off.\r\n');
      host.power('off');
    },
  },
};

async function stateOf(run: Run, unit: DriveUnit): Promise<string> {
  const medium = await run.medium(unit, 0);
  if (medium === undefined) return 'empty';
  return `${medium.blocks} blocks of ${medium.blockLength} bytes${medium.writable ? '' : ', write-protected'}`;
}

/** Everything typed, unseen, up to the end. */
async function sha256OfTyped(run: Run): Promise<string> {
  const hash = createHash('sha256');
  for (;;) {
    const key = await run.console.key();
    run.check();
    if (key === undefined || key === END_OF_INPUT) return hash.digest('hex');
    hash.update(Uint8Array.of(key));
  }
}
