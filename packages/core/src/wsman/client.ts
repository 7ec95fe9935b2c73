/**
 * WS-Management verbs over one machine's web service, typed by the class definitions. [DSP0226] [DSP0227]
 *
 * A ReturnValue other than 0 throws: HTTP says 200 for it, and callers forget.
 */
import { ConnectFailed, ProtocolError, WsmanFault } from '../errors.ts';
import {
  type ClassDefinition,
  decodeFields,
  decodeInstance,
  encodeField,
  encodeFields,
  encodeRaw,
  type Fields,
  type Instance,
  type MethodDefinition,
  type MethodInput,
  type MethodOf,
  type MethodOutput,
  type PropertiesOf,
} from './class.ts';
import { actions, decodeMessage, encodeRequest, identifyRequest, type WsmanMessage } from './envelope.ts';
import { decodeFault } from './fault.ts';
import type { HttpSession, PostOptions } from './http.ts';
import { Dropped } from './http-errors.ts';
import { classNameOf, decodeReference, ns, type Reference, resourceUri, type Selectors } from './references.ts';
import { checkReturnValue, faultError, statusError } from './refusals.ts';
import { elementOf, escapeXml, listOf, textOf, type XmlObject } from './xml.ts';

/** What every verb may be given. */
export interface CallOptions {
  readonly selectors?: Selectors;
  readonly signal?: AbortSignal;
}

/** A request as it goes out, for what the typed verbs do not cover. */
export interface RawRequest {
  readonly action: string;
  readonly resource: string;
  readonly selectors?: Selectors | undefined;
  /** More elements of the header, as XML. */
  readonly header?: string | undefined;
  readonly body?: string | undefined;
  /** May be sent again when a kept-alive connection turns out to be dead. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a firmware says of itself. [DSP0226 §11] */
export interface Identity {
  readonly vendor: string;
  /** Such as `AMT 15.0`. */
  readonly version: string;
  /** URI of the WS-Management version it speaks. */
  readonly protocol: string;
  /** URIs of the ways to log in that it offers. */
  readonly securityProfiles: readonly string[];
}

/** The verbs. All throw AmtError; `WsmanFault` and `MethodFailed` carry what the firmware said. */
export interface WsmanClient {
  readonly host: string;
  /** Singletons need no selectors. @throws WsmanFault `DestinationUnreachable` where the class is not there */
  get<C extends ClassDefinition>(definition: C, options?: CallOptions): Promise<Instance<C>>;
  /** Like `get`, or undefined where this firmware does not have the class. */
  tryGet<C extends ClassDefinition>(definition: C, options?: CallOptions): Promise<Instance<C> | undefined>;
  /** Every instance, those of subclasses included; `className` says which. Bounded. */
  enumerate<C extends ClassDefinition>(definition: C, options?: CallOptions): Promise<readonly Instance<C>[]>;
  /** Like `enumerate`, or empty where this firmware does not have the class. */
  tryEnumerate<C extends ClassDefinition>(definition: C, options?: CallOptions): Promise<readonly Instance<C>[]>;
  /** Writes exactly these properties. */
  put<C extends ClassDefinition>(
    definition: C,
    properties: PropertiesOf<C['properties']>,
    options?: CallOptions,
  ): Promise<Instance<C>>;
  /**
   * Reads, changes, writes back: properties we do not know survive, read-only ones are left out, and so are those that
   * `changes` gives as undefined.
   */
  update<C extends ClassDefinition>(
    definition: C,
    changes: PropertiesOf<C['properties']>,
    options?: CallOptions,
  ): Promise<Instance<C>>;
  create<C extends ClassDefinition>(
    definition: C,
    properties: PropertiesOf<C['properties']>,
    options?: CallOptions,
  ): Promise<Reference>;
  delete(definition: ClassDefinition, options: CallOptions): Promise<void>;
  /** @throws MethodFailed */
  invoke<C extends ClassDefinition, M extends MethodOf<C>>(
    definition: C,
    method: M,
    input: MethodInput<C, M>,
    options?: CallOptions,
  ): Promise<MethodOutput<C, M>>;
  /** What the firmware is, in its own words. It asks for a log-in even for this. */
  identify(options?: { readonly signal?: AbortSignal }): Promise<Identity>;
  /** Any request; the reply's envelope. Faults throw, return values are the caller's. */
  send(request: RawRequest): Promise<WsmanMessage>;
}

/** A client over one session. */
export function createWsmanClient(http: HttpSession, host: string): WsmanClient {
  return new Client(http, host);
}

/** More pulls than any class of firmware needs. */
const MAX_PULLS = 200;

class Client implements WsmanClient {
  readonly host: string;
  readonly #http: HttpSession;
  #messageId = 0;

