/** A firmware that answers from a script: for tests of what stands on the WS-Management client, without a socket. */
import { createWsmanClient, type WsmanClient } from '../wsman/client.ts';
import { actions, decodeMessage, type WsmanMessage } from '../wsman/envelope.ts';
import type { HttpReply, HttpSession } from '../wsman/http.ts';
import { classNameOf, ns, type Selectors } from '../wsman/references.ts';
import { elementOf, type XmlObject } from '../wsman/xml.ts';

/**
 * What it says to each request, as the XML inside the reply's element; a list is said one after the other, its last one
 * for ever. Keys are `Get CIM_Chip`, `Put CIM_Chip`, `Enumerate CIM_Chip` (whole instances) and `CIM_Chip.Method`; those of
 * eventing, such as `Subscribe CIM_FilterCollection`, say the whole body.
 * What is not in the script is not in the firmware: a fault says so.
 */
export type Script = Readonly<Record<string, string | readonly string[]>>;

/** The client of such a firmware, and what it was asked. */
export interface ScriptedFirmware {
  readonly wsman: WsmanClient;
  /** Keys of all requests, in order; an enumeration is one. */
  readonly asked: readonly string[];
  /** The last request of a key: its selectors, and the children of its element. */
  request(key: string): { readonly selectors: Selectors; readonly input: XmlObject };
}

/** A firmware with this script, called `office-pc`. */
export function scriptedFirmware(script: Script): ScriptedFirmware {
  const asked: string[] = [];
  const requests = new Map<string, WsmanMessage>();
  const said = new Map<string, number>();

  function answer(text: string): HttpReply {
    const message = decodeMessage(text);
    const key = keyOf(message);
    const pulled = message.action === actions.pull;
    if (!pulled) {
      asked.push(key);
      requests.set(key, message);
    }
    const lines = [script[key] ?? []].flat();
    const turn = said.get(key) ?? 0;
    const line = lines[Math.min(turn, lines.length - 1)];
    if (line === undefined) return { status: 400, text: envelope(MISSING) };
    if (message.action === actions.enumerate) {
      return {
        status: 200,
        text: envelope('<EnumerateResponse><EnumerationContext>1</EnumerationContext></EnumerateResponse>'),
      };
    }
    said.set(key, turn + 1);
    return { status: 200, text: envelope(wrap(message, line)) };
  }

  const http: HttpSession = {
    user: 'admin',
    post: async (body) => answer(body),
    server: 'Intel(R) Active Management Technology 12.0.67.1579',
    realm: 'Digest:0A4D544B4954000000000000000000A1',
    certificate: undefined,
    accepted: true,
    answered: true,
    roundTrips: 0,
    setPassword: () => {},
    close: async () => {},
  };
  return {
    wsman: createWsmanClient(http, 'office-pc'),
    asked,
    request(key) {
      const message = requests.get(key);
      if (message === undefined) throw new Error(`${key} was not asked; asked were ${asked.join(', ')}`);
      return { selectors: message.selectors, input: elementOf(Object.values(message.body)[0]) };
    },
  };
}

const MISSING =
  '<Fault><Code><Value>a:Sender</Value><Subcode><Value>b:DestinationUnreachable</Value></Subcode></Code>' +
  '<Reason><Text>No route can be determined to reach the destination role.</Text></Reason></Fault>';

const VERBS: Readonly<Record<string, string>> = {
  [actions.get]: 'Get ',
  [actions.put]: 'Put ',
  [actions.enumerate]: 'Enumerate ',
  [actions.pull]: 'Enumerate ',
  [actions.subscribe]: 'Subscribe ',
  [actions.renew]: 'Renew ',
  [actions.unsubscribe]: 'Unsubscribe ',
};

function keyOf({ action, resource }: WsmanMessage): string {
  const className = classNameOf(resource);
  const verb = VERBS[action];
  return verb === undefined ? `${className}.${classNameOf(action)}` : verb + className;
}

function wrap({ action, resource }: WsmanMessage, inner: string): string {
  if (action === actions.pull) return `<PullResponse><Items>${inner}</Items><EndOfSequence/></PullResponse>`;
  if (action.startsWith(`${ns.eventing}/`)) return inner;
  const name = VERBS[action] === undefined ? `${classNameOf(action)}_OUTPUT` : classNameOf(resource);
  return `<${name}>${inner}</${name}>`;
}

function envelope(body: string): string {
  return `<a:Envelope xmlns:a="${ns.soap}"><a:Header/><a:Body>${body}</a:Body></a:Envelope>`;
}
