/** `amt sol replay`: plays what `amt sol --log` took down. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SerialEncoding } from '@amtkit/core/automation';
import { command } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { UsageError } from '../exit.ts';
import { terminalModes } from '../serial/modes.ts';
import { readRecording, timesOf } from '../serial/recording.ts';
import { encodings } from '../serial/style.ts';

/** The command. */
export const replay = command({
  usage: '<file>',
  describe: 'Play what amt sol --log took down, at its own pace or faster',
  examples: [
    ['sol replay boot.log', 'As it was'],
    ['sol replay boot.log --speed 4 --max-pause 1s', 'Faster, and without the long waits'],
  ],
  options: {
    file: { type: 'text', describe: 'File that --log wrote; the times stand in FILE.times' },
    speed: { type: 'text', describe: 'So many times as fast (1)' },
    'max-pause': { type: 'text', describe: 'Shorten pauses to this, such as 1s' },
    encoding: { type: 'text', choices: encodings, describe: 'Characters of the host (utf8)' },
  },
  run: async (app, { file = '', speed, 'max-pause': most, encoding }) => {
    const factor = speed === undefined ? 1 : Number(speed);
    if (!(factor > 0) || factor === Number.POSITIVE_INFINITY) {
      throw new UsageError(`--speed takes a number above 0, such as 4 or 0.5, not "${speed}".`);
    }
    const mostMs = most === undefined ? Number.POSITIVE_INFINITY : parseDuration(most, 'max-pause');
    const { pieces, timed } = await readRecording(file);
    if (!timed) app.out.say(`Note: ${timesOf(file)} is not there, so everything comes at once.`);
    const { stdout } = app.streams;
    const { forTerminal } = await import('../serial/typing.ts');
    const modes = terminalModes();
    const shown =
      stdout.isTTY === true
        ? forTerminal({ encoding: (encoding as SerialEncoding | undefined) ?? 'utf8' })
        : (bytes: Uint8Array) => bytes;
    try {
      for (const { afterMs, bytes } of pieces) {
        const ms = Math.min(afterMs / factor, mostMs);
        if (ms >= 1) await delay(ms, undefined, { signal: app.signal });
        const text = shown(bytes);
        modes.see(text);
        stdout.write(text);
      }
    } finally {
      if (stdout.isTTY === true) stdout.write(modes.undo());
    }
  },
});
