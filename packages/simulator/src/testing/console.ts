/** A small console of our own, for tests of the firmware's side: digest, one connection, no opinions. */
import type { ByteStream } from '@amtkit/core/streams';
import {
  actions,
  decodeFault,
  decodeMessage,
  digestResponse,
  elementOf,
  encodeRaw,
  encodeReference,
  encodeRequest,
  listOf,
  parseChallenge,
  type Reference,
  resourceUri,
  type Selectors,
  textOf,
  type XmlObject,
} from '@amtkit/core/wire';
import { createSimulator } from '../create-simulator.ts';
import { md5 } from '../firmware.ts';
import type { Simulator, SimulatorOptions } from '../simulator.ts';

/** One HTTP reply. */
export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Start line and headers as they came. */
  readonly head: string;
  /** Sizes of the chunks, as they were written. */
  readonly chunks: readonly string[];
}

/** Parameters or properties to send: text, numbers, several, or a pointer. */
export type Sent = Readonly<Record<string, string | number | boolean | Reference | readonly (string | number)[]>>;

/** How a console logs in. */
export interface ConsoleOptions {
  readonly user?: string;
  readonly password?: string;
  /** @default only where there is nothing else */
  readonly tls?: boolean;
}

/** The managed host, as methods want to be told. */
export const HOST: Reference = {
  className: 'CIM_ComputerSystem',
  selectors: { CreationClassName: 'CIM_ComputerSystem', Name: 'ManagedSystem' },
};

/** A PC without sockets and delays, and a console for it. */
export async function start(options: SimulatorOptions = {}) {
  const simulator = await createSimulator({ ports: 'memory', speed: 0, ...options });
  return { simulator, console: new TestConsole(simulator), state: simulator.firmware.state };
}

/** A console that talks to one PC through its memory door. */
export class TestConsole {
  readonly #simulator: Simulator;
  readonly #options: Required<ConsoleOptions>;
  #wire: Wire | undefined;
  #challenge: ReturnType<typeof parseChallenge>;
  #nc = 0;
  #id = 0;

  constructor(simulator: Simulator, options: ConsoleOptions = {}) {
    this.#simulator = simulator;
    const tls = simulator.ports.wsman === undefined;
    this.#options = { user: 'admin', password: 'P@ssw0rd1', tls, ...options };
  }

