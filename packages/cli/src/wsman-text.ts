/** WS-Management elements as text: what a person types for properties and selectors, and what is printed. */
import {
  classNameOf,
  encodeRaw,
  encodeReference,
  type Reference,
  resourceUri,
  type XmlObject,
  type XmlValue,
} from '@amtkit/core/wire';
import { UsageError } from './exit.ts';

/** Properties or parameters by name. Text, a list, a nested element, or `{ className, selectors }` for a reference. */
export type Fields = Readonly<Record<string, unknown>>;

/** `Name=Value` pairs; a name that stands there again makes a list. @throws UsageError */
export function fieldsOf(pairs: readonly string[]): Fields {
  const fields: Record<string, string | string[]> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`${pair} is not of the form Name=Value.`);
    const name = pair.slice(0, at);
    const value = pair.slice(at + 1);
    const before = fields[name];
    fields[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
  }
  return fields;
}

/** Fields in a JSON object. @throws UsageError */
export function fieldsFromJson(text: string): Fields {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw new UsageError('What stands on stdin is not JSON.');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new UsageError('What stands on stdin is not a JSON object of names and values.');
  }
  return fields as Fields;
}

/** Selectors in `Key=Value,Key=Value`. @throws UsageError */
export function selectorsOf(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(Object.entries(fieldsOf(text.split(','))).map(([name, value]) => [name, String(value)]));
}

/** A field as XML, under the prefix `r`. */
export function fieldXml(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => fieldXml(name, item)).join('');
  if (isReference(value)) return `<r:${name}>${encodeReference(value)}</r:${name}>`;
  if (typeof value === 'object' && value !== null) {
    const inner = Object.entries(value).map(([child, each]) => fieldXml(child, each));
    return `<r:${name}>${inner.join('')}</r:${name}>`;
  }
  return encodeRaw(name, value === null || value === undefined ? '' : String(value));
}

/** An element without its attributes: plain data, all values text. */
export function plainOf(value: XmlValue): unknown {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(plainOf);
  const children = Object.entries(value as XmlObject).filter(([name]) => !name.startsWith('@'));
  const [only] = children;
  if (children.length === 0) return '';
  if (children.length === 1 && only?.[0] === '#text') return plainOf(only[1]);
  return Object.fromEntries(children.map(([name, child]) => [name, plainOf(child)]));
}

/** Lines of an element: `Name: value`, what is nested as JSON. */
export function linesOf(element: XmlObject): string[] {
  const plain = plainOf(element);
  if (typeof plain !== 'object' || plain === null) return [String(plain)];
  return Object.entries(plain).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}

/** An element as one line of XML. */
export function xmlOf(className: string, element: XmlObject): string {
  const name = classNameOf(className);
  return encodeRaw(name, element).replace(`<r:${name}>`, `<r:${name} xmlns:r="${resourceUri(className)}">`);
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'className' in value && 'selectors' in value;
}
