/** A drive session as far as its tests have it in common: the bytes of the worked session. [IDER §11] */
import type { SimulatorOptions } from '../simulator.ts';
import { NOW, OPEN } from './field-console.ts';
import { desk, type Line } from './redirection.ts';

/** The answer to the opening of a session. */
export const OPENED = '41 00 00 00 00 00 00 00 01 00 0c 00 00 00 00 00 00 20 00 20 00 00 00 00 00 57 01 00 00 00';
/** Test unit ready for CD and floppy, with the sequence number in front of what stands behind it. */
export const tur = (number: string, device: string) =>
  `50 00 00 00 ${number} 00 00 00 00 01 00 00 fe ff ${device} a0 00 00 00 00 00 00 00 00 00 00 00 00`;
const ABSENT = '51 00 00 02 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 87 20 03 00 00 00 a0 51 02 3a 00';
/** A command of the CD went well. */
export const GOOD = '51 00 00 02 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 c5 00 03 00 00 00 b0 50 00 00 00';
const ATTENTION = '51 00 00 02 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 87 60 03 00 00 00 b0 51 06 28 00';

/** Firmware that does not ask by itself whether media changed. */
export const quiet: SimulatorOptions = { quirks: { iderPollSeconds: 0 } };

/** A session that was opened, and nothing lent yet. */
export async function opened(options: SimulatorOptions = quiet) {
  const made = await desk(options);
  const console = await made.enter('ider');
  await console.talk([
    ['C', OPEN],
    ['F', OPENED],
    ['wait', 20],
  ]);
  return { ...made, console };
}

/** A session whose CD has 300 blocks, and no floppy; the next number is 6. */
export const lendCd: readonly Line[] = [
  ['C', NOW],
  ['F', '49 00 00 00 01 00 00 00 03 01 00 00 00'],
  ['wait', 20],
  ['F', tur('02', 'b0')],
  ['C', ATTENTION],
  ['F', tur('03', 'b0')],
  ['C', GOOD],
  ['F', '50 00 00 00 04 00 00 00 00 01 00 00 fe ff b0 a0 25 00 00 00 00 00 00 00 00 00 00 00'],
  [
    'C',
    '54 00 00 03 04 00 00 00 00 08 00 00 b4 00 02 00 00 00 b0 58 85 00 03 00 00 00 b0 50 00 00 00 00 00 00 00 00 01 2b 00 00 08 00',
  ],
  ['F', tur('05', 'a0')],
  ['C', ABSENT],
];

/** A read of the CD: number, first block, how many. */
export const read = (number: string, block: string, count: string) =>
  `50 00 00 00 ${number} 00 00 00 00 01 00 00 fe ff b0 a0 28 00 00 00 ${block} 00 00 ${count} 00 00 00`;
/** The header of data from the CD: attributes, number, length, whether it is the last. */
export const frame = (attributes: string, number: string, bytes: string, last: boolean) =>
  `54 00 00 ${attributes} ${number} 00 00 00 00 ${bytes} 00 b4 00 02 00 00 00 b0 58 ${
    last ? '85 00 03 00 00 00 b0 50' : '00 00 00 00 00 00 00 00'
  } 00 00 00 00 00 00`;
