/** What counts as success of a reimage, and how people write it. */
import { seconds } from '../../machine/amounts.ts';
import type { ReimageProgress } from './stages.ts';

/** One thing that counts as success. */
export type ReimageUntil =
  /** The PC switches itself off after it has read from the image. */
  | 'power-off'
  /** The PC restarts by itself after it has read from the image. */
  | 'reboot'
  /** The PC writes this on its serial port. */
  | { readonly serial: string | RegExp }
  /** The screen shows the same for so many minutes, while nothing is read from the image. */
  | { readonly still: number }
  /** So many bytes of the image were read. */
  | { readonly bytes: number }
  /** A function that is asked once a second says so. What it throws is the reason of the failure. */
  | ((progress: ReimageProgress) => boolean | Promise<boolean>);

/** What counts where nothing is named. */
export const defaultUntil: readonly ReimageUntil[] = ['power-off', 'reboot'];

/**
 * Reads `power-off`, `reboot`, `serial:TEXT`, `serial:/EXPRESSION/flags`, `bytes:NUMBER` (with `k`, `M` or `G`; powers
 * of 1024) or `still:MINUTES`, or several of them with commas between: the first that comes counts.
 * @throws TypeError with a sentence that names what was expected
 */
export function parseUntil(text: string): readonly ReimageUntil[] {
  return text.split(BETWEEN).map(parseOne);
}

/** A comma may also stand in a text; one that separates has a word behind it. */
const BETWEEN = /\s*,\s*(?=power-off\b|reboot\b|serial:|bytes:|still:)/;

function parseOne(text: string): ReimageUntil {
  const [word = '', rest] = splitOnce(text.trim());
  if (rest === undefined && (word === 'power-off' || word === 'reboot')) return word;
  if (word === 'serial' && rest !== undefined && rest !== '') return { serial: parsePattern(rest) };
  if (word === 'bytes' && rest !== undefined) return { bytes: parseBytes(rest) };
  if (word === 'still' && rest !== undefined) return { still: parseMinutes(rest) };
  throw new TypeError(
    `A reimage ends with power-off, reboot, serial:TEXT, serial:/EXPRESSION/, bytes:NUMBER or still:MINUTES, not ${JSON.stringify(text)}.`,
  );
}

/** What was named, for people. */
export function untilText(until: ReimageUntil): string {
  if (until === 'power-off') return 'the PC switches itself off';
  if (until === 'reboot') return 'the PC restarts by itself';
  if (typeof until === 'function') return 'the caller says so';
  if ('bytes' in until) return `${until.bytes} bytes are read`;
  if ('still' in until) return `the screen shows the same for ${seconds(until.still * 60_000)}`;
  return `the serial port says ${typeof until.serial === 'string' ? JSON.stringify(until.serial) : until.serial}`;
}

/** Whether the screen decides. */
export function isStill(until: ReimageUntil): until is { readonly still: number } {
  return typeof until === 'object' && 'still' in until;
}

function splitOnce(text: string): [string, string?] {
  const at = text.indexOf(':');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function parsePattern(text: string): string | RegExp {
  const expression = /^\/(.+)\/([ims]*)$/s.exec(text);
  if (expression === null) return text;
  try {
    return new RegExp(expression[1] as string, expression[2]);
  } catch (error) {
    throw new TypeError(`${text} is no regular expression: ${(error as Error).message}.`);
  }
}

function parseBytes(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([kMG]?)B?$/.exec(text.trim()) ?? [];
  const bytes = Number(digits) * (UNITS[unit] as number);
  if (!Number.isSafeInteger(bytes) || bytes === 0) {
    throw new TypeError(`bytes: takes a number such as 700M or 2G, not ${JSON.stringify(text)}.`);
  }
  return bytes;
}

function parseMinutes(text: string): number {
  const minutes = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  if (minutes < 1 || minutes > 1440) {
    throw new TypeError(`still: takes minutes, 1 to 1440, not ${JSON.stringify(text)}.`);
  }
  return minutes;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, M: 1024 ** 2, G: 1024 ** 3 };
