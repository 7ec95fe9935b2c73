/** From a decoded request to its answer: verbs, selectors, behaviours. */
import {
  classes,
  classNameOf,
  elementOf,
  instanceClassesOf,
  listOf,
  ns,
  type Reference,
  resourceUri,
  textOf,
  type WsmanMessage,
  type XmlObject,
} from '@amtkit/core/wire';
import { type Behavior, type Call, SoapFault, type Subscribed } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Instance, propertiesOf } from '../values.ts';
import type { Enumeration, Enumerations } from './enumerations.ts';
import type { Prefixes } from './prefixes.ts';
import { pick, referenceTo } from './selecting.ts';
import { element, writeInstance, writeParameters, writeReference } from './writer.ts';

/** What one request works with. */
export interface Workplace {
  readonly firmware: Firmware;
  readonly behaviors: readonly Behavior[];
  readonly enumerations: Enumerations;
}

/** The body of an answer. */
export type BodyWriter = (prefixes: Prefixes) => string;

/**
 * The call a message makes, apart from who makes it.
 * @param text the message as it came
 * @throws SoapFault when the message is wrong in itself
 */
export function callOf(
  message: WsmanMessage,
  text: string,
): Omit<Call, 'account' | 'address' | 'tls'> & { readonly verb: string } {
  checkHeader(message);
  const { header, body, selectors } = message;
  const className = classNameOf(message.resource);
  const { verb, action } = verbOf(message);
  const raw = elementOf(body[action === 'Invoke' ? `${verb}_INPUT` : EVENTING[verb] === undefined ? className : verb]);
  const method = action === 'Invoke' ? verb : '';
  const input = propertiesOf(raw);
  return { action, verb, className, method, selectors, input, raw, message: { header, text } };
}

/** Lets the firmware answer. @throws SoapFault */
export async function answer(place: Workplace, call: Call, verb: string, message: WsmanMessage): Promise<BodyWriter> {
  checkClass(place.firmware, call.className, message.resource);
  switch (verb) {
    case 'Get':
      return instanceBody(await getInstance(place, call));
    case 'Put':
      if (Object.keys(call.input).length === 0) throw new SoapFault('SchemaValidationError');
      return instanceBody(await answerOf(place, 'put', call));
    case 'Create':
      return createdBody(await answerOf(place, 'create', call));
    case 'Delete':
      await answerOf(place, 'delete', call);
      return () => '';
    case 'Enumerate':
      return await enumerate(place, call, message);
    case 'Pull':
      return pull(place, call, elementOf(message.body.Pull));
    case 'Release':
      return release(place, elementOf(message.body.Release));
    case 'Subscribe':
      return subscribedBody(await answerOf(place, 'subscribe', call));
    case 'Renew':
      return renewedBody(await answerOf(place, 'renew', call));
    case 'Unsubscribe':
      await answerOf(place, 'unsubscribe', call);
      return () => '';
    default:
      return await invoke(place, call);
  }
}

/** Instances of a class and its subclasses, as behaviours and initial state have them. */
async function instancesOf(place: Workplace, call: Call): Promise<readonly Instance[]> {
  const found: Instance[] = [];
  for (const className of instanceClassesOf(call.className)) {
    found.push(...(await instancesOfExactly(place, { ...call, className })));
  }
  return found;
}

async function instancesOfExactly({ firmware, behaviors }: Workplace, call: Call): Promise<readonly Instance[]> {
  if (firmware.instances(call.className) === undefined) return [];
  for (const behavior of behaviors) {
    const answered = await behavior.enumerate?.(firmware, call);
    if (answered !== undefined) return answered;
  }
  const { className } = call;
  return (firmware.instances(className) ?? []).map((properties) => ({ className, properties }));
}

async function getInstance(place: Workplace, call: Call): Promise<Instance> {
  for (const behavior of place.behaviors) {
    const answered = await behavior.get?.(place.firmware, call);
    if (answered !== undefined) return answered;
  }
  const all = await instancesOf(place, { ...call, action: 'Get' });
  return pick(place.firmware, all, call.selectors);
}

async function answerOf<K extends 'put' | 'create' | 'delete' | 'subscribe' | 'renew' | 'unsubscribe'>(
  { firmware, behaviors }: Workplace,
  kind: K,
  call: Call,
): Promise<NonNullable<Awaited<ReturnType<NonNullable<Behavior[K]>>>>> {
  for (const behavior of behaviors) {
    const answered = await behavior[kind]?.(firmware, call);
    if (answered !== undefined) return answered as never;
  }
  throw new SoapFault('ActionNotSupported');
}

async function invoke({ firmware, behaviors }: Workplace, call: Call): Promise<BodyWriter> {
  if (firmware.instances(call.className) === undefined) throw new SoapFault('DestinationUnreachable');
  for (const behavior of behaviors) {
    const output = await behavior.invoke?.(firmware, call);
    if (output === undefined) continue;
    const { ReturnValue, ...rest } = output;
    return (prefixes) => {
      const prefix = prefixes.of(resourceUri(call.className));
      return element(prefix, `${call.method}_OUTPUT`, writeParameters(prefixes, prefix, { ...rest, ReturnValue }));
    };
  }
  throw new SoapFault('ActionNotSupported');
}

async function enumerate(place: Workplace, call: Call, message: WsmanMessage): Promise<BodyWriter> {
  const request = elementOf(message.body.Enumerate);
  if (request.Filter !== undefined) throw new SoapFault('CannotProcessFilter');
  const items = await instancesOf(place, call);
  const mode = MODES[textOf(request.EnumerationMode)] ?? 'objects';
  const { className, account } = call;
  const context = place.enumerations.open({ className, user: account.name, mode, items });
  return (prefixes) => {
    const prefix = prefixes.of(ns.enumeration);
    return element(prefix, 'EnumerateResponse', element(prefix, 'EnumerationContext', context));
  };
}

