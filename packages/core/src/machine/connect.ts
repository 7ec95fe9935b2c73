/** From an address and a password to a machine. */
import { ConnectFailed } from '../errors.ts';
import type { Dial } from '../transport/stream.ts';
import { CIM_ComputerSystemPackage } from '../wsman/classes/cim/CIM_ComputerSystemPackage.ts';
import { CIM_SoftwareIdentity } from '../wsman/classes/cim/CIM_SoftwareIdentity.ts';
import { createWsmanClient, type WsmanClient } from '../wsman/client.ts';
import { createHttpSession, type HttpSession } from '../wsman/http.ts';
import { auditLogOf } from './audit-log.ts';
import { bootOf } from './boot.ts';
import { clockOf } from './clock.ts';
import { consentOf } from './consent.ts';
import { eventLogOf } from './event-log.ts';
import { featuresOf } from './features.ts';
import { generalOf } from './general.ts';
import { inventoryOf } from './inventory.ts';
import type { FirmwareInfo, Machine } from './machine.ts';
import { networkOf } from './network.ts';
import { platformUuid } from './platform-uuid.ts';
import { powerOf } from './power.ts';
import { usersOf } from './users.ts';

/** How to reach and enter a machine. */
export interface ConnectOptions {
  /** Name or address. */
  readonly host: string;
  /** @default 'admin' */
  readonly user?: string;
  readonly password: string;
  /** `auto`: with TLS on 16993, else without on 16992. @default 'auto' */
  readonly tls?: 'auto' | 'on' | 'off';
  /** Where not the standard ones: WS-Management without and with TLS. `wsman` alone serves both kinds. */
  readonly ports?: { readonly wsman?: number; readonly wsmanTls?: number; readonly redirection?: number };
  /** The only certificate to accept, SHA-256; without it any is accepted and reported. */
  readonly fingerprint?: string;
  /** Allow TLS 1.0 and 1.1, which firmware before 12 speaks. @default false */
  readonly legacyTls?: boolean;
  /** The only digest realm to log in to; `machine.firmware.realm` of an earlier connection. */
  readonly realm?: string;
  /** Per request. @default 10_000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Another way to reach the ports: relay, memory, recording. */
  readonly dial?: Dial;
  /** Called with each request and reply as text; log-in and secrets are taken out. */
  readonly trace?: (line: string) => void;
}

/**
 * Connects: finds the port, checks the certificate, logs in, reads what the firmware is.
 * @throws ConnectFailed, Untrusted, AuthenticationFailed, Cancelled
 */
export async function connect(options: ConnectOptions): Promise<Machine> {
  const doors = doorsOf(options);
  let first: unknown;
  for (const [index, door] of doors.entries()) {
    const session = open(options, door);
    try {
      return await enter(options, door, session);
    } catch (error) {
      await session.close();
      first ??= error;
      // Only a closed door leads to the next one: a refused log-in or a foreign certificate does not.
      if (!(error instanceof ConnectFailed)) throw error;
      if (index === doors.length - 1)
        throw doors.length === 1 ? error : neither(options, first as ConnectFailed, error);
    }
  }
  throw new TypeError('There is no door to try.');
}

interface Door {
  readonly port: number;
  readonly tls: boolean;
}

function doorsOf({ tls = 'auto', ports = {} }: ConnectOptions): readonly Door[] {
  const secure = { port: ports.wsmanTls ?? ports.wsman ?? 16993, tls: true };
  const plain = { port: ports.wsman ?? 16992, tls: false };
  if (tls === 'on') return [secure];
  if (tls === 'off') return [plain];
  if (ports.wsman === undefined) return ports.wsmanTls === undefined ? [secure, plain] : [secure];
  if (ports.wsmanTls !== undefined) return [secure, plain];
  // One port that speaks either. A TLS server ends a plain request at once; a plain one may wait for ever for the end of
  // a TLS greeting.
  return ports.wsman === 16993 ? [secure] : ports.wsman === 16992 ? [plain] : [plain, secure];
}

function open(options: ConnectOptions, { port, tls }: Door): HttpSession {
  const { host, user = 'admin', password, fingerprint, legacyTls, realm, timeoutMs, dial, trace } = options;
  return createHttpSession({
    host,
    port,
    tls,
    user,
    password,
    fingerprint,
    legacyTls,
    realm,
    timeoutMs,
    dial,
    trace,
  });
}

async function enter(
  { host, user = 'admin', signal }: ConnectOptions,
  door: Door,
  http: HttpSession,
): Promise<Machine> {
  const wsman = createWsmanClient(http, host);
  const firmware = await identify(wsman, http, door, signal);
  const features = featuresOf(wsman);
  const power = powerOf(wsman, features);
  const consent = consentOf(wsman);
  const close = () => http.close();
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
      setPassword: (password) => http.setPassword(password),
    }),
    clock: clockOf(wsman),
    wsman,
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
  const identities = await wsman.tryEnumerate(CIM_SoftwareIdentity, options);
  const versionOf = (id: string) => identities.find(({ InstanceID }) => InstanceID === id)?.VersionString ?? '';
  const computer = await wsman.tryGet(CIM_ComputerSystemPackage, options);
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

/** The `Server` header says it on most versions; some 11.x only say "AMT" and keep it in the SKU bits. */
function productOf(server: string, sku: number): FirmwareInfo['product'] {
  if (server.includes('Standard Manageability')) return 'standard-manageability';
  if (server.includes('Active Management')) return 'amt';
  if ((sku & 0x08) !== 0) return 'amt';
  return (sku & 0x10) !== 0 ? 'standard-manageability' : 'unknown';
}

function neither({ host }: ConnectOptions, secure: ConnectFailed, plain: ConnectFailed): ConnectFailed {
  if (secure.message === plain.message) return plain;
  return new ConnectFailed(`${secure.message} ${plain.message}`, { host, hint: plain.hint, cause: plain });
}
