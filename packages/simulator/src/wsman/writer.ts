/** XML as real firmware writes it: one line, its own prefixes, empty elements never closed in one tag. */
import { escapeXml, ns, type Reference, resourceUri } from '@amtkit/core/wire';
import type { Instance, Properties, Scalar } from '../values.ts';
import type { Prefixes } from './prefixes.ts';

/** One element with given content. */
export function element(prefix: string, name: string, content: string): string {
  return `<${prefix}:${name}>${content}</${prefix}:${name}>`;
}

/** An instance in the namespace of its class, its properties in ASCII order. */
export function writeInstance(prefixes: Prefixes, { className, properties }: Instance): string {
  const prefix = prefixes.of(resourceUri(className));
  if (declaresCommon(className)) prefixes.of(ns.cimCommon);
  let content = '';
  for (const name of Object.keys(properties).sort()) content += writeValue(prefixes, prefix, name, properties);
  return element(prefix, className, content);
}

/** Parameters in the order given, as the children of an output. */
export function writeParameters(prefixes: Prefixes, prefix: string, parameters: Properties): string {
  return Object.keys(parameters)
    .map((name) => writeValue(prefixes, prefix, name, parameters))
    .join('');
}

/** The children of an endpoint reference. */
export function writeReference({ className, selectors }: Reference): string {
  const uri = className === '' ? '' : escapeXml(resourceUri(className));
  return (
    element('b', 'Address', ns.anonymous) +
    element('b', 'ReferenceParameters', element('c', 'ResourceURI', uri) + writeSelectors(selectors))
  );
}

function writeSelectors(selectors: Reference['selectors']): string {
  const inner = Object.entries(selectors).map(([name, value]) => {
    const content =
      typeof value === 'string' ? escapeXml(value) : element('b', 'EndpointReference', writeReference(value));
    return `<c:Selector Name="${escapeXml(name)}">${content}</c:Selector>`;
  });
  return element('c', 'SelectorSet', inner.join(''));
}

function writeValue(prefixes: Prefixes, prefix: string, name: string, of: Properties): string {
  const value = of[name];
  if (!Array.isArray(value)) return element(prefix, name, writeScalar(prefixes, value as Scalar));
  return value.map((each) => element(prefix, name, writeScalar(prefixes, each))).join('');
}

function writeScalar(prefixes: Prefixes, value: Scalar): string {
  if (typeof value === 'string') return escapeXml(value);
  if (typeof value !== 'object') return String(value);
  if ('datetime' in value) return element(prefixes.of(ns.cimCommon), 'Datetime', escapeXml(value.datetime));
  if ('interval' in value) return element(prefixes.of(ns.cimCommon), 'Interval', escapeXml(value.interval));
  return writeReference(value);
}

/** Recordings declare the namespace of dates for whatever is a managed element, used or not; settings have none. */
function declaresCommon(className: string): boolean {
  return !PLAIN.test(className) && className !== 'AMT_GeneralSettings';
}

const PLAIN =
  /(Settings?|SettingData|Capabilities|Package|Packaging|Profile|Reason|Occurrence|Rule|MPS|Scheme|Collection|Context|Subscription)$/;
