/**
 * Selectors, endpoint references and class URIs: how WS-Management names one instance. [DSP0226 §5] [DSP0227]
 */
import { elementOf, escapeXml, listOf, textOf, type XmlObject, type XmlValue } from './xml.ts';

/** Names of key properties and their values; the value of a reference-typed key is itself a reference. */
export interface Selectors {
  readonly [name: string]: string | Reference;
}

/** An endpoint reference: one instance of one class. */
export interface Reference {
  /** Class name, such as `CIM_ComputerSystem`. Empty in replies of firmware that refers to nothing. */
  readonly className: string;
  readonly selectors: Selectors;
}

/** Namespaces of envelopes and bodies. [DSP0226 Annex A] */
export const ns = {
  soap: 'http://www.w3.org/2003/05/soap-envelope',
  addressing: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  anonymous: 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous',
  wsman: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
  transfer: 'http://schemas.xmlsoap.org/ws/2004/09/transfer',
  enumeration: 'http://schemas.xmlsoap.org/ws/2004/09/enumeration',
  eventing: 'http://schemas.xmlsoap.org/ws/2004/08/eventing',
  identify: 'http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd',
  cimBinding: 'http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd',
  cimCommon: 'http://schemas.dmtf.org/wbem/wscim/1/common',
  trust: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
  secext: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
} as const;

const families = new Map([
  ['CIM', 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/'],
  ['AMT', 'http://intel.com/wbem/wscim/1/amt-schema/1/'],
  ['IPS', 'http://intel.com/wbem/wscim/1/ips-schema/1/'],
]);

/** URIs that were asked for. Beside speed this makes equal ones the same string, which later look-ups are quicker with. */
const uris = new Map<string, string>();
const MANY_URIS = 500;

/** The resource URI of a class: its family's prefix and its name. A full URI is returned as it is. */
export function resourceUri(className: string): string {
  let uri = uris.get(className);
  if (uri === undefined) {
    uri = composeUri(className);
    if (uris.size === MANY_URIS) uris.clear();
    uris.set(className, uri);
  }
  return uri;
}

function composeUri(className: string): string {
  if (className.includes('://')) return className;
  const prefix = families.get(className.slice(0, className.indexOf('_')));
  if (prefix === undefined) {
    throw new TypeError(`${JSON.stringify(className)} is not a class name: it begins with none of CIM_, AMT_, IPS_.`);
  }
  return prefix + className;
}

/** The class a resource URI names: what stands after the last slash. */
export function classNameOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** A `SelectorSet` element in the WS-Management namespace under `prefix`; nothing for no selectors. */
export function encodeSelectors(selectors: Selectors | undefined): string {
  const entries = Object.entries(selectors ?? {});
  if (entries.length === 0) return '';
  const inner = entries.map(([name, value]) => {
    const content =
      typeof value === 'string'
        ? escapeXml(value)
        : `<EndpointReference xmlns="${ns.addressing}">${encodeReference(value)}</EndpointReference>`;
    return `<Selector Name="${escapeXml(name)}">${content}</Selector>`;
  });
  return `<SelectorSet xmlns="${ns.wsman}">${inner.join('')}</SelectorSet>`;
}

/** The children of an endpoint reference: address and reference parameters. */
export function encodeReference(reference: Reference): string {
  return (
    `<Address xmlns="${ns.addressing}">${ns.anonymous}</Address>` +
    `<ReferenceParameters xmlns="${ns.addressing}">` +
    `<ResourceURI xmlns="${ns.wsman}">${reference.className && escapeXml(resourceUri(reference.className))}</ResourceURI>` +
    `${encodeSelectors(reference.selectors)}</ReferenceParameters>`
  );
}

/** The selectors inside a `SelectorSet` element. */
export function decodeSelectors(set: XmlValue | undefined): Selectors {
  const selectors: Record<string, string | Reference> = {};
  for (const selector of listOf(elementOf(set).Selector)) {
    if (typeof selector === 'string') continue;
    const reference = selector.EndpointReference;
    selectors[textOf(selector['@Name'])] = reference === undefined ? textOf(selector) : decodeReference(reference);
  }
  return selectors;
}

/** An endpoint reference from the element that holds its address and parameters. */
export function decodeReference(value: XmlValue): Reference {
  let element: XmlObject = elementOf(value);
  if (element.EndpointReference !== undefined) element = elementOf(element.EndpointReference);
  const parameters = elementOf(element.ReferenceParameters);
  return {
    className: classNameOf(textOf(parameters.ResourceURI)),
    selectors: decodeSelectors(parameters.SelectorSet),
  };
}
