/**
 * QMP, by which a QEMU process is told what to do and tells what happens: one JSON object a line, both ways.
 * [QMP: Protocol Specification]
 */
import type { ByteStream } from '@amtkit/core/streams';
import { ConnectFailed, ProtocolError, Refused } from '@amtkit/core/wire';

/** Something that happened in QEMU without being a reply. */
export interface QmpEvent {
  /** Such as `SHUTDOWN`. */
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A QEMU that listens. */
export interface Qmp {
  /** Runs a command and resolves to what it returned. @throws Refused, ConnectFailed when QEMU is gone */
  execute(command: string, input?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Runs a line of QEMU's own monitor, for the few things that QMP has no word for. @throws Refused, ConnectFailed */
  monitor(line: string): Promise<string>;
  /** Resolves at the next event of this name about this device. @throws ConnectFailed when QEMU is gone */
  next(event: string, device: string): Promise<void>;
  /** Ends when QEMU does. */
  readonly ended: Promise<void>;
}

/** Reads the greeting and leaves the negotiation. @throws ConnectFailed, ProtocolError, Refused */
export async function openQmp(stream: ByteStream, happened: (event: QmpEvent) => void): Promise<Qmp> {
  const client = new Client(stream, happened);
  await client.greeted;
  await client.execute('qmp_capabilities');
  return client;
}

/** Far above any reply to the commands used here; without it a stream of nonsense would fill the memory. */
const LONGEST_LINE = 4 * 1024 * 1024;

type Waiting = { readonly command: string; resolve(value: unknown): void; reject(error: Error): void };

class Client implements Qmp {
  readonly #stream: ByteStream;
  readonly #happened: (event: QmpEvent) => void;
  readonly #waiting = new Map<number, Waiting>();
  /** Who waits for events, by name and device. */
  readonly #expected = new Map<string, Waiting>();
  #greeted: Waiting | undefined;
  #last = 0;
  #gone = false;
  readonly greeted: Promise<unknown>;
  readonly ended: Promise<void>;

  constructor(stream: ByteStream, happened: (event: QmpEvent) => void) {
    this.#stream = stream;
    this.#happened = happened;
    this.greeted = new Promise((resolve, reject) => {
      this.#greeted = { command: 'greeting', resolve, reject };
    });
    this.ended = this.#read();
  }

  async execute(command: string, input?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#gone) throw gone(command);
    const id = ++this.#last;
    const reply = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { command, resolve, reject });
    });
    const line = JSON.stringify({ execute: command, ...(input !== undefined && { arguments: input }), id });
    this.#stream.write(new TextEncoder().encode(`${line}\n`)).catch(() => this.#end(gone(command)));
    return await reply;
  }

  async monitor(line: string): Promise<string> {
    return String(await this.execute('human-monitor-command', { 'command-line': line }));
  }

  async next(event: string, device: string): Promise<void> {
    await new Promise<unknown>((resolve, reject) => {
      this.#expected.set(`${event} ${device}`, { command: `with ${event}`, resolve, reject });
    });
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of this.#stream) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > LONGEST_LINE) throw new ProtocolError(`QEMU sent ${rest.length} characters without an end.`);
        for (const line of lines) if (line.trim() !== '') this.#take(line);
      }
      this.#end(undefined);
    } catch (error) {
      this.#end(error as Error);
      await this.#stream.close();
    }
  }

  #take(line: string): void {
    const { QMP, event, data, id, error, ...rest } = parse(line);
    if (QMP !== undefined) {
      this.#greeted?.resolve(QMP);
      this.#greeted = undefined;
    } else if (typeof event === 'string') {
      const happened: QmpEvent = { event, data: (data ?? {}) as QmpEvent['data'] };
      const key = `${event} ${happened.data.device}`;
      this.#expected.get(key)?.resolve(undefined);
      this.#expected.delete(key);
      this.#happened(happened);
    } else {
      const waiting = this.#waiting.get(Number(id));
      if (waiting === undefined) throw new ProtocolError(`QEMU answered what nobody asked: ${line.slice(0, 200)}`);
      this.#waiting.delete(Number(id));
      if (error === undefined) waiting.resolve(rest.return);
      else waiting.reject(refused(waiting.command, error));
    }
  }

  /** Nothing more will come: whoever waits for a reply hears why. */
  #end(why: Error | undefined): void {
    this.#gone = true;
    this.#greeted?.reject(why ?? new ConnectFailed('QEMU ended before it said anything.'));
    this.#greeted = undefined;
    for (const waiting of [...this.#waiting.values(), ...this.#expected.values()]) {
      waiting.reject(why ?? gone(waiting.command));
    }
    this.#waiting.clear();
    this.#expected.clear();
  }
}

function parse(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new ProtocolError(`QEMU sent a line that is no JSON: ${line.slice(0, 200)}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(`QEMU sent a line that is no object: ${line.slice(0, 200)}`);
  }
  return value as Record<string, unknown>;
}

function refused(command: string, error: unknown): Refused {
  const { desc } = error as { readonly desc?: unknown };
  return new Refused(`QEMU refused ${command}: ${sentence(typeof desc === 'string' ? desc : 'it gave no reason')}`);
}

/** QEMU's texts end with or without a full stop. */
function sentence(text: string): string {
  return `${text.trim().replace(/\.$/, '')}.`;
}

function gone(command: string): ConnectFailed {
  return new ConnectFailed(`QEMU ended and did not answer ${command}.`);
}
