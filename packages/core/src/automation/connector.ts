/** How the fleet reaches a machine: what the book says, what was learned before, and what is learned now. */
import type { Book } from '../book/book.ts';
import { hostWithPorts } from '../book/hosts.ts';
import type { State } from '../book/state.ts';
import { AuthenticationFailed, InvalidBook, Untrusted } from '../errors.ts';
import { type ConnectOptions, connect } from '../machine/connect.ts';
import type { Machine } from '../machine/machine.ts';
import type { GuestMachine } from './fleet.ts';
import type { FleetMeter } from './meter.ts';

/** Where machines and their secrets come from, and how they are spoken to. */
export interface Access extends Pick<ConnectOptions, 'timeoutMs' | 'dial' | 'trace'> {
  readonly book?: Book;
  /** Learned facts: certificates, working TLS. Without it nothing outlives the process. */
  readonly state?: State;
  /** Refuse certificates that were never seen before. @default false */
  readonly strictTls?: boolean;
  /** Counts what is done. */
  readonly meter?: FleetMeter;
  /** User and password of a machine of the book. @default what the book says */
  readonly credentialsOf?: (name: string) => Promise<{ readonly user: string; readonly password: string }>;
}

/** Connects machines of the book and guests. */
export interface Connector {
  fromBook(name: string, signal: AbortSignal | undefined): Promise<Machine>;
  fromGuest(name: string, guest: GuestMachine, signal: AbortSignal | undefined): Promise<Machine>;
  close(): Promise<void>;
}

