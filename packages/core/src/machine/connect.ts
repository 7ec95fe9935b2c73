/** From an address and a password to a machine. */
import { ConnectFailed, WsmanFault } from '../errors.ts';
import { openStream } from '../transport/duplex.ts';
import type { Dial } from '../transport/stream.ts';
import { openSocket } from '../transport/tcp.ts';
import { CIM_ComputerSystemPackage } from '../wsman/classes/cim/CIM_ComputerSystemPackage.ts';
import { CIM_SoftwareIdentity } from '../wsman/classes/cim/CIM_SoftwareIdentity.ts';
import { createWsmanClient, type WsmanClient } from '../wsman/client.ts';
import { createHttpSession, type HttpSession, type RoundTrip } from '../wsman/http.ts';
import { alarmsOf } from './alarms.ts';
import { alertsOf } from './alerts.ts';
import { auditLogOf } from './audit-log.ts';
import { bootOf } from './boot.ts';
import { clockOf } from './clock.ts';
import { consentOf } from './consent.ts';
import { displaysOf } from './displays.ts';
import { eventLogOf } from './event-log.ts';
import { featuresOf } from './features.ts';
import { generalOf } from './general.ts';
import { inventoryOf } from './inventory.ts';
import type { FirmwareInfo, Machine } from './machine.ts';
import { mountMedia } from './media.ts';
import { networkOf } from './network.ts';
import { platformUuid } from './platform-uuid.ts';
import { powerOf } from './power.ts';
import { redirect, redirectionOf, type SessionTraffic } from './redirection.ts';
import { openScreen } from './screen.ts';
import { openSerial } from './serial.ts';
import { usersOf } from './users.ts';

/** How to reach and enter a machine. */
export interface ConnectOptions {
  /** Name or address. */
  readonly host: string;
  /** @default 'admin' */
  readonly user?: string;
  readonly password: string;
  /** `auto`: with TLS on 16993, else without on 16992. Never without where a `fingerprint` is given. @default 'auto' */
  readonly tls?: 'auto' | 'on' | 'off';
  /**
   * Where not the standard ones: WS-Management and redirection, without and with TLS. One alone of a pair serves both
   * kinds; redirection has TLS where WS-Management has it.
   */
  readonly ports?: {
    readonly wsman?: number;
    readonly wsmanTls?: number;
    readonly redirection?: number;
    readonly redirectionTls?: number;
  };
  /** The only certificate to accept, SHA-256; without it any is accepted and reported. */
  readonly fingerprint?: string;
  /** Allow TLS 1.0 and 1.1, which firmware before 12 speaks. @default false */
  readonly legacyTls?: boolean;
  /** The only digest realm to log in to; `machine.firmware.realm` of an earlier connection. */
  readonly realm?: string;
  /** Per request. Connecting may take three times as long: sleeping firmware needs up to 30 s to wake. @default 10_000 */
  readonly timeoutMs?: number;
  /** Ends the attempt; a connected machine is not touched by it. */
  readonly signal?: AbortSignal;
  /** Another way to reach the ports: relay, memory, recording. */
  readonly dial?: Dial;
  /** Called with each request and reply as text; log-in and secrets are taken out. */
  readonly trace?: (line: string) => void;
  /** Called after each round trip. */
  readonly onRoundTrip?: (trip: RoundTrip) => void;
  /** Called when a session of a serial port, drives or a screen opens or ends, and with what passes through it. */
  readonly onSession?: (traffic: SessionTraffic) => void;
}

/**
 * Connects: finds the port, checks the certificate, logs in, reads what the firmware is.
 * @throws ConnectFailed, Untrusted, AuthenticationFailed, Cancelled; TypeError for a host or fingerprint that is none
 */
export async function connect(options: ConnectOptions): Promise<Machine> {
  const { host, tls = 'auto', fingerprint } = options;
  if (fingerprint !== undefined && !/^([0-9a-f]{2}[:\s]?){32}$/i.test(fingerprint)) {
    throw new TypeError(`${JSON.stringify(fingerprint)} is no SHA-256 fingerprint: it has 32 pairs of hex digits.`);
  }
  const [door, other] = doorsOf(options);
  // Who speaks in clear may wait for ever for the rest of a TLS greeting.
  const patience = other?.port === door.port ? { connectTimeoutMs: GREETING_MS } : {};
  const first = await tryDoor(options, { ...door, ...patience });
  if (!('closed' in first)) return first;
  const { closed } = first;
  if (other === undefined) throw tls === 'off' && !first.accepted ? await onlyTls(options, closed) : closed;
  if (fingerprint !== undefined) {
    throw new ConnectFailed(`${closed.message} A certificate is expected of ${host}, so it is not asked without TLS.`, {
      host,
      hint: closed.hint,
      cause: closed,
    });
  }
  const second = await tryDoor(options, other);
  if ('closed' in second) throw neither(host, closed, second.closed);
  return second;
}

interface Door {
  readonly port: number;
  readonly tls: boolean;
  readonly connectTimeoutMs?: number;
}

/** A handshake takes firmware up to three seconds. */
const GREETING_MS = 5_000;

/** Ports that are known to speak in clear, and those that are known not to. [AMT: ports] */
const PLAIN_PORTS = new Set([16992, 623]);
const TLS_PORTS = new Set([16993, 664]);

