/** The door to serial port, drives and screen of one machine: dials, checks the certificate, logs in. [REDIR §Session] */
import { hash, randomBytes } from 'node:crypto';
import { AmtError, ConnectFailed, TimedOut } from '../errors.ts';
import { redirectionDecoder } from '../redirection/decoder.ts';
import { type Pump, pump } from '../redirection/pump.ts';
import type { RedirectionService } from '../redirection/session/messages.ts';
import { RedirectionSession } from '../redirection/session/session.ts';
import { counted } from '../transport/counted.ts';
import { dialled } from '../transport/dialled.ts';
import type { ByteStream, Dial } from '../transport/stream.ts';
import { connectError, dialTcp, type SocketTarget, seconds } from '../transport/tcp.ts';
import { trace } from '../transport/trace.ts';
import type { FirmwareInfo } from './machine.ts';

/** Services of a machine beside WS-Management. */
export type Service = keyof typeof RedirectionService;

/** How one of them is opened. */
export interface OpenOptions {
  /** Ends the attempt; an open session is not touched. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each message as text, never with the content of its bytes. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** Opens sessions and remembers them. */
export interface RedirectionDoor {
  /**
   * A connection that is logged in and belongs to the service. Whoever opens it closes it.
   * @throws RedirectionRefused, ConsentRequired, AuthenticationFailed, NotSupported, ConnectFailed, TimedOut, Untrusted, Cancelled
   */
  open(service: Service, options?: OpenOptions): Promise<ByteStream>;
  /** Remembers a session, to close it with the machine, until the returned function is called. */
  keep(session: { close(): Promise<void> }): () => void;
  /** Continues with another password, after it was changed. */
  setPassword(password: string): void;
  /** Closes what is kept and gives up what is being opened. */
  close(): Promise<void>;
}

/** How a session has gone on: bytes since the last time, and whether it has opened (1) or ended (-1) now. */
export interface SessionTraffic {
  readonly service: Service;
  readonly open: 1 | 0 | -1;
  readonly sent: number;
  readonly received: number;
}

/** What a door has to know of its machine: how WS-Management was reached, and as whom. */
export interface DoorOptions {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** @default 16995 with TLS, 16994 without */
  readonly ports?: { readonly redirection?: number; readonly redirectionTls?: number };
  /** Allow TLS below 1.2. */
  readonly legacyTls?: boolean;
  /** From the connection to the end of the log-in. Connecting may take three times as long. @default 10_000 */
  readonly timeoutMs?: number;
  readonly dial?: Dial;
  /** Called when a session opens or ends, and with what passes through it. */
  readonly onSession?: (traffic: SessionTraffic) => void;
  readonly firmware: FirmwareInfo;
  /** Of the certificate that WS-Management showed; the same is to be shown here. */
  readonly fingerprint?: string | undefined;
}

/** The door of one machine. */
export function redirectionOf(options: DoorOptions): RedirectionDoor {
  const kept = new Set<{ close(): Promise<void> }>();
  const closing = new AbortController();
  let { password } = options;
  return {
    async open(service, { signal, trace: print } = {}) {
      const ended = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const stream = measured(await dial(options, ended), service, options.onSession);
      const { password: _first, ...rest } = options;
      return await logIn(traced(stream, service, print), service, { ...rest, password }, ended);
    },
    keep(session) {
      kept.add(session);
      return () => kept.delete(session);
    },
    setPassword(changed) {
      password = changed;
    },
    async close() {
      closing.abort();
      await Promise.all([...kept].map((session) => session.close()));
    },
  };
}

/** A connection of `service` that is closed with the machine. */
export async function redirect(
  door: RedirectionDoor,
  service: Service,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ByteStream> {
  const stream = await door.open(service, options);
  const forget = door.keep(stream);
  async function close(): Promise<void> {
    forget();
    await stream.close();
  }
  return {
    ...stream,
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]() {
      const reader = stream[Symbol.asyncIterator]();
      return {
        next: () => reader.next(),
        async return() {
          await close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Ports without and with TLS. [REDIR §Ports] */
const PLAIN_PORT = 16994;
const TLS_PORT = 16995;

async function dial(options: DoorOptions, signal: AbortSignal): Promise<ByteStream> {
  const { host, ports = {}, firmware, fingerprint, legacyTls, timeoutMs = 10_000 } = options;
  const secure = {
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(legacyTls === undefined ? {} : { legacy: legacyTls }),
  };
  const target: SocketTarget = {
    host,
    port: firmware.tls ? (ports.redirectionTls ?? ports.redirection ?? TLS_PORT) : (ports.redirection ?? PLAIN_PORT),
    ...(firmware.tls ? { tls: secure } : {}),
    signal,
    timeoutMs: 3 * timeoutMs,
  };
  try {
    return options.dial === undefined ? await dialTcp(target) : await dialled(options.dial, target);
  } catch (error) {
    const failure = error instanceof AmtError ? error : connectError(error as NodeJS.ErrnoException, target);
    throw failure instanceof ConnectFailed ? closedDoor(failure, target) : failure;
  }
}

/** The machine answers WS-Management: then a closed port here has a reason of its own. */
function closedDoor(failure: ConnectFailed, { host }: SocketTarget): ConnectFailed {
  return new ConnectFailed(
    `${failure.message} WS-Management of ${host} answers, so the listener for redirection may be switched off.`,
    {
      host,
      hint: 'Switch it on: features.set({ listener: true }), in the shell: amt features TARGET --listener on. If it is on, look for a firewall.',
      cause: failure,
    },
  );
}

function measured(stream: ByteStream, service: Service, tell: DoorOptions['onSession']): ByteStream {
  if (tell === undefined) return stream;
  const nothing = { service, open: 0, sent: 0, received: 0 } as const;
  tell({ ...nothing, open: 1 });
  return counted(stream, {
    sent: (sent) => tell({ ...nothing, sent }),
    received: (received) => tell({ ...nothing, received }),
    closed: () => tell({ ...nothing, open: -1 }),
  });
}

function traced(stream: ByteStream, service: Service, print: OpenOptions['trace']): ByteStream {
  if (print === undefined) return stream;
  return trace(stream, print, { sent: redirectionDecoder(service), received: redirectionDecoder(service) });
}

/** Firmware from here on always offers a digest. */
const ALWAYS_DIGEST = 12;

async function logIn(
  stream: ByteStream,
  service: Service,
  { host, user, password, firmware, timeoutMs = 10_000 }: DoorOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  const session = new RedirectionSession({
    host,
    service,
    user,
    password,
    md5: (data) => hash('md5', data, 'hex'),
    cnonce: randomBytes(16).toString('hex'),
    ...(firmware.realm === '' ? {} : { realm: firmware.realm }),
    clearText: firmware.tls || Number.parseInt(firmware.version, 10) < ALWAYS_DIGEST,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const running: Pump = pump(session, stream, {
        host,
        signal,
        deliver: ({ rest }) => {
          resolve(running.release(rest));
        },
      });
      timer = setTimeout(() => running.fail(silent(host, timeoutMs)), timeoutMs);
      running.done.catch(reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

function silent(host: string, timeoutMs: number): TimedOut {
  return new TimedOut(
    `${host} took the connection for redirection, but no log-in came about within ${seconds(timeoutMs)}.`,
    {
      host,
      hint: 'Try again; if that does not help, switch the listener off and on.',
    },
  );
}