  constructor(http: HttpSession, host: string) {
    this.#http = http;
    this.host = host;
  }

  async get<C extends ClassDefinition>(definition: C, options: CallOptions = {}): Promise<Instance<C>> {
    const { body } = await this.#call(actions.get, definition, options, '', true);
    return this.#instance(definition, body);
  }

  tryGet<C extends ClassDefinition>(definition: C, options: CallOptions = {}): Promise<Instance<C> | undefined> {
    return this.get(definition, options).catch(absent);
  }

  async enumerate<C extends ClassDefinition>(
    definition: C,
    options: CallOptions = {},
  ): Promise<readonly Instance<C>[]> {
    try {
      return await this.#enumerateOnce(definition, options);
    } catch (error) {
      if (!interrupted(error)) throw error;
      return await this.#enumerateOnce(definition, options);
    }
  }

  async tryEnumerate<C extends ClassDefinition>(
    definition: C,
    options: CallOptions = {},
  ): Promise<readonly Instance<C>[]> {
    return (await this.enumerate(definition, options).catch(absent)) ?? [];
  }

  async put<C extends ClassDefinition>(
    definition: C,
    properties: PropertiesOf<C['properties']>,
    options: CallOptions = {},
  ): Promise<Instance<C>> {
    return await this.#write(definition, encodeFields(definition.properties, properties, definition.name), options);
  }

  async update<C extends ClassDefinition>(
    definition: C,
    changes: PropertiesOf<C['properties']>,
    options: CallOptions = {},
  ): Promise<Instance<C>> {
    const { raw } = await this.get(definition, options);
    const wanted = changes as Readonly<Record<string, unknown>>;
    const fields: Fields = definition.properties;
    const kept = Object.keys(raw).filter(
      (name) =>
        !/^[@#]/.test(name) &&
        definition.readOnly?.includes(name) !== true &&
        !(name in wanted && wanted[name] === undefined),
    );
    const changed = Object.keys(wanted).filter((name) => wanted[name] !== undefined);
    // Property order of the schema is alphabetical, upper case first; firmware validates it.
    const names = [...new Set([...kept, ...changed])].sort((a, b) => (a < b ? -1 : 1));
    const body = names.map((name) => {
      const type = fields[name];
      if (wanted[name] === undefined) return encodeRaw(name, raw[name] as never);
      if (type === undefined) throw new TypeError(`${definition.name} has no property ${name}.`);
      return encodeField(type, name, wanted[name]);
    });
    return await this.#write(definition, body.join(''), options);
  }

  async create<C extends ClassDefinition>(
    definition: C,
    properties: PropertiesOf<C['properties']>,
    options: CallOptions = {},
  ): Promise<Reference> {
    const body = encodeFields(definition.properties, properties, definition.name);
    const reply = await this.#call(actions.create, definition, options, this.#wrap(definition.name, definition, body));
    return decodeReference(reply.body.ResourceCreated ?? {});
  }

  async delete(definition: ClassDefinition, options: CallOptions): Promise<void> {
    await this.#call(actions.delete, definition, options, '');
  }

  async invoke<C extends ClassDefinition, M extends MethodOf<C>>(
    definition: C,
    method: M,
    input: MethodInput<C, M>,
    options: CallOptions = {},
  ): Promise<MethodOutput<C, M>> {
    const known: MethodDefinition | undefined = definition.methods?.[method];
    if (known === undefined) throw new TypeError(`${definition.name} has no method ${method}.`);
    const { input: fields, output } = known;
    const parameters = encodeFields(fields, input, `${definition.name}.${method}`);
    const action = `${resourceUri(definition.name)}/${method}`;
    const request = this.#wrap(`${method}_INPUT`, definition, parameters);
    const { body } = await this.#call(action, definition, options, request);
    const element = body[`${method}_OUTPUT`];
    if (element === undefined) throw this.#odd(`answered ${method} with ${Object.keys(body).join(', ') || 'nothing'}`);
    checkReturnValue(this.host, definition.name, method, output, elementOf(element));
    const where = `${definition.name}.${method}`;
    return this.#decoded(() => decodeFields(output, elementOf(element), where)) as MethodOutput<C, M>;
  }

  async identify({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Identity> {
    const { body } = await this.#ask(identifyRequest, () => 'Identify', { repeatable: true, signal });
    if (body.IdentifyResponse === undefined) throw this.#odd('does not say what it is');
    const answer = elementOf(body.IdentifyResponse);
    return {
      vendor: textOf(answer.ProductVendor),
      version: textOf(answer.ProductVersion),
      protocol: textOf(answer.ProtocolVersion),
      securityProfiles: listOf(elementOf(answer.SecurityProfiles).SecurityProfileName).map(textOf),
    };
  }

  send(request: RawRequest): Promise<WsmanMessage> {
    const { action, resource, selectors, header, body } = request;
    const envelope = encodeRequest({ action, resource, selectors, header, body, messageId: String(++this.#messageId) });
    return this.#ask(envelope, () => `${classNameOf(resource)} (${classNameOf(action)})`, request);
  }

  /** Sends an envelope and reads the reply's; `what` was asked for is said when that fails. */
  async #ask(envelope: string, what: () => string, options: PostOptions): Promise<WsmanMessage> {
    const { status, text } = await this.#http.post(envelope, options);
    const message = this.#read(status, text, what);
    const fault = decodeFault(message.body);
    if (fault === undefined) {
      if (status !== 200) throw statusError(this.host, status);
      return message;
    }
    throw faultError(this.host, what(), fault);
  }

  async #enumerateOnce<C extends ClassDefinition>(
    definition: C,
    options: CallOptions,
  ): Promise<readonly Instance<C>[]> {
    const started = await this.#call(
      actions.enumerate,
      definition,
      options,
      `<Enumerate xmlns="${ns.enumeration}"/>`,
      true,
    );
    let context = textOf(elementOf(started.body.EnumerateResponse).EnumerationContext);
    const instances: Instance<C>[] = [];
    for (let pulls = 0; context !== ''; pulls++) {
      if (pulls === MAX_PULLS) throw this.#odd(`has no end to its ${definition.name}`);
      const pull =
        `<Pull xmlns="${ns.enumeration}"><EnumerationContext>${escapeXml(context)}</EnumerationContext>` +
        '<MaxElements>999</MaxElements><MaxCharacters>99999</MaxCharacters></Pull>';
      const { body } = await this.#call(actions.pull, definition, options, pull);
      const response = elementOf(body.PullResponse);
      for (const [className, items] of Object.entries(elementOf(response.Items))) {
        if (className.startsWith('@') || className === '#text') continue;
        for (const item of listOf(items)) {
          instances.push(this.#decoded(() => decodeInstance(definition, className, elementOf(item))));
        }
      }
      context = response.EndOfSequence === undefined ? textOf(response.EnumerationContext) : '';
    }
    return instances;
  }

  async #write<C extends ClassDefinition>(
    definition: C,
    properties: string,
    options: CallOptions,
  ): Promise<Instance<C>> {
    const { body } = await this.#call(
      actions.put,
      definition,
      options,
      this.#wrap(definition.name, definition, properties),
    );
    return this.#instance(definition, body);
  }

  #call(
    action: string,
    definition: ClassDefinition,
    { selectors, signal }: CallOptions,
    body: string,
    repeatable = false,
  ): Promise<WsmanMessage> {
    return this.send({ action, resource: resourceUri(definition.name), selectors, body, repeatable, signal });
  }

  #wrap(name: string, { name: className }: ClassDefinition, inner: string): string {
    return `<r:${name} xmlns:r="${resourceUri(className)}">${inner}</r:${name}>`;
  }

