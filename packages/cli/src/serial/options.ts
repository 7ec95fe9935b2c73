/** Options of the commands that open a serial port. */
import type { Arguments, Options } from '../command.ts';
import { encodings, enters, keyStyles, type TypingStyle } from './style.ts';

/** How characters and keys are told to the host. */
export const typingOptions = {
  encoding: {
    type: 'text',
    choices: encodings,
    describe: 'Characters of the host: Linux writes UTF-8 (default), a BIOS code page 437',
    group: 'Terminal',
  },
  keys: {
    type: 'text',
    choices: keyStyles,
    describe: 'Function keys as your terminal sends them (default), or as a BIOS reads them',
    group: 'Terminal',
  },
  enter: { type: 'text', choices: enters, describe: 'What Enter sends (cr)', group: 'Terminal' },
  backspace: { type: 'text', choices: ['del', 'bs'], describe: 'What Backspace sends (del)', group: 'Terminal' },
} as const satisfies Options;

/** The style that was asked for. */
export function typingStyle(given: Arguments<typeof typingOptions>, lines: boolean): TypingStyle {
  return {
    encoding: (given.encoding as TypingStyle['encoding'] | undefined) ?? 'utf8',
    keys: (given.keys as TypingStyle['keys'] | undefined) ?? 'terminal',
    enter: (given.enter as TypingStyle['enter'] | undefined) ?? 'cr',
    backspace: (given.backspace as TypingStyle['backspace'] | undefined) ?? 'del',
    lines,
  };
}
