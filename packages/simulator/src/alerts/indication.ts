/** What firmware posts to a console, letter by letter as it was recorded. [AMT: WS-Eventing Event Example] */
import { escapeXml } from '@amtkit/core/wire';
import type { Subscription } from '../state.ts';
import type { RaisedMessage } from './raised.ts';

/** What distinguishes one event from another. */
export interface IndicationNumbers {
  /** Counts envelopes of one firmware; the same when one is sent again. */
  readonly envelope: number;
  /** Counts events of one firmware. */
  readonly event: number;
  /** Milliseconds since 1970 by the firmware's clock. */
  readonly at: number;
}

/** The envelope of one event for one subscription. */
export function writeIndication(
  subscription: Subscription,
  { id, arguments: given, severity = 2 }: RaisedMessage,
  { envelope, event, at }: IndicationNumbers,
): string {
  const texts = [...given, COMPUTER].map((text) => element('MessageArguments', escapeXml(text))).join('');
  const message = /^iAMT00(5\d|6[01])$/.test(id) ? 'User Notification Alert' : '';
  return (
    `<?xml version="1.0" encoding="UTF-8"?><a:Envelope${DECLARATIONS}><a:Header><b:To>${ANONYMOUS}</b:To>` +
    `<b:ReplyTo><b:Address>${ANONYMOUS}</b:Address></b:ReplyTo>` +
    `${subscription.acknowledged ? '<c:AckRequested></c:AckRequested>' : ''}` +
    '<b:Action a:mustUnderstand="true">http://schemas.dmtf.org/wbem/wsman/1/wsman/Event</b:Action>' +
    `<b:MessageID>uuid:00000000-8086-8086-8086-${hex(envelope)}</b:MessageID>` +
    `<c:ResourceURI>${INDICATION}</c:ResourceURI>${subscription.parameters}</a:Header><a:Body><g:CIM_AlertIndication>` +
    element('AlertType', '8') +
    element('AlertingElementFormat', '2') +
    element(
      'AlertingManagedElement',
      escapeXml('Interop:CIM_ComputerSystem.CreationClassName="CIM_ComputerSystem",Name="Intel(r) AMT"'),
    ) +
    element('IndicationFilterName', `${GROUPS[subscription.group] ?? escapeXml(subscription.group)}`) +
    element('IndicationIdentifier', `Intel(r):${event}`) +
    element('IndicationTime', `<h:Datetime>${new Date(at).toISOString()}</h:Datetime>`) +
    element('Message', message) +
    texts +
    element('MessageID', escapeXml(id)) +
    element('OtherAlertingElementFormat', '') +
    element('OtherSeverity', '') +
    element('OwningEntity', 'Intel(r) AMT') +
    element('PerceivedSeverity', String(severity)) +
    element('ProbableCause', '0') +
    element('SystemName', 'Intel(r) AMT') +
    '</g:CIM_AlertIndication></a:Body></a:Envelope>'
  );
}

/** What firmware says in an indication of the group that was subscribed to. */
const GROUPS: Readonly<Record<string, string>> = { 'Intel(r) AMT:All': 'Intel(r) AMT:AllEvents' };

const COMPUTER = 'Interop:CIM_ComputerSystem.CreationClassName=CIM_ComputerSystem,Name=Intel(r) AMT';
const ANONYMOUS = 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous';
const INDICATION = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication';

const DECLARATIONS = [
  ['a', 'http://www.w3.org/2003/05/soap-envelope'],
  ['b', 'http://schemas.xmlsoap.org/ws/2004/08/addressing'],
  ['c', 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd'],
  ['d', 'http://schemas.xmlsoap.org/ws/2005/02/trust'],
  ['e', 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'],
  ['f', 'http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd'],
  ['g', INDICATION],
  ['h', 'http://schemas.dmtf.org/wbem/wscim/1/common'],
  ['xsi', 'http://www.w3.org/2001/XMLSchema-instance'],
]
  .map(([letter, uri]) => ` xmlns:${letter}="${uri}"`)
  .join('');

function element(name: string, content: string): string {
  return `<g:${name}>${content}</g:${name}>`;
}

function hex(number: number): string {
  return number.toString(16).toUpperCase().padStart(12, '0');
}
