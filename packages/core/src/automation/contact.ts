/** The contact to one machine: its connection, made when needed, and what the last attempts said about it. */
import {
  AmtError,
  AuthenticationFailed,
  Cancelled,
  ConnectFailed,
  InvalidBook,
  TimedOut,
  Untrusted,
} from '../errors.ts';
import type { FirmwareInfo, Machine } from '../machine/machine.ts';
import type { Reachability } from './changes.ts';

/** What changes of a contact. */
export interface ContactEvents {
  reached(reachability: Reachability, error: AmtError | undefined): void;
  identified(firmware: FirmwareInfo): void;
  /** An attempt found nobody. Called each time, unlike `reached`. */
  missed(): void;
}

/** The contact to one machine. */
export interface Contact {
  readonly reachability: Reachability;
  /** Why it is not online. */
  readonly error: AmtError | undefined;
  readonly firmware: FirmwareInfo | undefined;
  /** How long the last piece of work took, milliseconds. */
  readonly roundTripMs: number | undefined;
  /** Attempts in a row that found nobody. */
  readonly misses: number;
  /** Works with the machine; connects first where there is no connection. */
  use<T>(work: (machine: Machine) => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
  /** The machine itself; connects first where there is no connection. */
  lend(signal: AbortSignal | undefined): Promise<Machine>;
  /** Ends the connection; the next use makes a new one. */
  drop(): Promise<void>;
}

/**
 * A contact that has not been tried yet.
 *
 * @param busy whether sessions are open over the connection: they would end with it, so it is then kept when a request
 * finds nobody
 */
export function createContact(
  connect: (signal: AbortSignal | undefined) => Promise<Machine>,
  events: ContactEvents,
  busy: () => boolean = () => false,
): Contact {
  let connection: Promise<Machine> | undefined;
  let reachability: Reachability = 'unknown';
  let error: AmtError | undefined;
  let firmware: FirmwareInfo | undefined;
  let roundTripMs: number | undefined;
  let misses = 0;

  function connected(signal: AbortSignal | undefined): Promise<Machine> {
    if (connection === undefined) {
      const attempt = connect(signal);
      connection = attempt;
      attempt.then(
        (machine) => identify(machine.firmware),
        () => {
          if (connection === attempt) connection = undefined;
        },
      );
    }
    return connection;
  }

  function identify(now: FirmwareInfo): void {
    const before = firmware;
    firmware = now;
    if (before === undefined || before.uuid !== now.uuid || before.version !== now.version) events.identified(now);
  }

  async function drop(): Promise<void> {
    const current = connection;
    connection = undefined;
    await current?.then((machine) => machine.close()).catch(() => {});
  }

  function reach(now: Reachability, why: AmtError | undefined): void {
    const news = reachability !== now || error?.code !== why?.code;
    error = why;
    if (!news) return;
    reachability = now;
    events.reached(now, why);
  }

  return {
    get reachability() {
      return reachability;
    },
    get error() {
      return error;
    },
    get firmware() {
      return firmware;
    },
    get roundTripMs() {
      return roundTripMs;
    },
    get misses() {
      return misses;
    },
    drop,
    async use(work, signal) {
      try {
        const machine = await connected(signal);
        const startedAt = performance.now();
        const result = await work(machine);
        roundTripMs = performance.now() - startedAt;
        misses = 0;
        reach('online', undefined);
        return result;
      } catch (problem) {
        await learn(problem);
        throw problem;
      }
    },
    async lend(signal) {
      const isNew = connection === undefined;
      try {
        const machine = await connected(signal);
        if (isNew) {
          misses = 0;
          reach('online', undefined);
        }
        return machine;
      } catch (problem) {
        await learn(problem);
        throw problem;
      }
    },
  };

  /** What an attempt that failed says about the contact. */
  async function learn(problem: unknown): Promise<void> {
    if (problem instanceof AuthenticationFailed) {
      await drop();
      reach('refused', problem);
    } else if (lost(problem)) {
      if (problem instanceof Untrusted || !busy()) await drop();
      misses++;
      reach('offline', problem as AmtError);
      events.missed();
    } else if (problem instanceof InvalidBook) {
      // Nobody was asked: the book does not say how, or a secret is not where it says.
      misses++;
      reach('unknown', problem);
    } else if (problem instanceof AmtError && !(problem instanceof Cancelled)) {
      misses = 0;
      reach('online', undefined);
    }
  }
}

/** Errors after which the connection is worth nothing. */
export function lost(error: unknown): boolean {
  return error instanceof ConnectFailed || error instanceof TimedOut || error instanceof Untrusted;
}
