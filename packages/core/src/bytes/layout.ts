/**
 * Wire layouts written as data.
 *
 * A layout is a table: message name, number, fields in wire order. Type, encoder, decoder, length check and trace line
 * come from it:
 *
 *     const greetings = messages({
 *       Hello: [0x10, { variant: u8, _reserved: reserved(2), name: prefixed(u8) }],
 *       Bye:   [0x11, {}],
 *     });
 *     greetings.encode({ type: 'Hello', variant: 1, name });     // Uint8Array
 *     greetings.decode(reader);                                  // Hello | Bye | undefined: not enough bytes yet
 *
 * Fields whose names begin with `_` are on the wire and not in the object. Tables are for headers; bulk data is sliced.
 */
import { ProtocolError } from '../errors.ts';
import { type Field, u8 } from './fields.ts';
import { excerpt } from './hex.ts';
import type { Reader } from './reader.ts';

/** Fields of one message, in wire order. */
export type Fields = { readonly [name: string]: Field<unknown> };

/** Message name → its number on the wire and its fields. */
export type MessageTable = { readonly [name: string]: readonly [number: number, fields: Fields] };

/** The object that fields decode to. */
export type ValuesOf<F extends Fields> = {
  readonly [K in keyof F as K extends `_${string}` ? never : K]: F[K] extends Field<infer T> ? T : never;
};

/** Encoder and decoder of one table; `MessageOf<typeof table>` names what they speak. */
export interface Codec<Message> {
  /** @throws TypeError when a value does not fit its field */
  encode(message: Message): Uint8Array;
  /** The next message, or `undefined`, with the reader where it was, while it is not whole. @throws ProtocolError */
  decode(reader: Reader): Message | undefined;
}

/** The messages of a table, told apart by `type`. */
export type MessageOf<C> = C extends Codec<infer Message> ? Message : never;

/**
 * The codec of a table.
 * @param options.before fields in front of the number, the same for every message: a common header
 * @param options.number how the number itself is written. @default u8
 */
export function messages<const T extends MessageTable, B extends Fields = Record<never, never>>(
  table: T,
  options: { before?: B; number?: Field<number> } = {},
): Codec<{ [N in keyof T & string]: Flat<{ readonly type: N } & ValuesOf<B> & ValuesOf<T[N][1]>> }[keyof T & string]> {
  const before = Object.entries<Field<unknown>>(options.before ?? {});
  const number = options.number ?? u8;
  const kinds = Object.entries(table).map(([type, [n, fields]]) => ({ type, n, rows: Object.entries(fields) }));
  const byNumber = new Map(kinds.map((kind) => [kind.n, kind]));
  const byType = new Map(
    kinds.map(({ type, n, rows }) => [type, [...before, ['_number', always(number, n)], ...rows] satisfies Rows]),
  );
  return {
    encode(message) {
      const rows = byType.get(message.type);
      if (rows === undefined) throw new TypeError(`No message is called ${message.type}.`);
      return write(rows, message);
    },
    decode(reader) {
      const start = reader.offset;
      const message = decodeAt(reader);
      if (message === undefined) reader.offset = start;
      // The table that decoded it is the one its type was inferred from.
      return message as never;
    },
  };

  function decodeAt(reader: Reader): object | undefined {
    const start = reader.offset;
    const header = read(before, reader);
    const n = header && number.read(reader);
    if (n === undefined) return undefined;
    const kind = byNumber.get(n);
    if (kind === undefined) {
      const bytes = excerpt(reader.bytes.subarray(start));
      throw new ProtocolError(`Message number 0x${n.toString(16).padStart(2, '0')} is unknown: ${bytes}.`);
    }
    const values = read(kind.rows, reader);
    return values && { type: kind.type, ...header, ...values };
  }
}

/** The codec of one group of fields without a number: a header, or a datagram of one kind. */
export function layout<const F extends Fields>(fields: F): Codec<ValuesOf<F>> {
  const rows = Object.entries(fields);
  return {
    encode: (values) => write(rows, values),
    decode(reader) {
      const start = reader.offset;
      const values = read(rows, reader);
      if (values === undefined) reader.offset = start;
      return values as ValuesOf<F> | undefined;
    },
  };
}

/** A message on one line, for traces. Bytes are given as their number only: they may be a password. */
export function describe(message: object): string {
  const { type, ...values } = message as { type?: string };
  const words = Object.entries(values).map(([name, value]) => {
    return `${name}=${value instanceof Uint8Array ? `<${value.length} bytes>` : String(value)}`;
  });
  return [type, ...words].filter((word) => word !== undefined).join(' ');
}

type Rows = readonly (readonly [name: string, field: Field<unknown>])[];

type Flat<T> = { readonly [K in keyof T]: T[K] };

function always(field: Field<number>, value: number): Field<unknown> {
  return {
    size: () => field.size(value),
    write: (view, offset) => field.write(view, offset, value),
    read: (reader) => field.read(reader),
  };
}

function write(rows: Rows, values: object): Uint8Array {
  const given = values as { readonly [name: string]: unknown };
  const out = new Uint8Array(rows.reduce((sum, [name, field]) => sum + field.size(given[name]), 0));
  const view = new DataView(out.buffer);
  let offset = 0;
  for (const [name, field] of rows) {
    field.write(view, offset, given[name]);
    offset += field.size(given[name]);
  }
  return out;
}

function read(rows: Rows, reader: Reader): object | undefined {
  const values: { [name: string]: unknown } = {};
  for (const [name, field] of rows) {
    const value = field.read(reader);
    if (value === undefined) return undefined;
    if (!name.startsWith('_')) values[name] = value;
  }
  return values;
}
