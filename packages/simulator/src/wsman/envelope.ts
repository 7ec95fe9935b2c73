/** Envelopes of replies and faults, byte by byte as recorded from firmware. */
import { escapeXml, ns } from '@amtkit/core/wire';
import type { FaultName, SoapFault } from '../behavior.ts';
import { Prefixes } from './prefixes.ts';

/** What every reply carries in its header. */
export interface ReplyHeader {
  /** Echo of the request's MessageID, verbatim. */
  readonly relatesTo: string;
  readonly action: string;
  readonly resource: string;
  /** Counts replies since the firmware started. */
  readonly number: number;
}

/** A reply; `body` writes what stands inside it and takes its prefixes from what it is given. */
export function writeReply(header: ReplyHeader, body: (prefixes: Prefixes) => string): string {
  const prefixes = new Prefixes();
  const content = body(prefixes);
  return (
    `${DECLARATION}<a:Envelope${prefixes.declarations()}><a:Header>${address(header)}` +
    `<c:ResourceURI>${escapeXml(header.resource)}</c:ResourceURI></a:Header><a:Body>${content}</a:Body></a:Envelope>`
  );
}

/** A fault. Its prefixes are other ones than those of replies, and it has no ResourceURI. */
export function writeFault(relatesTo: string, number: number, fault: SoapFault): string {
  const { code, namespace, reason } = FAULTS[fault.fault];
  const letter = LETTERS[namespace];
  const action =
    namespace === 'wsman' ? WSMAN_FAULT : `${ns[namespace === 'eventing' ? 'addressing' : namespace]}/fault`;
  const detail = escapeXml(fault.detail);
  return (
    `${DECLARATION}<a:Envelope${FAULT_DECLARATIONS}><a:Header>${address({ relatesTo, action, number })}</a:Header>` +
    `<a:Body><a:Fault><a:Code><a:Value>a:${code}</a:Value><a:Subcode><a:Value>${letter}:${fault.fault}</a:Value>` +
    `</a:Subcode></a:Code><a:Reason><a:Text xml:lang="en-US">${escapeXml(reason)}</a:Text></a:Reason>` +
    `<a:Detail>${detail}</a:Detail></a:Fault></a:Body></a:Envelope>`
  );
}

/** HTTP status of a fault: what the sender did wrong is 400, what the firmware could not do is 500. */
export function faultStatus(fault: FaultName): number {
  return FAULTS[fault].code === 'Receiver' && fault !== 'InvalidEnumerationContext' ? 500 : 400;
}

/** Answers Identify, which has neither addresses nor a resource. */
export function writeIdentify(vendor: string, version: string): string {
  const inner =
    `<g:ProtocolVersion>${ns.wsman}</g:ProtocolVersion><g:ProductVendor>${vendor}</g:ProductVendor>` +
    `<g:ProductVersion>${escapeXml(version)}</g:ProductVersion><g:SecurityProfiles><g:SecurityProfileName>` +
    'http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/digest</g:SecurityProfileName></g:SecurityProfiles>';
  const prefixes = new Prefixes();
  prefixes.of(ns.identify);
  return (
    `${DECLARATION}<a:Envelope${prefixes.declarations()}><a:Header></a:Header><a:Body><g:IdentifyResponse>${inner}` +
    '</g:IdentifyResponse></a:Body></a:Envelope>'
  );
}

function address({ relatesTo, action, number }: Pick<ReplyHeader, 'relatesTo' | 'action' | 'number'>): string {
  const id = number.toString(16).toUpperCase().padStart(12, '0');
  return (
    `<b:To>${ns.anonymous}</b:To><b:RelatesTo>${escapeXml(relatesTo)}</b:RelatesTo>` +
    `<b:Action a:mustUnderstand="true">${escapeXml(action)}</b:Action>` +
    `<b:MessageID>uuid:00000000-8086-8086-8086-${id}</b:MessageID>`
  );
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const WSMAN_FAULT = 'http://schemas.dmtf.org/wbem/wsman/1/wsman/fault';

const LETTERS = { addressing: 'b', enumeration: 'c', transfer: 'd', wsman: 'e', eventing: 'f' } as const;

const FAULT_DECLARATIONS = [
  ['g', ns.cimBinding],
  ['f', ns.eventing],
  ['e', ns.wsman],
  ['d', ns.transfer],
  ['c', ns.enumeration],
  ['b', ns.addressing],
  ['a', ns.soap],
  ['h', ns.trust],
  ['i', ns.secext],
  ['xsi', ns.xsi],
]
  .map(([letter, uri]) => ` xmlns:${letter}="${uri}"`)
  .join('');

interface FaultText {
  readonly code: 'Sender' | 'Receiver';
  readonly namespace: keyof typeof LETTERS;
  readonly reason: string;
}

const FAULTS: Record<FaultName, FaultText> = {
  AccessDenied: wsman('The sender was not authorized to access the resource.'),
  ActionNotSupported: addressing('The action is not supported by the service.'),
  AlreadyExists: wsman('The sender attempted to create a resource which already exists.'),
  CannotProcessFilter: {
    code: 'Sender',
    namespace: 'enumeration',
    reason: 'The requested filter could not be processed.',
  },
  DeliveryModeRequestedUnavailable: {
    code: 'Sender',
    namespace: 'eventing',
    reason: 'The requested delivery mode is not supported.',
  },
  DestinationUnreachable: addressing(
    'No route can be determined to reach the destination role defined by the WSAddressing To.',
  ),
  EncodingLimit: wsman(
    'An internal encoding limit was exceeded in a request or would be violated if the message were processed.',
  ),
  EventSourceUnableToProcess: {
    code: 'Receiver',
    namespace: 'eventing',
    reason: 'The event source cannot process the subscription.',
  },
  InternalError: {
    code: 'Receiver',
    namespace: 'wsman',
    reason: 'The service cannot comply with the request due to internal processing errors.',
  },
  InvalidEnumerationContext: {
    code: 'Receiver',
    namespace: 'enumeration',
    reason: 'The supplied enumeration context is invalid.',
  },
  InvalidRepresentation: { code: 'Sender', namespace: 'transfer', reason: 'The XML content was invalid.' },
  InvalidSelectors: wsman('The Selectors for the resource were not valid.'),
  MessageInformationHeaderRequired: addressing('A required header was missing.'),
  SchemaValidationError: wsman('The supplied SOAP violates the corresponding XML Schema definition.'),
  TimedOut: { code: 'Receiver', namespace: 'wsman', reason: 'The operation has timed out.' },
  UnsupportedFeature: wsman('The specified feature is not supported.'),
};

function wsman(reason: string): FaultText {
  return { code: 'Sender', namespace: 'wsman', reason };
}

function addressing(reason: string): FaultText {
  return { code: 'Sender', namespace: 'addressing', reason };
}
