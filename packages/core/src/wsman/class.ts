/**
 * WS-Management classes as data: properties and methods with their types, from which the TypeScript types, the encoder,
 * the decoder and the simulated firmware follow. [DSP0230]
 */
import { ProtocolError } from '../errors.ts';
import { decodeReference, encodeReference, ns, type Reference, resourceUri } from './references.ts';
import { elementOf, escapeXml, listOf, textOf, type XmlObject, type XmlValue } from './xml.ts';

/** How one property or parameter looks in TypeScript and on the wire. */
export interface ValueType<T> {
  /** What a person would call it, for error texts. */
  readonly kind: string;
  /** Of a list: the type of one item. The element is repeated, one per item. */
  readonly item?: ValueType<unknown>;
  readonly optional?: true;
  /** The value of a present element. @throws ProtocolError */
  decode(value: XmlValue, where: string): T;
  /** What stands between the tags; lists are repeated by the caller. */
  encode(value: T): string;
}

/** Properties or parameters by their verbatim name; parameters in wire order. */
export type Fields = Record<string, ValueType<unknown>>;

/** A method's parameters. `output` always holds a ReturnValue in replies, whether listed or not. */
export interface MethodDefinition {
  readonly input: Fields;
  readonly output: Fields;
}

/** A class of one of Intel's or the DMTF's schemas. */
export interface ClassDefinition {
  /** Verbatim, with its family: `CIM_…`, `AMT_…`, `IPS_…`. */
  readonly name: string;
  /** The class it is a kind of, where we define that one too: an Enumerate of the parent yields these instances as well. */
  readonly parent?: string;
  readonly properties: Fields;
  /** Properties the firmware refuses in a Put although it sends them in a Get. */
  readonly readOnly?: readonly string[];
  readonly methods?: Readonly<Record<string, MethodDefinition>>;
}

/** The TypeScript type of a value type. */
export type ValueOf<V> = V extends ValueType<infer T> ? T : never;

type OptionalKeys<F> = {
  [K in keyof F]: F[K] extends { readonly optional: true } ? K : never;
}[keyof F];

/** A method's input: required parameters must be there, optional ones may be left out. */
export type InputOf<F> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]>;
} & { readonly [K in OptionalKeys<F>]?: ValueOf<F[K]> | undefined };

/** Known properties of an instance. All may be absent: firmware leaves out what it has no value for. */
export type PropertiesOf<F> = {
  readonly [K in keyof F]?: ValueOf<F[K]> | undefined;
};

/** One instance: its known properties typed, all of them as text in `raw`. */
export type Instance<C extends ClassDefinition> = PropertiesOf<C['properties']> & {
  /** The class the firmware named, which may be a subclass of the one asked for. */
  readonly className: string;
  /** Every property as it stood in the reply, unlisted ones included. */
  readonly raw: XmlObject;
};

/** The names of a class's methods. */
export type MethodOf<C extends ClassDefinition> = Extract<keyof NonNullable<C['methods']>, string>;
/** The input of one method of a class. */
export type MethodInput<C extends ClassDefinition, M extends MethodOf<C>> = InputOf<
  NonNullable<C['methods']>[M]['input']
>;
/** The output of one method of a class. */
export type MethodOutput<C extends ClassDefinition, M extends MethodOf<C>> = PropertiesOf<
  NonNullable<C['methods']>[M]['output']
>;

/** States a class; keeps its exact type. */
export function defineClass<const C extends ClassDefinition>(definition: C): C {
  return definition;
}

/** Text. Empty text is a value, not an absence. */
export const string: ValueType<string> = {
  kind: 'text',
  decode: (value) => textOf(value),
  encode: escapeXml,
};

/** `true` or `false`. */
export const boolean: ValueType<boolean> = {
  kind: 'true or false',
  decode(value, where) {
    const text = textOf(value);
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw unreadable(this.kind, text, where);
  },
  encode: String,
};

