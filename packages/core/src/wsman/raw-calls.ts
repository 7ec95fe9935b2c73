/**
 * Requests for classes and properties as they are named, for what the façade does not say. Every failure the firmware
 * reports throws, return values too.
 */
import { type ClassDefinition, encodeRaw } from './class.ts';
import { classes } from './classes/index.ts';
import type { WsmanClient } from './client.ts';
import { actions } from './envelope.ts';
import { fieldXml, type RawFields } from './raw-fields.ts';
import { resourceUri } from './references.ts';
import { checkReturnValue } from './refusals.ts';
import type { XmlObject } from './xml.ts';

/** An element with the name it had. */
export interface RawElement {
  readonly name: string;
  readonly element: XmlObject;
}

/** What is called. */
export interface RawCall {
  readonly className: string;
  readonly selectors?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One instance. */
export async function getRaw(client: WsmanClient, call: RawCall): Promise<readonly RawElement[]> {
  return [elementOf(await client.get(generic(call), optionsOf(call)))];
}

/** All instances. */
export async function enumerateRaw(client: WsmanClient, call: RawCall): Promise<readonly RawElement[]> {
  return (await client.enumerate(generic(call), optionsOf(call))).map(elementOf);
}

/** Reads, changes, writes back: a Put holds all that can be written. */
export async function putRaw(client: WsmanClient, call: RawCall, fields: RawFields): Promise<readonly RawElement[]> {
  const { className } = call;
  const { raw } = await client.get(generic(call), optionsOf(call));
  const readOnly = definitionOf(className)?.readOnly ?? [];
  const kept = Object.keys(raw).filter((key) => !key.startsWith('@') && !readOnly.includes(key));
  // Property order of the schema is alphabetical, upper case first; firmware validates it.
  const names = [...new Set([...kept, ...Object.keys(fields)])].sort((a, b) => (a < b ? -1 : 1));
  const inner = names.map((name) => (name in fields ? fieldXml(name, fields[name]) : encodeRaw(name, raw[name] ?? '')));
  const resource = resourceUri(className);
  const { body } = await client.send({
    ...optionsOf(call),
    action: actions.put,
    resource,
    body: `<r:${className} xmlns:r="${resource}">${inner.join('')}</r:${className}>`,
  });
  return childrenOf(body);
}

/** Calls a method. @throws MethodFailed */
export async function invokeRaw(
  client: WsmanClient,
  call: RawCall & { readonly method: string },
  fields: RawFields,
): Promise<readonly RawElement[]> {
  const { className, method } = call;
  const known = Object.keys(definitionOf(className)?.methods?.[method]?.input ?? {});
  const place = (name: string): number => (known.includes(name) ? known.indexOf(name) : known.length);
  // Parameters stand in the order of the schema; those it does not know keep the order in which they were given.
  const names = Object.keys(fields).sort((a, b) => place(a) - place(b));
  const resource = resourceUri(className);
  const inner = names.map((name) => fieldXml(name, fields[name])).join('');
  const { body } = await client.send({
    ...optionsOf(call),
    action: `${resource}/${method}`,
    resource,
    body: `<r:${method}_INPUT xmlns:r="${resource}">${inner}</r:${method}_INPUT>`,
  });
  const output = childrenOf(body);
  const element = output[0]?.element ?? {};
  if (typeof element.ReturnValue === 'string') {
    checkReturnValue(client.host, className, method, definitionOf(className)?.methods?.[method]?.output ?? {}, element);
  }
  return output;
}

/** The definition of a class we know. */
function definitionOf(className: string): ClassDefinition | undefined {
  return (classes as Readonly<Record<string, ClassDefinition>>)[className];
}

/** Any class, known or not: nothing of it is decoded. */
function generic({ className }: RawCall): ClassDefinition {
  return { name: className, properties: {} };
}

function optionsOf({ selectors, signal }: RawCall) {
  return { ...(signal === undefined ? {} : { signal }), ...(selectors === undefined ? {} : { selectors }) };
}

function elementOf({ className, raw }: { readonly className: string; readonly raw: XmlObject }): RawElement {
  return { name: className, element: raw };
}

function childrenOf(body: XmlObject): RawElement[] {
  return Object.entries(body)
    .filter(([name]) => !name.startsWith('@'))
    .map(([name, element]) => ({ name, element: typeof element === 'object' ? (element as XmlObject) : {} }));
}
