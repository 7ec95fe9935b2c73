/**
 * SOAP envelopes of WS-Management: requests out, any message in. [DSP0226 §5] [SOAP 1.2]
 */
import { ProtocolError } from '../errors.ts';
import { decodeSelectors, encodeSelectors, ns, type Selectors } from './references.ts';
import { elementOf, escapeXml, parseXml, textOf, type XmlObject } from './xml.ts';

/** Actions that are the same for every class; a method's action is the class's URI, a slash and the method. */
export const actions = {
  get: `${ns.transfer}/Get`,
  put: `${ns.transfer}/Put`,
  create: `${ns.transfer}/Create`,
  delete: `${ns.transfer}/Delete`,
  enumerate: `${ns.enumeration}/Enumerate`,
  pull: `${ns.enumeration}/Pull`,
  release: `${ns.enumeration}/Release`,
  subscribe: `${ns.eventing}/Subscribe`,
  renew: `${ns.eventing}/Renew`,
  unsubscribe: `${ns.eventing}/Unsubscribe`,
} as const;

/** What a console asks. */
export interface WsmanRequest {
  readonly action: string;
  /** URI of the class. */
  readonly resource: string;
  readonly selectors?: Selectors | undefined;
  /** More elements of the header, as XML. @default '' */
  readonly header?: string | undefined;
  /** What stands inside `Body`, as XML. @default '' */
  readonly body?: string | undefined;
  /** Echoed by the firmware in `RelatesTo`. */
  readonly messageId: string;
}

/** Any message, decoded: a request as the firmware sees it, a reply as the console sees it. */
export interface WsmanMessage {
  readonly action: string;
  readonly resource: string;
  readonly messageId: string;
  readonly relatesTo: string;
  readonly selectors: Selectors;
  /** Header elements by local name, for what the fields above do not cover. */
  readonly header: XmlObject;
  /** Elements inside `Body` by local name; usually one. */
  readonly body: XmlObject;
}

/** The request as text. Firmware needs no more header than this, and enforces 30 s at least on the time-out. */
export function encodeRequest({
  action,
  resource,
  messageId,
  selectors,
  header = '',
  body = '',
}: WsmanRequest): string {
  return (
    `${headOf(action, resource)}${escapeXml(messageId)}${afterId}${encodeSelectors(selectors)}${header}` +
    `</Header><Body>${body}</Body></Envelope>`
  );
}

const beforeAction =
  '<?xml version="1.0" encoding="utf-8"?>' +
  `<Envelope xmlns="${ns.soap}" xmlns:a="${ns.addressing}" xmlns:w="${ns.wsman}"><Header><a:Action>`;
const afterId =
  `</a:MessageID><a:ReplyTo><a:Address>${ns.anonymous}</a:Address></a:ReplyTo>` +
  '<w:OperationTimeout>PT60S</w:OperationTimeout>';

/** Beginnings of requests, by class and action: a console says the same few over and over. */
const heads = new Map<string, Map<string, string>>();
const MANY_CLASSES = 500;

function headOf(action: string, resource: string): string {
  let ofClass = heads.get(resource);
  if (ofClass === undefined) {
    if (heads.size === MANY_CLASSES) heads.clear();
    ofClass = new Map();
    heads.set(resource, ofClass);
  }
  let head = ofClass.get(action);
  if (head === undefined) {
    head =
      `${beforeAction}${escapeXml(action)}</a:Action><a:To>/wsman</a:To>` +
      `<w:ResourceURI>${escapeXml(resource)}</w:ResourceURI><a:MessageID>`;
    ofClass.set(action, head);
  }
  return head;
}

/** Asks what the firmware is; the only request without addresses. [DSP0226 §11] */
export const identifyRequest =
  `<?xml version="1.0" encoding="utf-8"?><Envelope xmlns="${ns.soap}"><Header/><Body>` +
  `<i:Identify xmlns:i="${ns.identify}"/></Body></Envelope>`;

/** A message from its text. @throws ProtocolError when it is not XML or not an envelope. */
export function decodeMessage(text: string): WsmanMessage {
  const envelope = parseXml(text).Envelope;
  if (envelope === undefined) throw new ProtocolError('The XML is not a SOAP envelope.');
  const { Header, Body } = elementOf(envelope);
  if (Body === undefined) throw new ProtocolError('The SOAP envelope has no body.');
  const header = elementOf(Header);
  return {
    action: textOf(header.Action),
    resource: textOf(header.ResourceURI),
    messageId: textOf(header.MessageID),
    relatesTo: textOf(header.RelatesTo),
    selectors: decodeSelectors(header.SelectorSet),
    header,
    body: elementOf(Body),
  };
}
