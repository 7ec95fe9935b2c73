/** How the fleet reaches a machine: what the book says, what was learned before, and what is learned now. */
import type { Book } from '../book/book.ts';
import type { State } from '../book/state.ts';
import { InvalidBook, Untrusted } from '../errors.ts';
import { type ConnectOptions, connect } from '../machine/connect.ts';
import type { Machine } from '../machine/machine.ts';
import type { GuestMachine } from './fleet.ts';

/** Where machines and their secrets come from, and how they are spoken to. */
export interface Access extends Pick<ConnectOptions, 'timeoutMs' | 'dial' | 'trace'> {
  readonly book?: Book;
  /** Learned facts: certificates, working TLS. Without it nothing outlives the process. */
  readonly state?: State;
  /** Refuse certificates that were never seen before. @default false */
  readonly strictTls?: boolean;
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

  async function reach(name: string, options: ConnectOptions, pinned: boolean): Promise<Machine> {
    const machine = await connect(options);
    const fingerprint = machine.certificate?.fingerprint;
    if (fingerprint !== undefined && !pinned) {
      if (access.strictTls === true) {
        await machine.close();
        throw new Untrusted(`${name} presents a certificate that was never seen before: ${fingerprint}.`, {
          host: options.host,
          presented: fingerprint,
          hint: `Compare the fingerprint at the machine, then run: amt trust ${name}`,
        });
      }
      onCertificate(name, fingerprint);
    }
    const { firmware } = machine;
    await state?.learn(name, {
      ...(fingerprint === undefined ? {} : { fingerprint }),
      tls: firmware.tls ? 'on' : 'off',
      realm: firmware.realm,
      ...(firmware.uuid === undefined ? {} : { uuid: firmware.uuid }),
      version: firmware.version,
    });
    return machine;
  }

  const shared = (signal: AbortSignal | undefined) => ({
    ...(access.timeoutMs === undefined ? {} : { timeoutMs: access.timeoutMs }),
    ...(access.dial === undefined ? {} : { dial: access.dial }),
    ...(access.trace === undefined ? {} : { trace: access.trace }),
    ...(signal === undefined ? {} : { signal }),
  });

  return {
    async fromBook(name, signal) {
      const entry = book?.machines.get(name);
      if (book === undefined || entry === undefined) throw new InvalidBook(`${name} is not in the book any more.`);
      const { user, password } = await book.credentialsOf(name);
      const learned = state?.machine(name);
      const fingerprint = entry.fingerprint ?? learned?.fingerprint;
      const tls = entry.tls === undefined || entry.tls === 'auto' ? (learned?.tls === 'on' ? 'on' : 'auto') : entry.tls;
      return await reach(
        name,
        {
          host: entry.host,
          user,
          password,
          tls,
          ...(entry.ports === undefined ? {} : { ports: entry.ports }),
          ...(fingerprint === undefined ? {} : { fingerprint }),
          ...(entry.legacyTls === undefined ? {} : { legacyTls: entry.legacyTls }),
          ...shared(signal),
        },
        fingerprint !== undefined,
      );
    },
    async fromGuest(name, guest, signal) {
      const learned = state?.machine(guest.host);
      const fingerprint = guest.fingerprint ?? learned?.fingerprint;
      return await reach(
        guest.name === undefined ? guest.host : name,
        {
          host: guest.host,
          user: guest.user ?? 'admin',
          password: guest.password,
          tls: guest.tls ?? 'auto',
          ...(guest.ports === undefined ? {} : { ports: guest.ports }),
          ...(fingerprint === undefined ? {} : { fingerprint }),
          ...(guest.legacyTls === undefined ? {} : { legacyTls: guest.legacyTls }),
          ...shared(signal),
        },
        fingerprint !== undefined,
      );
    },
    async close() {
      await state?.flush();
    },
  };
}