/** One door or two, the better one first. */
function doorsOf({ tls = 'auto', ports = {} }: ConnectOptions): readonly [Door, Door?] {
  const { wsman, wsmanTls } = ports;
  const secure = { port: wsmanTls ?? wsman ?? 16993, tls: true };
  const plain = { port: wsman ?? 16992, tls: false };
  if (tls === 'on') return [secure];
  if (tls === 'off') return [plain];
  // One port given: what it speaks is known of the standard ones only, so both are tried on the others.
  if (wsman === undefined && wsmanTls !== undefined) return [secure];
  if (wsman !== undefined && wsmanTls === undefined && PLAIN_PORTS.has(wsman)) return [plain];
  if (wsman !== undefined && wsmanTls === undefined && TLS_PORTS.has(wsman)) return [secure];
  return [secure, plain];
}

/** Why a door does not lead in. */
interface Closed {
  readonly closed: ConnectFailed;
  /** Somebody took the connection, and then said nothing. */
  readonly accepted: boolean;
}

/** The machine behind a door, or why it is closed. A refused log-in or a foreign certificate is no closed door. */
async function tryDoor(options: ConnectOptions, door: Door): Promise<Machine | Closed> {
  const session = createHttpSession({ ...options, user: options.user ?? 'admin', ...door });
  try {
    return await enter(options, door, session);
  } catch (error) {
    await session.close();
    // What was lost after a first answer is not looked for behind another door.
    if (error instanceof ConnectFailed && !session.answered) return { closed: error, accepted: session.accepted };
    throw error;
  }
}

/** What to say of a machine that is closed without TLS: firmware from 16.1 on knows nothing else. */
async function onlyTls(options: ConnectOptions, closed: ConnectFailed): Promise<ConnectFailed> {
  const { host, ports = {}, dial, signal, timeoutMs = 10_000 } = options;
  const port = ports.wsmanTls ?? 16993;
  if (ports.wsman === port) return closed;
  try {
    const target = { host, port, timeoutMs: Math.min(timeoutMs, 2_000), ...(signal === undefined ? {} : { signal }) };
    const { socket } = await (dial === undefined ? openSocket(target) : openStream(dial, { ...target, tls: {} }));
    socket.destroy();
  } catch {
    return closed;
  }
  return new ConnectFailed(`${host} speaks only TLS: ${closed.message} Port ${port} is open.`, {
    host,
    hint: 'Connect with TLS: set tls to auto or on.',
    cause: closed,
  });
}

function neither(host: string, secure: ConnectFailed, plain: ConnectFailed): ConnectFailed {
  const both = secure.message === plain.message ? plain.message : `${secure.message} ${plain.message}`;
  return new ConnectFailed(both, { host, hint: plain.hint, cause: plain });
}

async function enter(options: ConnectOptions, door: Door, http: HttpSession): Promise<Machine> {
  const { host, signal } = options;
  const wsman = createWsmanClient(http, host);
  const firmware = await identify(wsman, http, door, signal);
  const features = featuresOf(wsman);
  const power = powerOf(wsman, features);
  const consent = consentOf(wsman);
  const displays = displaysOf(wsman);
  const redirection = redirectionOf({
    ...options,
    user: http.user,
    firmware,
    fingerprint: http.certificate?.fingerprint,
  });
  async function close(): Promise<void> {
    await redirection.close();
    await http.close();
  }
  return {
    host,
    firmware,
    ...(http.certificate === undefined ? {} : { certificate: http.certificate }),
    general: generalOf(wsman),
    power,
    boot: bootOf(wsman, power, consent),
    features,
    consent,
    inventory: inventoryOf(wsman),
    eventLog: eventLogOf(wsman),
    auditLog: auditLogOf(wsman),
    network: networkOf(wsman),
    users: usersOf(wsman, {
      user: http.user,
      realm: http.realm,
      setPassword(password) {
        http.setPassword(password);
        redirection.setPassword(password);
      },
    }),
    clock: clockOf(wsman),
    alarms: alarmsOf(wsman),
    alerts: alertsOf(wsman, firmware.version),
    displays,
    wsman,
    serial: (options) => openSerial(redirection, host, options),
    screen: (options) => openScreen(redirection, { host, consent, displays }, options),
    mount: (media) => mountMedia(redirection, host, media),
    redirect: (service, options) => redirect(redirection, service, options),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function identify(
  wsman: WsmanClient,
  http: HttpSession,
  { port, tls }: Door,
  signal: AbortSignal | undefined,
): Promise<FirmwareInfo> {
  const options = signal === undefined ? {} : { signal };
  const identities = await wsman.tryEnumerate(CIM_SoftwareIdentity, options).catch(unpermitted);
  const versionOf = (id: string) => identities?.find(({ InstanceID }) => InstanceID === id)?.VersionString ?? '';
  const computer = await wsman.tryGet(CIM_ComputerSystemPackage, options).catch(unpermitted);
  return {
    version: versionOf('AMT') || (/ (\d+(?:\.\d+)+)/.exec(http.server)?.[1] ?? ''),
    build: versionOf('Build Number'),
    product: productOf(http.server, Number(versionOf('Sku'))),
    uuid: platformUuid(computer?.PlatformGUID ?? ''),
    port,
    tls,
    realm: http.realm,
  };
}

/** Users of few realms may not read it; that is no reason to keep them out. */
function unpermitted(error: unknown): undefined {
  if (error instanceof WsmanFault && error.fault === 'AccessDenied') return undefined;
  throw error;
}

/** The `Server` header says it on most versions; some 11.x only say "AMT" and keep it in the SKU bits. */
function productOf(server: string, sku: number): FirmwareInfo['product'] {
  if (server.includes('Standard Manageability')) return 'standard-manageability';
  if (server.includes('Active Management')) return 'amt';
  if ((sku & 0x08) !== 0) return 'amt';
  return (sku & 0x10) !== 0 ? 'standard-manageability' : 'unknown';
}