/** A connector; `onCertificate` hears of each certificate that is accepted for the first time. */
export function createConnector(access: Access, onCertificate: (name: string, fingerprint: string) => void): Connector {
  const { book, state } = access;

  /**
   * @param key of what was learned about the machine
   * @param uuid of the machine that is meant; addresses move from one to another
   */
  async function reach(name: string, key: string, options: ConnectOptions, uuid?: string): Promise<Machine> {
    const pinned = options.fingerprint !== undefined;
    const attempt = access.strictTls === true && !pinned ? connectKnown(name, options) : connect(options);
    const machine = await attempt.catch((error: unknown) => {
      throw error instanceof AuthenticationFailed ? refused(key, error) : error;
    });
    const { firmware } = machine;
    if (uuid !== undefined && firmware.uuid !== undefined && firmware.uuid !== uuid) {
      await machine.close();
      throw another(name, options.host, uuid, firmware.uuid);
    }
    if (state?.machine(key)?.refusals !== undefined) state.forget(key, ['refusals', 'refusedAt']);
    const fingerprint = machine.certificate?.fingerprint;
    if (fingerprint !== undefined && !pinned) onCertificate(name, fingerprint);
    state?.learn(key, {
      ...(fingerprint === undefined ? {} : { fingerprint }),
      tls: firmware.tls ? 'on' : 'off',
      realm: firmware.realm,
      ...(firmware.uuid === undefined ? {} : { uuid: firmware.uuid }),
      version: firmware.version,
    });
    return machine;
  }

  /** Counts refusals across processes: the firmware counts them, too, and does not say when it has locked the account. */
  function refused(key: string, error: AuthenticationFailed): AuthenticationFailed {
    const { refusals = 0, refusedAt = '' } = state?.machine(key) ?? {};
    const now = Date.now();
    const inARow = now - Date.parse(refusedAt) < FORGOTTEN_MS ? refusals + 1 : 1;
    state?.learn(key, { refusals: inARow, refusedAt: new Date(now).toISOString() });
    if (inARow < LOCKS_AFTER || error.lockedUntil !== undefined) return error;
    const lockedUntil = new Date(now + LOCKED_MS);
    const end = `${lockedUntil.toISOString().slice(11, 19)} UTC at the latest`;
    return new AuthenticationFailed(
      `${error.message} It was refusal ${inARow} in a row: the account is locked, and until that ends, ${end}, the right password is refused, too.`,
      {
        host: error.host,
        hint: 'Correct the credentials where they are wrong, and wait 80 seconds before the next try: a try before may prolong the lock.',
        lockedUntil,
        cause: error,
      },
    );
  }

  const shared = (signal: AbortSignal | undefined) => ({
    ...(access.timeoutMs === undefined ? {} : { timeoutMs: access.timeoutMs }),
    ...(access.dial === undefined ? {} : { dial: access.dial }),
    ...(access.trace === undefined ? {} : { trace: access.trace }),
    ...(access.meter === undefined ? {} : measuring(access.meter)),
    ...(signal === undefined ? {} : { signal }),
  });

  return {
    async fromBook(name, signal) {
      const entry = book?.machines.get(name);
      if (book === undefined || entry === undefined) throw new InvalidBook(`${name} is not in the book any more.`);
      const { user, password } = await (access.credentialsOf ?? ((name) => book.credentialsOf(name)))(name);
      await state?.refresh();
      const learned = state?.machine(name);
      const fingerprint = entry.fingerprint ?? learned?.fingerprint;
      const options = {
        host: entry.host,
        user,
        password,
        tls: tlsOf(entry, learned?.tls),
        ...(entry.ports === undefined ? {} : { ports: entry.ports }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
        ...(learned?.realm === undefined ? {} : { realm: learned.realm }),
        ...(entry.legacyTls === undefined ? {} : { legacyTls: entry.legacyTls }),
        ...shared(signal),
      };
      return await reach(name, name, options, entry.uuid);
    },
    async fromGuest(name, guest, signal) {
      const key = hostWithPorts(guest.host, guest.ports?.wsman);
      await state?.refresh();
      const learned = state?.machine(key);
      const fingerprint = guest.fingerprint ?? learned?.fingerprint;
      return await reach(name, key, {
        host: guest.host,
        user: guest.user ?? 'admin',
        password: guest.password,
        tls: tlsOf(guest, learned?.tls),
        ...(guest.ports === undefined ? {} : { ports: guest.ports }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
        ...(learned?.realm === undefined ? {} : { realm: learned.realm }),
        ...(guest.legacyTls === undefined ? {} : { legacyTls: guest.legacyTls }),
        ...shared(signal),
      });
    },
    async close() {
      await state?.flush();
    },
  };
}

function measuring(meter: FleetMeter): Pick<ConnectOptions, 'onRoundTrip' | 'onSession'> {
  return { onRoundTrip: ({ ms }) => meter.roundTrip(ms), onSession: (traffic) => meter.session(traffic) };
}

function another(name: string, host: string, expected: string, found: string): Untrusted {
  return new Untrusted(
    `Another machine than ${name} answers at ${host}: its UUID is ${found}, and the book says ${expected}.`,
    {
      host,
      stranger: true,
      hint: 'Give it the address it has now; or its new UUID, where this is the machine that is meant.',
    },
  );
}

/** Refusals in a row after which firmware locks the account; it forgets them an hour after the last one. */
const LOCKS_AFTER = 10;
const FORGOTTEN_MS = 3_600_000;
/** The longest lock. */
const LOCKED_MS = 80_000;

/**
 * Who spoke TLS once is never asked without it again. Who did not is asked with it each time, unless it has but one port,
 * where a greeting in TLS may wait for ever.
 */
function tlsOf({ tls = 'auto', ports }: Pick<ConnectOptions, 'tls' | 'ports'>, learned: 'on' | 'off' | undefined) {
  if (tls !== 'auto' || learned === undefined) return tls;
  const onePort = ports?.wsman !== undefined && ports.wsmanTls === undefined;
  return learned === 'on' || onePort ? learned : 'auto';
}

/** A connection that no certificate gets through: one is expected that nobody can have. Nothing is sent over TLS. */
async function connectKnown(name: string, options: ConnectOptions): Promise<Machine> {
  const nobodys = Array.from({ length: 32 }, () => '00').join(':');
  try {
    return await connect({ ...options, fingerprint: nobodys });
  } catch (error) {
    if (!(error instanceof Untrusted) || error.expected !== nobodys) throw error;
    throw new Untrusted(`${name} presents a certificate that was never seen before: ${error.presented}.`, {
      host: options.host,
      presented: error.presented,
      hint: `Compare the fingerprint at the machine, then run: amt trust ${name}`,
    });
  }
}
