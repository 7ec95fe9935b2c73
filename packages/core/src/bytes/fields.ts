/** The kinds of field a layout is made of: integers, characters, bytes, names for numbers, and space that means nothing. */
import { ProtocolError } from '../errors.ts';
import { excerpt } from './hex.ts';
import type { Reader } from './reader.ts';

/** One field: how many bytes a value takes, and the way there and back. */
export interface Field<T> {
  size(value: T): number;
  /** Writes at `offset`, where `size(value)` bytes are free. @throws TypeError when the value does not fit the field */
  write(view: DataView, offset: number, value: T): void;
  /** `undefined` when not enough bytes are there yet. */
  read(reader: Reader): T | undefined;
}

/** Unsigned integers; the letters at the end give the byte order. */
export const u8: Field<number> = integer(1);
export const u16be: Field<number> = integer(2);
export const u16le: Field<number> = integer(2, true);
export const u32be: Field<number> = integer(4);
export const u32le: Field<number> = integer(4, true);

/** A signed integer of four bytes, two's complement. */
export const s32be: Field<number> = {
  size: () => 4,
  write(view, offset, value) {
    if (value !== (value | 0)) throw new TypeError(`${value} does not fit 4 bytes.`);
    view.setInt32(offset, value);
  },
  read(reader) {
    const value = reader.uint(4);
    return value === undefined ? undefined : value | 0;
  },
};

/** Exactly `length` characters of one byte each. */
export function ascii(length: number): Field<string> {
  return {
    size: () => length,
    write(view, offset, value) {
      if (value.length !== length) throw new TypeError(`"${value}" is not ${length} characters long.`);
      for (let i = 0; i < length; i++) u8.write(view, offset + i, value.charCodeAt(i));
    },
    read: (reader) => {
      const taken = reader.take(length);
      return taken && String.fromCharCode(...taken);
    },
  };
}

/** Exactly `length` bytes. */
export function bytes(length: number): Field<Uint8Array> {
  return {
    size: () => length,
    write(view, offset, value) {
      if (value.length !== length) throw new TypeError(`${value.length} bytes where ${length} belong.`);
      put(view, offset, value);
    },
    read: (reader) => reader.take(length),
  };
}

/**
 * Bytes behind their own number.
 * @param max a larger number is nonsense, not a reason to wait. @default 65,535
 */
export function prefixed(length: Field<number>, max = 0xffff): Field<Uint8Array> {
  return {
    size: (value) => length.size(value.length) + value.length,
    write(view, offset, value) {
      if (value.length > max) throw new TypeError(`${value.length} bytes where at most ${max} belong.`);
      length.write(view, offset, value.length);
      put(view, offset + length.size(value.length), value);
    },
    read(reader) {
      const start = reader.offset;
      const size = length.read(reader);
      if (size === undefined) return undefined;
      if (size <= max) return reader.take(size);
      const from = excerpt(reader.bytes.subarray(start));
      throw new ProtocolError(`A length of ${size} where at most ${max} is possible, at offset ${start}: ${from}.`);
    },
  };
}

/** A number with a name in `table`. Numbers without one stay numbers: firmware is newer than we are. */
export function named<const T extends { readonly [name: string]: number }>(
  field: Field<number>,
  table: T,
): Field<(keyof T & string) | number> {
  const names = new Map(Object.entries(table).map(([name, number]) => [number, name]));
  const numberOf = (value: string | number): number => {
    const number = typeof value === 'number' ? value : table[value];
    if (number === undefined) throw new TypeError(`"${value}" is none of ${Object.keys(table).join(', ')}.`);
    return number;
  };
  return {
    size: (value) => field.size(numberOf(value)),
    write: (view, offset, value) => field.write(view, offset, numberOf(value)),
    read(reader) {
      const number = field.read(reader);
      return number === undefined ? undefined : (names.get(number) ?? number);
    },
  };
}

/** `length` bytes that mean nothing: written as zero, skipped when read. Give it a name beginning with `_`. */
export function reserved(length: number): Field<unknown> {
  return { size: () => length, write: () => {}, read: (reader) => reader.take(length) };
}

/** Like `reserved`, at the end of a datagram, where some senders leave it out. */
export function trailing(length: number): Field<unknown> {
  return { ...reserved(length), read: (reader) => reader.take(Math.min(length, reader.remaining)) };
}

function integer(width: 1 | 2 | 4, littleEndian = false): Field<number> {
  const max = 2 ** (8 * width) - 1;
  const set = ({ 1: 'setUint8', 2: 'setUint16', 4: 'setUint32' } as const)[width];
  return {
    size: () => width,
    write(view, offset, value) {
      if (!Number.isInteger(value) || value < 0 || value > max) {
        throw new TypeError(`${value} does not fit ${width} ${width === 1 ? 'byte' : 'bytes'}.`);
      }
      view[set](offset, value, littleEndian);
    },
    read: (reader) => reader.uint(width, littleEndian),
  };
}

function put(view: DataView, offset: number, value: Uint8Array): void {
  new Uint8Array(view.buffer, view.byteOffset + offset, value.length).set(value);
}