/** Whole numbers by width. 64-bit ones beyond 2⁵³ are refused rather than rounded. */
export const uint8 = integer(0, 0xff);
export const uint16 = integer(0, 0xffff);
export const uint32 = integer(0, 0xffff_ffff);
export const uint64 = integer(0, Number.MAX_SAFE_INTEGER);
export const sint32 = integer(-0x8000_0000, 0x7fff_ffff);

/** A point in time, CIM `Datetime`; whole seconds, UTC. */
export const datetime: ValueType<Date> = {
  kind: 'a date and time',
  decode(value, where) {
    const inner = elementOf(value).Datetime;
    const text = textOf(inner ?? value);
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) throw unreadable(this.kind, text, where);
    return date;
  },
  encode: (date) => `<p:Datetime xmlns:p="${ns.cimCommon}">${date.toISOString().replace(/\.\d+Z$/, 'Z')}</p:Datetime>`,
};

/** A point in time, or the text itself where it is none: makers leave rubbish in their BIOS, and one date must not hide the rest. */
export const datetimeOrText: ValueType<Date | string> = {
  kind: datetime.kind,
  decode(value) {
    const text = textOf(elementOf(value).Datetime ?? value);
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? text : date;
  },
  encode: (value) =>
    typeof value === 'string'
      ? `<p:Datetime xmlns:p="${ns.cimCommon}">${escapeXml(value)}</p:Datetime>`
      : datetime.encode(value),
};

/** A length of time as ISO 8601 text such as `P1DT23H59M`, CIM `Interval`. */
export const interval: ValueType<string> = {
  kind: 'an interval',
  decode: (value) => textOf(elementOf(value).Interval ?? value),
  encode: (text) => `<p:Interval xmlns:p="${ns.cimCommon}">${escapeXml(text)}</p:Interval>`,
};

/** Bytes, base64 on the wire. */
export const octets: ValueType<Uint8Array> = {
  kind: 'base64',
  decode(value, where) {
    const text = textOf(value).replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw unreadable(this.kind, text, where);
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  },
  encode: (bytes) => btoa(String.fromCharCode(...bytes)),
};

/** A pointer to an instance. */
export const reference: ValueType<Reference> = {
  kind: 'a reference',
  decode: decodeReference,
  encode: encodeReference,
};

/** Repeated elements. One element is a list of one; none is an absent property. */
export function array<T>(item: ValueType<T>): ValueType<readonly T[]> {
  return {
    kind: `a list of ${item.kind}`,
    item: item as ValueType<unknown>,
    decode: (value, where) => listOf(value).map((each) => item.decode(each, where)),
    encode: () => {
      throw new TypeError('A list is encoded item by item.');
    },
  };
}

/** A number with names, such as a ValueMap of the schema. Unknown numbers stay numbers: firmware is newer than we are. */
export function named<const Table extends Readonly<Record<string, number>>>(
  number: ValueType<number>,
  table: Table,
): ValueType<Extract<keyof Table, string> | number> {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name as Extract<keyof Table, string>]));
  return {
    kind: number.kind,
    decode(value, where) {
      const decoded = number.decode(value, where);
      return names.get(decoded) ?? decoded;
    },
    encode(value) {
      const numeral = typeof value === 'number' ? value : table[value];
      if (numeral === undefined)
        throw new TypeError(`${JSON.stringify(value)} is none of ${Object.keys(table).join(', ')}.`);
      return number.encode(numeral);
    },
  };
}

/** The result of a method: 0 is success, everything else throws MethodFailed. `table` names the values. */
export function returnValue(
  table: Readonly<Record<string, number>>,
): ValueType<number> & { readonly table: typeof table } {
  return { ...uint32, table };
}

/** A parameter that may be left out; an empty one is refused by some firmware, so it is never sent. */
export function optional<T>(type: ValueType<T>): ValueType<T> & { readonly optional: true } {
  return { ...type, optional: true };
}

/** An instance written inside a parameter, in the namespace of its own class. */
export function embedded<const C extends ClassDefinition>(definition: C): ValueType<PropertiesOf<C['properties']>> {
  return {
    kind: definition.name,
    decode: (value) =>
      decodeFields(definition.properties, elementOf(value), definition.name) as PropertiesOf<C['properties']>,
    encode: (value) =>
      encodeFields(definition.properties, value, definition.name, 'e').replaceAll(
        /<e:(\w+)>/g,
        `<e:$1 xmlns:e="${resourceUri(definition.name)}">`,
      ),
  };
}