const MODES: Record<string, Enumeration['mode']> = {
  EnumerateEPR: 'references',
  EnumerateObjectAndEPR: 'both',
};

function pull({ firmware, enumerations }: Workplace, call: Call, request: XmlObject): BodyWriter {
  const found = enumerations.take(textOf(request.EnumerationContext).replace(/^uuid:/i, ''));
  if (found === undefined || found.className !== call.className || found.user !== call.account.name) {
    throw new SoapFault('InvalidEnumerationContext');
  }
  const most = Number(textOf(request.MaxElements)) || Number.POSITIVE_INFINITY;
  const characters = Math.min(
    Number(textOf(request.MaxCharacters)) || Number.POSITIVE_INFINITY,
    firmware.quirks.pullCharacters,
  );
  return (prefixes) => {
    const prefix = prefixes.of(ns.enumeration);
    let content = '';
    let taken = 0;
    for (const item of found.items) {
      const next = writeItem(prefixes, found.mode, item);
      if (taken >= most || (taken > 0 && content.length + next.length > characters)) break;
      content += next;
      taken++;
    }
    const left = found.items.slice(taken);
    const after =
      left.length === 0
        ? element(prefix, 'EndOfSequence', '')
        : element(prefix, 'EnumerationContext', enumerations.open({ ...found, items: left }));
    const items = element(prefix, 'Items', content);
    return element(prefix, 'PullResponse', left.length === 0 ? items + after : after + items);
  };
}

function release({ enumerations }: Workplace, request: XmlObject): BodyWriter {
  if (enumerations.take(textOf(request.EnumerationContext)) === undefined) {
    throw new SoapFault('InvalidEnumerationContext');
  }
  return () => '';
}

function writeItem(prefixes: Prefixes, mode: Enumeration['mode'], item: Instance): string {
  if (mode === 'objects') return writeInstance(prefixes, item);
  const reference = element('b', 'EndpointReference', writeReference(referenceTo(item)));
  return mode === 'references' ? reference : element('c', 'Item', writeInstance(prefixes, item) + reference);
}

function instanceBody(instance: Instance): BodyWriter {
  return (prefixes) => writeInstance(prefixes, instance);
}

function createdBody(reference: Reference): BodyWriter {
  return (prefixes) => element(prefixes.of(ns.transfer), 'ResourceCreated', writeReference(reference));
}

function subscribedBody({ manager, expires }: Subscribed): BodyWriter {
  return (prefixes) => {
    const prefix = prefixes.of(ns.eventing);
    const inner = element(prefix, 'SubscriptionManager', writeReference(manager)) + element(prefix, 'Expires', expires);
    return element(prefix, 'SubscribeResponse', inner);
  };
}

function renewedBody({ expires }: Pick<Subscribed, 'expires'>): BodyWriter {
  return (prefixes) => {
    const prefix = prefixes.of(ns.eventing);
    return element(prefix, 'RenewResponse', element(prefix, 'Expires', expires));
  };
}

function checkHeader({ header, action, messageId, resource }: WsmanMessage): void {
  if (action === '' || messageId === '') throw new SoapFault('MessageInformationHeaderRequired');
  if (resource === '') throw new SoapFault('DestinationUnreachable');
  const size = textOf(header.MaxEnvelopeSize);
  if (size !== '' && Number(size) < 50_000) throw new SoapFault('EncodingLimit');
  if (header.FragmentTransfer !== undefined) throw new SoapFault('UnsupportedFeature');
  const [options] = listOf(header.OptionSet);
  if (options !== undefined && typeof options !== 'string' && options['@mustUnderstand'] !== undefined) {
    throw new SoapFault('UnsupportedFeature');
  }
}

function checkClass(firmware: Firmware, className: string, resource: string): void {
  const known = firmware.instances(className) !== undefined || isParent(firmware, className);
  if (!known || resourceUri(className) !== resource) throw new SoapFault('DestinationUnreachable');
}

/** Whether the class has no instances of its own but is a parent of some that are there. */
function isParent(firmware: Firmware, className: string): boolean {
  return (
    classes[className] !== undefined &&
    instanceClassesOf(className).some((name) => name !== className && firmware.instances(name) !== undefined)
  );
}

function verbOf({ action, resource }: WsmanMessage): { verb: string; action: Call['action'] } {
  for (const [base, verbs] of FAMILIES) {
    if (!action.startsWith(`${base}/`)) continue;
    const verb = action.slice(base.length + 1);
    const known = verbs[verb];
    if (known !== undefined) return { verb, action: known };
  }
  if (action.startsWith(`${resource}/`)) return { verb: action.slice(resource.length + 1), action: 'Invoke' };
  throw new SoapFault('ActionNotSupported');
}

const VERBS: Record<string, Call['action']> = {
  Get: 'Get',
  Put: 'Put',
  Create: 'Create',
  Delete: 'Delete',
  Enumerate: 'Enumerate',
  Pull: 'Enumerate',
  Release: 'Enumerate',
};

const EVENTING: Record<string, Call['action']> = {
  Subscribe: 'Subscribe',
  Renew: 'Renew',
  Unsubscribe: 'Unsubscribe',
};

const FAMILIES = [
  [ns.transfer, VERBS],
  [ns.enumeration, VERBS],
  [ns.eventing, EVENTING],
] as const;
