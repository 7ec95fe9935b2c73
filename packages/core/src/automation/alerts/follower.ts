/**
 * Learns of what happens at one machine: by a subscription where there is a listener and the firmware takes it, and by
 * its event log otherwise, and beside it.
 */

import { fromHex, toHex } from '../../bytes/hex.ts';
import { AmtError, AuthenticationFailed } from '../../errors.ts';
import { type Alert, alertOfIndication, alertOfRecord, alertOfTrap } from '../../events/alert.ts';
import type { AlertEvent } from '../../events/alert-event.ts';
import type { AlertDoor } from '../../events/alert-listener.ts';
import type { Delivery } from '../../events/indication.ts';
import type { Trap } from '../../events/pet.ts';
import { decodeEventRecord } from '../../events/record.ts';
import type { AlertSubscription, EventLogEntry, Machine } from '../../machine/machine.ts';
import { createLogTail } from './log-tail.ts';
import type { AlertPatience } from './settings.ts';
import { createTold } from './told.ts';

/** What a follower works with. */
export interface FollowerContext {
  readonly machine: string;
  readonly patience: AlertPatience;
  /** Works with the machine in its turn. */
  readonly use: <T>(work: (machine: Machine) => Promise<T>) => Promise<T>;
  /** Whether it answers now. */
  readonly online: () => boolean;
  readonly tell: (alert: Alert) => void;
  readonly log: (line: string) => void;
  /** Its way into the listener; nothing where there is none. */
  readonly door?: ((received: (delivery: Delivery) => void) => FollowerDoor) | undefined;
  /** Where its traps are to go; nothing where nobody listens for them. */
  readonly trapAddress?: (() => Promise<string | undefined>) | undefined;
}

/** A door with what the machine has to know of it. */
export interface FollowerDoor extends AlertDoor {
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** The URL as the machine reaches it. @throws ConnectFailed where it reaches nothing of ours */
  url(): Promise<string>;
  /** Whether a subscription was made by us, in this life or an earlier one. */
  isOurs(url: string): boolean;
}

/** Events after which the log may hold what nobody told. [AMT: Event Manager] */
const READ_THE_LOG: ReadonlySet<AlertEvent> = new Set(['link-up', 'provisioning', 'remote-access', 'firmware-reset']);
/** The part of a subscription's life after which it is renewed. */
const RENEW_AT = 2 / 3;
/** Milliseconds that are waited at least, whatever the firmware says about ends. */
const LEAST_MS = 500;
/** Lines that are said of one machine. */
const MOST_LINES = 20;

/** Follows one machine. */
export class AlertFollower {
  readonly #context: FollowerContext;
  readonly #tail = createLogTail<EventLogEntry>();
  readonly #told = createTold();
  readonly #said = new Set<string>();
  #door: FollowerDoor | undefined;
  #subscription: AlertSubscription | undefined;
  #trapsAt: string | undefined;
  #checkAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> | undefined;
  #stopped = false;

  constructor(context: FollowerContext) {
    this.#context = context;
    this.#door = context.door?.((delivery) => this.#hear(delivery));
  }

