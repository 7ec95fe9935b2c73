/** The Basic Encoding Rules as SNMP needs them: tag, length, content. [X.690] [RFC 1157] */
import { excerpt } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';

/** Tags that occur in a trap. */
export const BerTag = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  sequence: 0x30,
  ipAddress: 0x40,
  timeTicks: 0x43,
  trap: 0xa4,
} as const;

/** Takes element after element off some bytes. */
export class BerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The content of the next element, which has to be of this kind. Lengths of both forms. @throws ProtocolError */
  take(tag: number): Uint8Array {
    const bytes = this.#bytes;
    const start = this.#at;
    if (bytes[start] !== tag) throw this.#odd(`does not begin with the tag ${tag.toString(16).padStart(2, '0')}`);
    let at = start + 1;
    let length = bytes[at++] ?? Number.POSITIVE_INFINITY;
    if (length > 0x7f) {
      const count = length & 0x7f;
      if (!(count >= 1 && count <= 4)) throw this.#odd('has no definite length');
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? Number.POSITIVE_INFINITY);
    }
    if (!(at + length <= bytes.length)) throw this.#odd('is cut off');
    this.#at = at + length;
    return bytes.subarray(at, at + length);
  }

  /** What is inside the next element. @throws ProtocolError */
  enter(tag: number): BerReader {
    return new BerReader(this.take(tag));
  }

  /** A number of up to five bytes. Senders differ in whether the highest bit is a sign; none sends negative ones. @throws ProtocolError */
  uint(tag: number = BerTag.integer): number {
    const content = this.take(tag);
    if (content.length < 1 || content.length > 5) throw this.#odd(`holds a number of ${content.length} bytes`);
    return content.reduce((number, byte) => number * 256 + byte, 0);
  }

  #odd(what: string): ProtocolError {
    return new ProtocolError(`The trap ${what}: ${excerpt(this.#bytes.subarray(this.#at), 16)}.`);
  }
}

/** An element; its content is bytes, or elements one after another. */
export function ber(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, { length }) => sum + length, 0);
  const out: number[] = [tag];
  if (length > 0xff) out.push(0x82, length >>> 8, length & 0xff);
  else if (length > 0x7f) out.push(0x81, length);
  else out.push(length);
  return Uint8Array.of(...out, ...content.flatMap((part) => [...part]));
}

/** A number from 0 up, as short as it goes without looking negative. */
export function berUint(value: number, tag: number = BerTag.integer): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  if ((bytes[0] as number) > 0x7f) bytes.unshift(0);
  return ber(tag, Uint8Array.from(bytes));
}
