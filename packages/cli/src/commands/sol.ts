/** `amt sol`: the serial port of a machine. */
import type { Command, Group } from '../command.ts';
import { bridge } from './sol-bridge.ts';
import { expect } from './sol-expect.ts';
import { replay } from './sol-replay.ts';
import { terminal } from './sol-terminal.ts';

/** The commands. */
export const sol: Group = {
  commands: new Map<string, Command>([
    ['', terminal],
    ['expect', expect],
    ['bridge', bridge],
    ['replay', replay],
  ]),
};