  /** Looks after the machine soon, and from then on regularly while it answers. */
  wake(delayMs = 0): void {
    if (this.#stopped || this.#turn !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#turn = this.#look().finally(() => {
        this.#turn = undefined;
        if (this.#context.online()) this.wake(this.#pause());
      });
    }, delayMs);
    this.#timer.unref();
  }

  /** The machine was away: what is subscribed has to be looked at. */
  returned(): void {
    this.#checkAt = 0;
    this.wake();
  }

  /** A trap of this machine. */
  trapped(trap: Trap): void {
    const { guid, sequence, record, ticks } = trap;
    const number = sequence === 0 ? `${ticks} ${toHex(record.data)}` : String(sequence);
    this.#tell(alertOfTrap(trap), `${toHex(guid)} ${number} ${record.seconds}`);
  }

  /** Ends what was subscribed, as far as the machine answers. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#door?.close();
    await this.#turn;
    const [subscription, traps] = [this.#subscription, this.#trapsAt];
    if ((subscription === undefined && traps === undefined) || !this.#context.online()) return;
    await this.#context
      .use(async ({ alerts }) => {
        if (subscription !== undefined) await alerts.unsubscribe(subscription);
        if (traps !== undefined) await alerts.unsubscribeTraps(traps);
      })
      .catch(ignored);
  }

  // — hearing —

  #hear({ messageId, ended, indications }: Delivery): void {
    if (this.#stopped) return;
    if (ended) {
      this.#subscription = undefined;
      this.returned();
    }
    for (const indication of indications) {
      this.#tell(alertOfIndication(indication), `${messageId} ${indication.identifier}`);
    }
  }

  #tell(alert: Alert, number?: string): void {
    if (this.#stopped || !this.#told.isNew(alert, number)) return;
    this.#context.tell(alert);
    if (alert.source !== 'log' && READ_THE_LOG.has(alert.event)) this.wake(this.#context.patience.soonMs);
  }

  // — looking —

  async #look(): Promise<void> {
    if (!this.#context.online()) return;
    try {
      await this.#context.use(async (machine) => {
        await this.#readLog(machine);
        if (Date.now() < this.#checkAt || this.#stopped) return;
        this.#checkAt = Date.now() + this.#context.patience.checkMs;
        await this.#subscribe(machine);
        await this.#subscribeTraps(machine);
      });
    } catch (error) {
      // Who does not answer is the keeper's business; it wakes us when that changes.
      if (!(error instanceof AmtError)) this.#say(`its alerts are not followed: ${(error as Error).stack ?? error}`);
    }
  }

  async #readLog({ eventLog }: Machine): Promise<void> {
    const entries = await this.#tail
      .next((limit) => eventLog.read(limit === undefined ? {} : { limit }))
      .catch((error: unknown) => this.#without('its event log cannot be read', error));
    for (const { raw } of entries ?? []) this.#tell(alertOfRecord(decodeEventRecord(fromHex(raw))));
  }

  /** 1. What is there of ours. 2. What an earlier life left goes. 3. What is missing, or soon ends, is asked for. */
  async #subscribe({ alerts }: Machine): Promise<void> {
    const door = this.#door;
    if (door === undefined) return;
    try {
      const url = await door.url();
      const ours = (await alerts.subscriptions()).filter((each) => door.isOurs(each.url));
      const known = ours.filter((each) => each.url === url);
      for (const left of [...ours.filter((each) => each.url !== url), ...known.slice(1)])
        await alerts.unsubscribe(left);
      const { expiresAt } = this.#subscription ?? {};
      if (known.length === 0) {
        const { login } = door;
        this.#subscription = await alerts.subscribe({ url, ...(login === undefined ? {} : { login }) });
      } else if (expiresAt !== undefined && this.#subscription !== undefined) {
        const seconds = Math.ceil(this.#context.patience.checkMs / 1000) * 2;
        this.#subscription = await alerts.renew(this.#subscription, seconds);
      } else this.#subscription = known[0];
    } catch (error) {
      this.#subscription = undefined;
      this.#without('its event log is read instead of being told', error);
    }
    const ends = this.#subscription?.expiresAt?.getTime();
    if (ends !== undefined) this.#checkAt = Math.min(this.#checkAt, Date.now() + (ends - Date.now()) * RENEW_AT);
  }

  async #subscribeTraps({ alerts }: Machine): Promise<void> {
    const address = await this.#context.trapAddress?.();
    if (address === undefined) return;
    try {
      await alerts.subscribeTraps(address);
      this.#trapsAt = address;
    } catch (error) {
      this.#without('it sends no traps', error);
    }
  }

  /** Says what will not be, and why. A login that is refused here is no wrong password: the account may not do this. */
  #without(what: string, error: unknown): undefined {
    if (!(error instanceof AmtError) || isLost(error)) throw error;
    if (error instanceof AuthenticationFailed) this.#checkAt = Number.POSITIVE_INFINITY;
    this.#say(`${what}: ${error.message}`);
    return undefined;
  }

  /** Each line once, however often it is true. */
  #say(what: string): void {
    const line = `${this.#context.machine}: ${what}`;
    if (this.#said.has(line) || this.#said.size === MOST_LINES) return;
    this.#said.add(line);
    this.#context.log(line);
  }

  #pause(): number {
    const { tailMs, subscribedTailMs } = this.#context.patience;
    const pause = this.#subscription === undefined ? tailMs : subscribedTailMs;
    const check = this.#checkAt - Date.now();
    // A little early or late, so that many machines do not come at once.
    const spread = pause * (0.95 + 0.1 * Math.random());
    return Math.max(0, Math.min(spread, Number.isFinite(check) ? Math.max(check, LEAST_MS) : spread));
  }
}

function isLost({ code }: AmtError): boolean {
  return code === 'CONNECT_FAILED' || code === 'TIMED_OUT' || code === 'UNTRUSTED' || code === 'CANCELLED';
}

function ignored(): void {}