/** An instance from the element that bears its class's name. @throws ProtocolError */
export function decodeInstance<C extends ClassDefinition>(
  definition: C,
  className: string,
  element: XmlObject,
): Instance<C> {
  return {
    ...decodeFields(definition.properties, element, definition.name),
    className,
    raw: element,
  } as Instance<C>;
}

/** Known fields out of an element's children; absent and `nil` ones stay absent. @throws ProtocolError */
export function decodeFields(fields: Fields, element: XmlObject, where: string): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const name in fields) {
    const value = element[name];
    if (value === undefined || isNil(value)) continue;
    decoded[name] = (fields[name] as ValueType<unknown>).decode(value, `${where}.${name}`);
  }
  return decoded;
}

/** Fields as elements with the given prefix, in the order of the definition. */
export function encodeFields(fields: Fields, values: object, where: string, prefix = 'r'): string {
  let xml = '';
  for (const name in fields) {
    const value = (values as Record<string, unknown>)[name];
    if (value !== undefined) xml += encodeField(fields[name] as ValueType<unknown>, name, value, prefix);
  }
  for (const name in values) {
    if (fields[name] === undefined && (values as Record<string, unknown>)[name] !== undefined) {
      throw new TypeError(`${where} has no field ${name}.`);
    }
  }
  return xml;
}

/** One field as an element, or as several where it is a list. */
export function encodeField(type: ValueType<unknown>, name: string, value: unknown, prefix = 'r'): string {
  const { item } = type;
  if (item !== undefined) {
    return (value as readonly unknown[]).map((each) => encodeField(item, name, each, prefix)).join('');
  }
  return `<${prefix}:${name}>${type.encode(value)}</${prefix}:${name}>`;
}

/** Elements copied as they were read, for a Put that must not lose what we do not know. */
export function encodeRaw(name: string, value: XmlValue, prefix = 'r'): string {
  if (typeof value === 'string') return `<${prefix}:${name}>${escapeXml(value)}</${prefix}:${name}>`;
  if (Array.isArray(value)) return value.map((each) => encodeRaw(name, each, prefix)).join('');
  const element = value as XmlObject;
  if (element.ReferenceParameters !== undefined) {
    return `<${prefix}:${name}>${encodeReference(decodeReference(element))}</${prefix}:${name}>`;
  }
  for (const kind of ['Datetime', 'Interval'] as const) {
    if (element[kind] !== undefined) {
      return `<${prefix}:${name}><p:${kind} xmlns:p="${ns.cimCommon}">${escapeXml(textOf(element[kind]))}</p:${kind}></${prefix}:${name}>`;
    }
  }
  const inner = Object.entries(element)
    .filter(([child]) => !child.startsWith('@'))
    .map(([child, each]) => (child === '#text' ? escapeXml(textOf(each)) : encodeRaw(child, each, prefix)));
  return `<${prefix}:${name}>${inner.join('')}</${prefix}:${name}>`;
}

function integer(min: number, max: number): ValueType<number> {
  return {
    kind: `a whole number from ${min} to ${max}`,
    decode(value, where) {
      const text = textOf(value);
      const number = Number(text);
      if (!/^[+-]?\d+$/.test(text) || number < min || number > max) throw unreadable(this.kind, text, where);
      return number;
    },
    encode(value) {
      if (!Number.isInteger(Number(value)) || value < min || value > max) {
        throw new TypeError(`${JSON.stringify(value)} is not ${this.kind}.`);
      }
      return String(value);
    },
  };
}

function isNil(value: XmlValue): boolean {
  return typeof value === 'object' && !Array.isArray(value) && /^(true|1)$/.test(textOf((value as XmlObject)['@nil']));
}

function unreadable(kind: string, text: string, where: string): ProtocolError {
  return new ProtocolError(`${where} ought to be ${kind} but is ${JSON.stringify(text.slice(0, 60))}.`);
}
