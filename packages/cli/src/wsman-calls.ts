/** The four verbs of `amt wsman`, on elements as text. Every failure the firmware reports throws, return values too. */
import { MethodFailed, type WsmanClient } from '@amtkit/core';
import { actions, type ClassDefinition, classes, encodeRaw, resourceUri, type XmlObject } from '@amtkit/core/wire';
import { resultName } from './explain.ts';
import { type Fields, fieldXml } from './wsman-text.ts';

/** An element with the name it had. */
export interface Element {
  readonly name: string;
  readonly element: XmlObject;
}

/** What is called. */
export interface Call {
  readonly className: string;
  readonly selectors?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

/** One instance. */
export async function get(client: WsmanClient, call: Call): Promise<readonly Element[]> {
  return [elementOf(await client.get(generic(call), optionsOf(call)))];
}

/** All instances. */
export async function enumerate(client: WsmanClient, call: Call): Promise<readonly Element[]> {
  return (await client.enumerate(generic(call), optionsOf(call))).map(elementOf);
}

/** Reads, changes, writes back: a Put holds all that can be written. */
export async function put(client: WsmanClient, call: Call, fields: Fields): Promise<readonly Element[]> {
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
export async function invoke(
  client: WsmanClient,
  call: Call & { readonly method: string },
  fields: Fields,
): Promise<readonly Element[]> {
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
  const returned = output[0]?.element.ReturnValue;
  if (typeof returned === 'string' && returned !== '0') {
    const returnValue = Number(returned);
    const returnName = resultName(className, method, returnValue);
    throw new MethodFailed(`${client.host} refused ${className}.${method}: ${returnName} (ReturnValue ${returned}).`, {
      host: client.host,
      hint: `amt explain ${returned} says what that can mean.`,
      className,
      method,
      returnValue,
      returnName,
    });
  }
  return output;
}

/** The definition of a class we know. */
function definitionOf(className: string): ClassDefinition | undefined {
  return (classes as Readonly<Record<string, ClassDefinition>>)[className];
}

/** Any class, known or not: nothing of it is decoded. */
function generic({ className }: Call): ClassDefinition {
  return { name: className, properties: {} };
}

function optionsOf({ selectors, signal }: Call) {
  return { signal, ...(selectors === undefined ? {} : { selectors }) };
}

function elementOf({ className, raw }: { readonly className: string; readonly raw: XmlObject }): Element {
  return { name: className, element: raw };
}

function childrenOf(body: XmlObject): Element[] {
  return Object.entries(body)
    .filter(([name]) => !name.startsWith('@'))
    .map(([name, element]) => ({ name, element: typeof element === 'object' ? (element as XmlObject) : {} }));
}
