/** What a PC received, for a test to ask. */
import type {
  ChannelMessage,
  IderMessage,
  ProtocolError,
  RfbClientMessage,
  SessionMessage,
  SolMessage,
} from '@amtkit/core/wire';
import type { Call } from './behavior.ts';
import type { DriveUnit } from './hardware/hardware.ts';

/** One request to the WS-Management server, decoded. */
export interface ReceivedRequest {
  /** Counts from 1. */
  readonly number: number;
  readonly action: Call['action'] | 'Pull' | 'Release' | 'Identify' | 'unreadable';
  readonly className: string;
  /** The method of an Invoke, else empty. */
  readonly method: string;
  readonly selectors: Call['selectors'];
  /** Parameters of a method, properties of a Put. */
  readonly input: Call['input'];
  readonly user: string;
  readonly address: string;
  readonly tls: boolean;
  /** HTTP status of the answer; 0 where there was none. */
  readonly status: number;
  /** Of a method that answered. */
  readonly returnValue?: number;
  /** Of a refused request, the name of the fault. */
  readonly fault?: string;
}

/** One attempt to prove who one is. */
export interface Login {
  readonly user: string;
  readonly ok: boolean;
  /** Why not: the digest is wrong, the nonce too old, the account locked, or the user unknown or not allowed here. */
  readonly why?: 'wrong' | 'stale' | 'locked' | 'unknown';
  readonly address: string;
}

/** One message from a redirection connection, decoded. Bulk data of drives and passwords in clear are left out. */
export interface ReceivedMessage {
  /** Which connection, counted from 1. */
  readonly connection: number;
  readonly service: 'session' | 'sol' | 'ider' | 'kvm';
  readonly message: SessionMessage | SolMessage | IderMessage | ChannelMessage | RfbClientMessage;
}

/** One command that the PC gave a redirected drive, and what became of it. */
export interface DriveCommand {
  /** Which connection, counted from 1. */
  readonly connection: number;
  readonly unit: DriveUnit;
  /** Twelve bytes. */
  readonly cdb: Uint8Array;
  /** Bytes of data that came from the console, or went to it. */
  readonly length: number;
  /** Sense key, additional code, qualifier, where the console refused. */
  readonly sense?: readonly [key: number, asc: number, ascq: number];
  /** Why there is no outcome: the bus was reset, nobody answered, or the console is gone. */
  readonly failed?: 'reset' | 'no-answer' | 'gone';
}

/** One alert that was brought to a console, or could not be. */
export interface Delivered {
  readonly way: 'indication' | 'trap';
  /** URL, or address and port. */
  readonly to: string;
  /** Number of its envelope, or of the trap. */
  readonly number: number;
  /** HTTP status of the answer; 0 where there was none, and of traps. */
  readonly status: number;
}

/** The record of one PC. Only the newest entries are kept; the counters count all. */
export class Recorder {
  readonly #limit: number;
  #requests: ReceivedRequest[] = [];
  #logins: Login[] = [];
  #messages: ReceivedMessage[] = [];
  #commands: DriveCommand[] = [];
  #deliveries: Delivered[] | undefined;
  #waiting: Set<(request: ReceivedRequest) => void> | undefined;
  /** Requests to the WS-Management server so far. */
  count = 0;
  /** Presence pings so far. */
  pings = 0;
  /** HTTP connections: so far, and open now. */
  readonly connections = { total: 0, open: 0 };
  /** Redirection connections: so far, and open now. */
  readonly redirections = { total: 0, open: 0 };
  /** What came over redirection connections and made no sense, which ended them. */
  readonly nonsense: ProtocolError[] = [];
  /** Log-on pages sent instead of an answer. */
  challenges = 0;
  /** What a behaviour threw that is no fault: a mistake in it, which the console saw as an InternalError. */
  readonly problems: unknown[] = [];

  /** @param limit entries of each kind to keep */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Requests, oldest first. */
  requests(): readonly ReceivedRequest[] {
    return [...this.#requests];
  }

  /** Requests of one class, method or verb, oldest first. */
  of(name: string): readonly ReceivedRequest[] {
    return this.#requests.filter((request) => isOf(request, name));
  }

  /** Attempts to log in, oldest first. Asking for a challenge is none. */
  get logins(): readonly Login[] {
    return [...this.#logins];
  }

  /** Messages from redirection connections, oldest first; those of one type, where it is given. */
  messages(type?: ReceivedMessage['message']['type']): readonly ReceivedMessage[] {
    return this.#messages.filter(({ message }) => type === undefined || message.type === type);
  }

  /** Commands to redirected drives, oldest first. */
  get commands(): readonly DriveCommand[] {
    return [...this.#commands];
  }

  /** Alerts that were brought to consoles, each attempt, oldest first. */
  get deliveries(): readonly Delivered[] {
    return [...(this.#deliveries ?? [])];
  }

  /** The next request of one class, method or verb that is answered from now on. */
  next(name: string): Promise<ReceivedRequest> {
    return new Promise((resolve) => {
      const waiting = (request: ReceivedRequest) => {
        if (!isOf(request, name)) return;
        this.#waiting?.delete(waiting);
        resolve(request);
      };
      this.#waiting ??= new Set();
      this.#waiting.add(waiting);
    });
  }

  /** Forgets all entries; the counters go on. */
  clear(): void {
    this.#requests = [];
    this.#logins = [];
    this.#messages = [];
    this.#commands = [];
    this.#deliveries = undefined;
  }

  /** Enters a request. */
  add(request: Omit<ReceivedRequest, 'number'>): void {
    const entry = { number: ++this.count, ...request };
    this.#requests.push(entry);
    if (this.#requests.length > this.#limit) this.#requests.shift();
    for (const waiting of [...(this.#waiting ?? [])]) waiting(entry);
  }

  /** Enters a message. */
  addMessage(connection: number, service: ReceivedMessage['service'], message: ReceivedMessage['message']): void {
    this.#messages.push({ connection, service, message });
    if (this.#messages.length > this.#limit) this.#messages.shift();
  }

  /** Enters a command. */
  addCommand(command: DriveCommand): void {
    this.#commands.push(command);
    if (this.#commands.length > this.#limit) this.#commands.shift();
  }

  /** Enters an attempt to bring an alert. */
  addDelivery(delivered: Delivered): void {
    this.#deliveries ??= [];
    this.#deliveries.push(delivered);
    if (this.#deliveries.length > this.#limit) this.#deliveries.shift();
  }

  /** Enters an attempt to log in. */
  addLogin(login: Login): void {
    this.#logins.push(login);
    if (this.#logins.length > this.#limit) this.#logins.shift();
  }
}

function isOf(request: ReceivedRequest, name: string): boolean {
  return request.className === name || request.method === name || request.action === name;
}
