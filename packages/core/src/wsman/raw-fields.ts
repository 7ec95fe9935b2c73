/** Elements as plain data: what is given for properties and parameters, and what comes back. */
import { encodeRaw } from './class.ts';
import { encodeReference, type Reference } from './references.ts';
import type { XmlObject, XmlValue } from './xml.ts';

/** Properties or parameters by name. Text, a list, a nested element, or `{ className, selectors }` for a reference. */
export type RawFields = Readonly<Record<string, unknown>>;

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
export function plainElement(value: XmlValue): unknown {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(plainElement);
  const children = Object.entries(value as XmlObject).filter(([name]) => !name.startsWith('@'));
  const [only] = children;
  if (children.length === 0) return '';
  if (children.length === 1 && only?.[0] === '#text') return plainElement(only[1]);
  return Object.fromEntries(children.map(([name, child]) => [name, plainElement(child)]));
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'className' in value && 'selectors' in value;
}
