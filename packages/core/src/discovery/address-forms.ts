/** The forms in which addresses are typed: a network, two ends, octets with choices. One of them at a time. */
import { mergeSpans, parseAddress, type Span } from './addresses.ts';

/** More addresses than this are refused unless asked for. */
export const MAX_ADDRESSES = 262_144;

/** The text does not say where to look. Nothing was sent. */
export class InvalidRange extends TypeError {
  override readonly name = 'InvalidRange';
  readonly code = 'INVALID_RANGE';
  /** Set when the range is well written and only too large: how many addresses it names. */
  readonly count: number | undefined;

  constructor(message: string, count?: number) {
    super(message);
    this.count = count;
  }
}

/** Spans of an item made of digits, and the addresses its text begins and ends with. */
export interface Typed {
  readonly spans: readonly Span[];
  readonly ends: readonly number[];
}

/**
 * The addresses of an item made of digits, dots, dashes, stars and a slash.
 * @throws InvalidRange naming what is wrong with it
 */
export function parseNumeric(text: string, allowHuge: boolean): Typed {
  if (text.includes('/')) return cidr(text);
  const [from = '', to] = text.split('-');
  if (from.split('.').length === 4 && to?.includes('.') && text.split('-').length === 2 && !text.includes('*')) {
    const first = address(from, text);
    const last = address(to, text);
    if (last < first) throw new InvalidRange(`${text} runs backwards: write ${to}-${from}.`);
    return { spans: [{ first, last }], ends: [first, last] };
  }
  return octets(text, allowHuge);
}

/** The refusal of a range that is well written and too large. */
export function tooMany(text: string, count: number): InvalidRange {
  const limit = grouped(MAX_ADDRESSES);
  return new InvalidRange(
    `${text} names ${grouped(count)} addresses and at most ${limit} are scanned at once. Name a part of it, or allow huge ranges.`,
    count,
  );
}

function cidr(text: string): Typed {
  const [base = '', suffix = '', ...more] = text.split('/');
  if (more.length > 0 || base === '') throw new InvalidRange(`${text} is not a network: write 192.168.1.0/24.`);
  const typed = address(base, text);
  const prefix = suffix.includes('.') ? prefixOfMask(suffix, text) : Number(suffix);
  if (!/^[\d.]+$/.test(suffix) || prefix > 32) {
    throw new InvalidRange(`${text} is not a network: behind the slash stands 0 to 32, or a mask like 255.255.255.0.`);
  }
  const size = 2 ** (32 - prefix);
  const network = typed - (typed % size);
  // Two addresses or one have no network and broadcast address to skip. [RFC 3021]
  const edge = size > 2 ? 1 : 0;
  return { spans: [{ first: network + edge, last: network + size - 1 - edge }], ends: [typed] };
}

function prefixOfMask(mask: string, text: string): number {
  const size = 2 ** 32 - address(mask, text);
  const prefix = 32 - Math.log2(size);
  if (!Number.isInteger(prefix)) throw new InvalidRange(`${text} is not a network: the mask ${mask} has a gap.`);
  return prefix;
}

/** `10.0.0-3.*`: every combination of the parts. A plain address is the case of one. */
function octets(text: string, allowHuge: boolean): Typed {
  const parts = text.split('.');
  if (parts.length !== 4) {
    const advice = /^\d+-\d+$/.test(text) ? `192.168.1.${text}` : '192.168.1.10, 192.168.1.10-20 or 192.168.1.0/24';
    throw new InvalidRange(`${text} is not an address: four numbers with dots between belong there, as in ${advice}.`);
  }
  const choices = parts.map((part) => octet(part, text));
  const count = choices.reduce((product, { from, to }) => product * (to - from + 1), 1);
  if (count > MAX_ADDRESSES && !allowHuge) throw tooMany(text, count);
  // Whole octets at the end only lengthen the spans; everything in front of the last other one multiplies them.
  const last = Math.max(
    0,
    choices.findLastIndex(({ from, to }) => to - from < 255),
  );
  const { from, to } = choices[last] ?? { from: 0, to: 0 };
  const size = 256 ** (3 - last);
  if (count / (to - from + 1) / size > MAX_ADDRESSES) {
    throw new InvalidRange(`${text} is scattered over too many networks. Name a part of it.`);
  }
  let starts = [0];
  for (const { from, to } of choices.slice(0, last)) {
    starts = starts.flatMap((start) => Array.from({ length: to - from + 1 }, (_, i) => start * 256 + from + i));
  }
  const spans = starts.map((start) => ({
    first: (start * 256 + from) * size,
    last: (start * 256 + to + 1) * size - 1,
  }));
  return { spans: mergeSpans(spans), ends: [spans[0]?.first ?? 0, spans.at(-1)?.last ?? 0] };
}

function octet(part: string, text: string): { readonly from: number; readonly to: number } {
  if (part === '*') return { from: 0, to: 255 };
  const [from = '', to = from, ...more] = part.split('-');
  for (const number of [from, to]) {
    const why = number === '' || more.length > 0 || number.includes('*') ? 'a number is missing' : wrongOctet(number);
    if (why) throw new InvalidRange(`${text} is not an address: ${why}.`);
  }
  if (Number(to) < Number(from)) {
    throw new InvalidRange(`${text} runs backwards: write ${to}-${from} in place of ${part}.`);
  }
  return { from: Number(from), to: Number(to) };
}

function address(text: string, item: string): number {
  const number = parseAddress(text);
  if (number !== undefined) return number;
  const parts = text.split('.');
  const wrong =
    parts.length === 4 ? parts.map(wrongOctet).find((why) => why) : 'four numbers with dots between belong there';
  throw new InvalidRange(
    `${text === item ? item : `${item} makes no sense: ${text}`} is not an address: ${wrong ?? 'a number is missing'}.`,
  );
}

function wrongOctet(octet: string): string | undefined {
  if (octet === '') return 'a number is missing';
  if (!/^\d+$/.test(octet)) return `${octet} is not a number`;
  if (octet.length > 1 && octet.startsWith('0')) return `write ${Number(octet)} for ${octet}, which could be octal`;
  return Number(octet) > 255 ? `${octet} is above 255` : undefined;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
