/**
 * One connection to a redirection port: a session of one service is started, somebody logs in, and from then on the
 * connection is the service's. [REDIR §3] [REDIR §4]
 */
import type { ByteStream } from '@amtkit/core/streams';
import {
  Enterprise,
  Inbox,
  ProtocolError,
  RedirectionService,
  type SessionMessage,
  StartStatus,
  sessionMessages,
} from '@amtkit/core/wire';
import { consentGiven } from '../behaviors/consent.ts';
import type { Sessions } from '../behaviors/sessions.ts';
import { setSessions } from '../open-sessions.ts';
import type { Opener } from '../state.ts';
import { Outbox } from './outbox.ts';
import type { Kind, RedirectedService, RedirectionOptions, Visit } from './redirected-service.ts';
import { LogIn } from './redirection-log-in.ts';

/** Milliseconds a console has to close its side after the firmware did. */
const LINGER_MS = 1000;

type State =
  | { readonly name: 'starting' }
  | { readonly name: 'logging-in'; readonly kind: Kind; readonly logIn: LogIn }
  | { readonly name: 'open'; readonly kind: Kind; readonly service: RedirectedService; readonly by: Opener }
  | { readonly name: 'over' };

/** One connection. */
export class Connection {
  readonly #stream: ByteStream;
  readonly #options: RedirectionOptions;
  readonly #taken: Set<Kind>;
  readonly #inbox = new Inbox();
  readonly #outbox: Outbox;
  readonly #number: number;
  readonly #forgetDeadline: () => void;
  readonly #unwatch: () => void;
  #state: State = { name: 'starting' };
  #reading = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(stream: ByteStream, options: RedirectionOptions, taken: Set<Kind>) {
    this.#stream = stream;
    this.#options = options;
    this.#taken = taken;
    const { firmware, recorder } = options;
    this.#number = ++recorder.redirections.total;
    recorder.redirections.open++;
    this.#outbox = new Outbox(stream, firmware.clock, () => this.cut());
    const { redirectionLoginSeconds } = firmware.quirks;
    this.#forgetDeadline = firmware.clock.after(redirectionLoginSeconds * 1000, () => this.cut());
    this.#unwatch = firmware.watch(() => this.#follow());
  }

  async run(): Promise<void> {
    const { recorder } = this.#options;
    try {
      for await (const chunk of this.#stream) {
        if (this.#state.name === 'over') continue;
        this.#inbox.push(chunk);
        await this.#read();
      }
    } catch (error) {
      if (error instanceof ProtocolError) recorder.nonsense.push(error);
    } finally {
      this.#over();
      this.#outbox.close();
      await this.#ended;
      await this.#stream.close();
      recorder.redirections.open--;
    }
  }

  /** Ends the connection at once, and resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.cut();
    await this.#ended;
  }

  opened(): void {
    this.#forgetDeadline();
  }

  again(): void {
    this.#read().catch((error: unknown) => {
      if (error instanceof ProtocolError) this.#options.recorder.nonsense.push(error);
      this.cut();
    });
  }

  leave(): void {
    if (this.#state.name === 'over') return;
    this.#over();
    void this.#outbox.empty().then(async () => {
      this.#options.firmware.clock.after(LINGER_MS, () => void this.#stream.close());
      await this.#stream.end();
    });
  }

  cut(): void {
    this.#over();
    this.#outbox.close();
    void this.#stream.close();
  }

  /** Reads what is whole. @throws ProtocolError */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#inbox.length > 0) {
        const taken = this.#take();
        if (!(typeof taken === 'boolean' ? taken : await taken)) break;
      }
    } finally {
      this.#reading = false;
    }
  }

  #take(): boolean | Promise<boolean> {
    const state = this.#state;
    if (state.name === 'over') return false;
    const ending = this.#inbox.peek()[0] === END;
    if (state.name === 'open' && !ending) return state.service.next(this.#inbox);
    const message = this.#inbox.next((reader) => sessionMessages.decode(reader));
    if (message === undefined) return false;
    this.#options.recorder.addMessage(this.#number, 'session', withoutPassword(message));
    this.#handle(message);
    return true;
  }

  #handle(message: SessionMessage): void {
    const state = this.#state;
    if (message.type === 'EndRedirectionSession') {
      this.leave();
    } else if (state.name === 'starting' && message.type === 'StartRedirectionSession') {
      this.#start(message.service);
    } else if (state.name === 'logging-in' && message.type === 'AuthenticateSession') {
      const { reply, account, failed } = state.logIn.step(message);
      void this.#outbox.send(sessionMessages.encode(reply));
      if (failed) this.leave();
      if (account !== undefined) this.#open(state.kind, account.name);
    } else {
      throw new ProtocolError(`A console sent ${message.type} while the firmware was ${state.name}.`);
    }
  }

  #start(service: string): void {
    const { firmware, failures, recorder } = this.#options;
    const kind = (Object.keys(RedirectionService) as Kind[]).find((each) => RedirectionService[each] === service);
    const status = kind === undefined ? StartStatus.UnknownService : this.#statusOf(kind);
    if (status === StartStatus.Success || firmware.quirks.refusedStart === 'answer') {
      const [firmwareMajor = 0, firmwareMinor = 0] = firmware.profile.version.split('.').map(Number);
      const reply = { ...PROTOCOL, status, firmwareMajor, firmwareMinor };
      void this.#outbox.send(sessionMessages.encode({ type: 'StartRedirectionSessionReply', ...reply }));
    }
    if (kind === undefined || status !== StartStatus.Success) {
      this.leave();
      return;
    }
    this.#taken.add(kind);
    const address = this.#stream.remoteAddress ?? '';
    this.#state = { name: 'logging-in', kind, logIn: new LogIn({ firmware, failures, recorder, address }) };
  }

  /** Why a session of this kind cannot start now. The order of the reasons is UNCERTAIN. */
  #statusOf(kind: Kind): number {
    const { firmware, services } = this.#options;
    const { redirection, kvm, sessions } = firmware.state;
    const enabled = kind === 'kvm' ? kvm.enabled : redirection[kind];
    if (!enabled || services[kind] === undefined) return StartStatus.Disabled;
    if (this.#taken.has(kind) || Number(sessions[kind]) > 0) return StartStatus.Busy;
    if (kind === 'ider' && !consentGiven(firmware)) return StartStatus.ConsentRequired;
    return StartStatus.Success;
  }

  #open(kind: Kind, user: string): void {
    const { firmware, recorder, services } = this.#options;
    const by = { user, address: this.#stream.remoteAddress ?? '' };
    const visit: Visit = {
      firmware,
      recorder,
      outbox: this.#outbox,
      number: this.#number,
      by,
      opened: () => this.opened(),
      again: () => this.again(),
      leave: () => this.leave(),
      cut: () => this.cut(),
    };
    const service = services[kind]?.(visit);
    if (service === undefined) throw new TypeError(`No service ${kind} was started.`);
    this.#state = { name: 'open', kind, service, by };
    setSessions(firmware, (sessions) => mark(sessions, kind, true), by);
  }

  /** A service or the listener was switched off: what goes through them ends. */
  #follow(): void {
    const { firmware } = this.#options;
    const state = this.#state;
    const ended = state.name === 'open' && Number(firmware.state.sessions[state.kind]) === 0;
    if (ended || !firmware.state.redirection.listener) this.cut();
  }

  #over(): void {
    const state = this.#state;
    if (state.name === 'over') return;
    this.#state = { name: 'over' };
    this.#forgetDeadline();
    this.#unwatch();
    if (state.name === 'starting') return;
    this.#taken.delete(state.kind);
    if (state.name !== 'open') return;
    this.#ended = Promise.resolve(state.service.end());
    setSessions(this.#options.firmware, (sessions) => mark(sessions, state.kind, false), state.by);
  }
}

const END = 0x12;

/** Revision 1.0 of the protocol, made by Intel. */
const PROTOCOL = { protocolMajor: 1, protocolMinor: 0, enterprise: Enterprise.Intel, oem: new Uint8Array(0) };

function mark(sessions: Sessions, kind: Kind, open: boolean): void {
  if (kind === 'sol') sessions.sol = Math.max(0, sessions.sol + (open ? 1 : -1));
  else sessions[kind] = open;
}

/** A password in clear is not for the record. */
function withoutPassword(message: SessionMessage): SessionMessage {
  const secret = message.type === 'AuthenticateSession' && message.method === 'UserPassword';
  return secret ? { ...message, data: new Uint8Array(0) } : message;
}
