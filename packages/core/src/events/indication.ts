/**
 * Alerts as firmware pushes them: a SOAP envelope with an indication in it, and the answer that acknowledges it.
 * [DSP0226 §10] [WS-Eventing] [AMT: WS-Eventing]
 */
import { ProtocolError } from '../errors.ts';
import { decodeMessage } from '../wsman/envelope.ts';
import { ns } from '../wsman/references.ts';
import { elementOf, escapeXml, listOf, textOf, type XmlObject } from '../wsman/xml.ts';

/** How grave an indication is. [CIM: CIM_AlertIndication.PerceivedSeverity] */
export const CimSeverity = {
  unknown: 0,
  other: 1,
  information: 2,
  warning: 3,
  minor: 4,
  major: 5,
  critical: 6,
  fatal: 7,
} as const;

/** One indication. [CIM: CIM_AlertIndication] */
export interface Indication {
  /** Which message it is, such as `iAMT0005`. Only few carry their text, too. */
  readonly messageId: string;
  /** Empty but for iAMT0050 to 0061. */
  readonly message: string;
  readonly arguments: readonly string[];
  /** One of {@link CimSeverity}. */
  readonly severity: number;
  /** 2 communications, 5 device, 8 security, … */
  readonly alertType: number;
  /** Counts indications of one firmware; the same when one is sent again. */
  readonly identifier: string;
  /** Name of the group that was subscribed to. */
  readonly filter: string;
  /** By the firmware's clock; absent where it is no time. */
  readonly time?: Date | undefined;
}

/** What firmware posts. */
export interface Delivery {
  /** Of the envelope; the same when it is sent again. */
  readonly messageId: string;
  /** It is sent again until an acknowledgement comes. */
  readonly ackRequested: boolean;
  /** The firmware says that there will be no more: the subscription is over. */
  readonly ended: boolean;
  /** Reference parameters of the subscription, which come back in the header: local name → text. */
  readonly header: Readonly<Record<string, string>>;
  readonly indications: readonly Indication[];
}

/** What was posted. @throws ProtocolError where it is no event */
export function decodeDelivery(text: string): Delivery {
  const { action, messageId, header, body } = decodeMessage(text);
  const ended = action === `${ns.eventing}/SubscriptionEnd`;
  const indications = ended ? [] : indicationsOf(body);
  if (!ended && action !== EVENT && indications.length === 0) {
    throw new ProtocolError(`A message with the action ${JSON.stringify(action.slice(0, 100))} is no event.`);
  }
  return {
    messageId,
    ackRequested: header.AckRequested !== undefined,
    ended,
    header: Object.fromEntries(Object.entries(header).map(([name, value]) => [name, textOf(value)])),
    indications,
  };
}

/** The answer to an event that asked for one. */
export function encodeAck(relatesTo: string, messageId: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ns.soap}" xmlns:a="${ns.addressing}"><s:Header>` +
    `<a:To>${ns.anonymous}</a:To><a:Action>${ACK}</a:Action><a:MessageID>${escapeXml(messageId)}</a:MessageID>` +
    `<a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo></s:Header><s:Body/></s:Envelope>`
  );
}

const WSMAN = 'http://schemas.dmtf.org/wbem/wsman/1/wsman';
const EVENT = `${WSMAN}/Event`;
const ACK = `${WSMAN}/Ack`;

/** Indications of any kind: "ME presence" has a form of its own, and batches hold several, in elements of their own. */
function indicationsOf(body: XmlObject): Indication[] {
  const found: Indication[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith('@') || name === '#text') continue;
    for (const each of listOf(value)) {
      const element = elementOf(each);
      if (name === 'Events') {
        for (const event of listOf(element.Event)) found.push(...indicationsOf(elementOf(event)));
      } else found.push(indicationOf(element));
    }
  }
  return found;
}

function indicationOf(element: XmlObject): Indication {
  const time = element.IndicationTime;
  const at = Date.parse(textOf(elementOf(time).Datetime) || textOf(time));
  return {
    messageId: textOf(element.MessageID),
    message: textOf(element.Message),
    arguments: listOf(element.MessageArguments).map(textOf),
    severity: numberOf(textOf(element.PerceivedSeverity)),
    alertType: numberOf(textOf(element.AlertType)),
    identifier: textOf(element.IndicationIdentifier),
    filter: textOf(element.IndicationFilterName),
    time: Number.isNaN(at) ? undefined : new Date(at),
  };
}

function numberOf(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
