/** WS-Management elements as text: what a person types for properties and selectors, and what is printed. */
import { plainElement, type RawFields } from '@amtkit/core';
import { classNameOf, encodeRaw, resourceUri, type XmlObject } from '@amtkit/core/wire';
import { UsageError } from './exit.ts';

/** `Name=Value` pairs; a name that stands there again makes a list. @throws UsageError */
export function fieldsOf(pairs: readonly string[]): RawFields {
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
export function fieldsFromJson(text: string): RawFields {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw new UsageError('What stands on stdin is not JSON.');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new UsageError('What stands on stdin is not a JSON object of names and values.');
  }
  return fields as RawFields;
}

/** Selectors in `Key=Value,Key=Value`. @throws UsageError */
export function selectorsOf(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(Object.entries(fieldsOf(text.split(','))).map(([name, value]) => [name, String(value)]));
}

/** Lines of an element: `Name: value`, what is nested as JSON. */
export function linesOf(element: XmlObject): string[] {
  const plain = plainElement(element);
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