  /** Properties of one instance. @throws when the firmware answers with a fault */
  async get(className: string, selectors: Selectors = {}): Promise<XmlObject> {
    return elementOf((await this.#ask(className, actions.get, '', selectors))[className]);
  }

  async put(className: string, values: Sent, selectors: Selectors = {}): Promise<XmlObject> {
    const body = instance(className, className, values);
    return elementOf((await this.#ask(className, actions.put, body, selectors))[className]);
  }

  async create(className: string, values: Sent): Promise<XmlObject> {
    return await this.#ask(className, actions.create, instance(className, className, values));
  }

  async delete(className: string, selectors: Selectors): Promise<void> {
    await this.#ask(className, actions.delete, '', selectors);
  }

  /** Output of a method. */
  async invoke(className: string, method: string, input: Sent = {}, selectors: Selectors = {}): Promise<XmlObject> {
    const body = instance(`${method}_INPUT`, className, input);
    const answered = await this.#ask(className, `${resourceUri(className)}/${method}`, body, selectors);
    return elementOf(answered[`${method}_OUTPUT`]);
  }

  /** ReturnValue of a method. */
  async result(className: string, method: string, input: Sent = {}, selectors: Selectors = {}): Promise<number> {
    return Number(textOf((await this.invoke(className, method, input, selectors)).ReturnValue));
  }

  /** Instances by class name, all pulls together. */
  async enumerate(className: string): Promise<readonly (readonly [string, XmlObject])[]> {
    const started = await this.#ask(className, actions.enumerate, `<Enumerate xmlns="${ENUMERATION}"/>`);
    let context = textOf(elementOf(started.EnumerateResponse).EnumerationContext);
    const items: [string, XmlObject][] = [];
    while (context !== '') {
      const body = `<Pull xmlns="${ENUMERATION}"><EnumerationContext>${context}</EnumerationContext></Pull>`;
      const pulled = elementOf((await this.#ask(className, actions.pull, body)).PullResponse);
      for (const [name, found] of Object.entries(elementOf(pulled.Items))) {
        for (const each of listOf(found)) items.push([name, elementOf(each)]);
      }
      context = textOf(pulled.EnumerationContext);
    }
    return items;
  }

  /** Any action with any body; what stands in the body of the answer. */
  async ask(className: string, action: string, body: string, selectors: Selectors = {}): Promise<XmlObject> {
    return await this.#ask(className, action, body, selectors);
  }

  /** The name of the fault a promise ends with. */
  async fault(asked: Promise<unknown>): Promise<string> {
    return await asked.then(
      () => 'no fault',
      (error: Error) => error.message,
    );
  }

  /** Power, as the firmware reports it. */
  async power(): Promise<{ state: number; available: readonly number[] }> {
    const service = await this.get('CIM_AssociatedPowerManagementService');
    const available = listOf(service.AvailableRequestedPowerStates).map((each) => Number(textOf(each)));
    return { state: Number(textOf(service.PowerState)), available };
  }

  /** ReturnValue of a power request. */
  async requestPower(code: number, more: Sent = {}): Promise<number> {
    const input = { PowerState: code, ManagedElement: HOST, ...more };
    return await this.result('CIM_PowerManagementService', 'RequestPowerStateChange', input);
  }

  /** A SOAP request with the log-in it needs; the reply whatever it is. */
  async post(xml: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const body = typeof xml === 'string' ? new TextEncoder().encode(xml) : xml;
    for (let tries = 0; ; tries++) {
      const reply = await this.exchange('POST', '/wsman', body, { ...this.#authorization(body), ...headers });
      if (reply.status !== 401 || tries === 2) return reply;
      this.#challenge = parseChallenge(reply.headers.get('www-authenticate'));
    }
  }

  /** One request on the open connection, or a new one. */
  async exchange(
    method: string,
    path: string,
    body: Uint8Array = new Uint8Array(0),
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    this.#wire ??= await this.#open();
    const lines = [`${method} ${path} HTTP/1.1`, 'Host: pc', `Content-Length: ${body.length}`];
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    const head = `${lines.join('\r\n')}\r\n\r\n`;
    await this.#wire.send(head, body).catch(async () => {
      // It was closed for being idle.
      this.#wire = await this.#open();
      await this.#wire.send(head, body);
    });
    const reply = await this.#wire.reply();
    if (reply.headers.get('connection') === 'close') this.#wire = undefined;
    return reply;
  }

  async #open(): Promise<Wire> {
    const { ports, host } = this.#simulator;
    const port = this.#options.tls ? ports.wsmanTls : ports.wsman;
    return new Wire(await this.#simulator.dial({ host, port: port ?? 0, ...(this.#options.tls && { tls: {} }) }));
  }

  #authorization(body: Uint8Array): Record<string, string> {
    if (this.#challenge === undefined) return {};
    const { realm, nonce } = this.#challenge;
    const { user, password } = this.#options;
    const nc = (++this.#nc).toString(16).padStart(8, '0');
    const asked = { method: 'POST', uri: '/wsman', nonce, nc, cnonce: 'c0ffee', body };
    const response = digestResponse(md5, { user, password, realm, qop: 'auth', ...asked });
    return {
      Authorization:
        `Digest username="${user}",realm="${realm}",nonce="${nonce}",uri="/wsman",qop=auth,` +
        `response="${response}",nc=${nc},cnonce="c0ffee"`,
    };
  }

  async #ask(className: string, action: string, body: string, selectors: Selectors = {}): Promise<XmlObject> {
    const resource = resourceUri(className);
    const reply = await this.post(encodeRequest({ action, resource, selectors, body, messageId: String(++this.#id) }));
    if (reply.status === 401 || reply.body.startsWith('<!DOCTYPE')) throw new Error(`HTTP ${reply.status}`);
    const message = decodeMessage(reply.body);
    const fault = decodeFault(message.body);
    if (fault !== undefined) throw new Error(fault.name);
    return message.body;
  }
}

const ENUMERATION = 'http://schemas.xmlsoap.org/ws/2004/09/enumeration';

/** One connection, byte by byte. */
export class Wire {
  readonly #stream: ByteStream;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #text = '';

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async send(...parts: readonly (Uint8Array | string)[]): Promise<void> {
    for (const part of parts) {
      await this.#stream.write(typeof part === 'string' ? new TextEncoder().encode(part) : part);
    }
  }

  /** One whole reply; interim ones are passed over. @throws when the connection ends inside it */
  async reply(): Promise<Reply> {
    const head = await this.#until('\r\n\r\n');
    if (head.startsWith('HTTP/1.1 100')) return await this.reply();
    const [line = '', ...lines] = head.split('\r\n');
    const headers = new Map(
      lines.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]),
    );
    const chunks: string[] = [];
    let body = '';
    if (headers.get('transfer-encoding') === 'chunked') {
      for (;;) {
        const size = await this.#until('\r\n');
        chunks.push(size);
        const length = Number.parseInt(size, 16);
        body += await this.#take(length);
        await this.#until('\r\n');
        if (length === 0) break;
      }
    } else {
      body = await this.#take(Number(headers.get('content-length') ?? 0));
    }
    return { status: Number(line.split(' ')[1]), headers, body: utf8Of(body), head, chunks };
  }

  /** What still comes until the peer ends. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#text;
  }

  async close(): Promise<void> {
    await this.#stream.close();
  }

  async #until(mark: string): Promise<string> {
    while (!this.#text.includes(mark))
      if (!(await this.#more())) throw new Error(`The connection ended: ${this.#text}`);
    const end = this.#text.indexOf(mark);
    const found = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + mark.length);
    return found;
  }

  async #take(length: number): Promise<string> {
    while (this.#text.length < length) if (!(await this.#more())) throw new Error('The connection ended in a body.');
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#text += Buffer.from(value).toString('latin1');
    return true;
  }
}

function utf8Of(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function instance(name: string, className: string, values: Sent): string {
  let content = '';
  for (const [property, value] of Object.entries(values)) {
    if (typeof value === 'object' && !Array.isArray(value)) {
      content += `<r:${property}>${encodeReference(value as Reference)}</r:${property}>`;
    } else {
      const texts = (Array.isArray(value) ? value : [value]).map(String);
      content += encodeRaw(property, texts);
    }
  }
  return `<r:${name} xmlns:r="${resourceUri(className)}">${content}</r:${name}>`;
}
