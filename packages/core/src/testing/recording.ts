/**
 * Conversations written down as bytes, and their replay against one of our halves.
 *
 * A recording is a text: `#` begins a remark, the first ones say who spoke and where it comes from; `>` begins what the
 * console sent and `<` what the firmware sent, as pairs of hex digits. A line that begins with blanks goes on with the
 * one above.
 */
import { excerpt, fromHex } from '../bytes/hex.ts';
import type { Protocol } from '../redirection/protocol.ts';

/** Bytes that pairs of hex digits stand for; values may be bytes themselves: hex`13 00 ${length} ${data}`. */
export function hex(texts: TemplateStringsArray, ...values: readonly (Uint8Array | number)[]): Uint8Array {
  return joined(
    texts.flatMap((text, i) => {
      const value = values[i];
      if (value === undefined) return [fromHex(text)];
      return [fromHex(text), typeof value === 'number' ? Uint8Array.of(value) : value];
    }),
  );
}

/** The worst way a network may deliver these bytes. */
export function oneByteAtATime(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

/** One thing said. */
export interface RecordedLine {
  readonly from: 'console' | 'firmware';
  readonly bytes: Uint8Array;
  /** In the text, counted from 1. */
  readonly line: number;
}

/** What was said, in order. @throws TypeError for a line that is none */
export function parseRecording(text: string): RecordedLine[] {
  const lines: { from: 'console' | 'firmware'; digits: string; line: number }[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const content = raw.replace(/#.*/, '');
    const last = lines.at(-1);
    if (content.trim() === '') continue;
    if (/^[<>]/.test(content)) {
      lines.push({ from: content[0] === '>' ? 'console' : 'firmware', digits: content.slice(1), line: i + 1 });
    } else if (/^\s/.test(content) && last !== undefined) last.digits += ` ${content}`;
    else throw new TypeError(`Line ${i + 1} of the recording begins neither with > nor with <: ${raw}`);
  }
  return lines.map(({ from, digits, line }) => ({ from, bytes: fromHex(digits), line }));
}

/** How a recording is replayed. */
export interface ReplayOptions {
  /** Which side the protocol takes. @default 'console' */
  readonly as?: 'console' | 'firmware';
  /** How the bytes of the other side are cut. @default as they were recorded */
  readonly cut?: (bytes: Uint8Array) => Iterable<Uint8Array>;
  /** Called when it is the protocol's turn and it has not said enough by itself: a person types, a clock ticks. */
  readonly prompt?: (expected: Uint8Array) => void;
}

/**
 * Plays the other side of a recording to a protocol and holds what it says against its own side.
 * @returns what it made of it
 * @throws Error at the first line where it says anything else
 */
export function replay<Event>(
  protocol: Protocol<Event>,
  recording: readonly RecordedLine[],
  { as = 'console', cut = (bytes) => [bytes], prompt = () => {} }: ReplayOptions = {},
): Event[] {
  const events: Event[] = [];
  let said: Uint8Array = new Uint8Array(0);
  const listen = () => {
    said = joined([said, ...protocol.takeOutgoing()]);
  };
  for (const { from, bytes, line } of recording) {
    listen();
    if (from !== as) {
      if (said.length > 0) throw new Error(`Line ${line}: said ${excerpt(said, 64)} out of turn.`);
      for (const piece of cut(bytes)) events.push(...protocol.receive(piece));
      continue;
    }
    if (said.length < bytes.length) prompt(bytes);
    listen();
    const own = said.subarray(0, bytes.length);
    if (own.length !== bytes.length || own.some((byte, i) => byte !== bytes[i])) {
      throw new Error(`Line ${line}: expected ${excerpt(bytes, 256)}, got ${excerpt(said, 256)}.`);
    }
    said = said.subarray(bytes.length);
  }
  return events;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