  #instance<C extends ClassDefinition>(definition: C, body: XmlObject): Instance<C> {
    const [className, element] = Object.entries(body).find(([name]) => !name.startsWith('@')) ?? [];
    if (className === undefined) throw this.#odd(`answered ${definition.name} with an empty body`);
    return this.#decoded(() => decodeInstance(definition, className, elementOf(element)));
  }

  #read(status: number, text: string, what: () => string): WsmanMessage {
    try {
      return decodeMessage(text);
    } catch (error) {
      if (status !== 200 && error instanceof ProtocolError) throw statusError(this.host, status);
      throw this.#named(error, what());
    }
  }

  /** Runs a decoder, which knows no host. */
  #decoded<T>(decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      throw this.#named(error, undefined);
    }
  }

  #named(error: unknown, what: string | undefined): unknown {
    if (!(error instanceof ProtocolError)) return error;
    const asked = what === undefined ? '' : `, asked for ${what}`;
    return new ProtocolError(`${this.host}${asked}: ${error.message}`, { host: this.host, cause: error });
  }

  #odd(what: string): ProtocolError {
    return new ProtocolError(`${this.host} ${what}.`, { host: this.host });
  }
}

/**
 * Whether an enumeration is to be begun again: another console's ends ours on old firmware, and a Pull that got lost may
 * have moved on, so that pulling again would skip instances.
 */
function interrupted(error: unknown): boolean {
  if (error instanceof WsmanFault) return error.fault === 'InvalidEnumerationContext';
  return error instanceof ConnectFailed && error.cause instanceof Dropped;
}

function absent(error: unknown): undefined {
  if (error instanceof WsmanFault && error.fault === 'DestinationUnreachable') return undefined;
  throw error;
}
