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
import type { EventLogEntry } from '../../machine/facts.ts';
import type { AlertSubscription, Alerts, Machine } from '../../machine/machine.ts';
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
  /** The URL as the machine reaches it; nothing where no address of ours leads to it. */
  url(): Promise<string | undefined>;
  /** Whether a subscription was made by us, in this life or an earlier one. */
  isOurs(url: string): boolean;
}

/** Events after which the log may hold what nobody told. [AMT: Event Manager] */
const READ_THE_LOG: ReadonlySet<AlertEvent> = new Set(['link-up', 'provisioning', 'remote-access', 'firmware-reset']);
/** The part of a subscription's life after which it is renewed. */
const RENEW_AT = 2 / 3;
/** Milliseconds that are waited at least, whatever the firmware says about ends. */
const LEAST_MS = 500;
/** Traps that are believed of one machine in a minute: anybody can send them. */
const MOST_TRAPS = 60;
const MINUTE_MS = 60_000;
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
  readonly #traps = { since: 0, count: 0 };
  /** By the clock that only goes forward. */
  #checkAt = 0;
  #readable = true;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> | undefined;
  /** What came while somebody looked: how soon to look again. */
  #again: number | undefined;
  #stopped = false;

  constructor(context: FollowerContext) {
    this.#context = context;
    this.#door = context.door?.((delivery) => this.#hear(delivery));
  }

  /** Looks after the machine soon, and from then on regularly while it answers. */
  wake(delayMs = 0): void {
    if (this.#stopped) return;
    if (this.#turn !== undefined) {
      this.#again = delayMs;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#turn = this.#look().finally(() => {
        this.#turn = undefined;
        const again = this.#again;
        this.#again = undefined;
        if (this.#context.online()) this.wake(again ?? this.#pause());
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
    const traps = this.#traps;
    const now = performance.now();
    if (traps.count === 0 || now - traps.since >= MINUTE_MS) Object.assign(traps, { since: now, count: 0 });
    if (++traps.count > MOST_TRAPS) {
      this.#say(`more than ${MOST_TRAPS} traps came in its name within a minute; the others are not told`);
      return;
    }
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
        if (performance.now() < this.#checkAt || this.#stopped) return;
        this.#checkIn(this.#context.patience.checkMs);
        await this.#subscribe(machine);
        await this.#subscribeTraps(machine);
      });
    } catch (error) {
      // Who does not answer is the keeper's business; it wakes us when that changes.
      if (error instanceof AmtError) this.#checkAt = 0;
      else this.#say(`its alerts are not followed: ${(error as Error).stack ?? error}`);
    }
  }

  async #readLog({ eventLog }: Machine): Promise<void> {
    if (!this.#readable) return;
    const entries = await this.#tail
      .next((limit) => eventLog.read(limit === undefined ? {} : { limit }))
      .catch((error: unknown) => {
        this.#without('its event log cannot be read', error);
        // Asking again and again for what is not permitted might lock the account.
        this.#readable = !(error instanceof AuthenticationFailed);
        return [];
      });
    for (const { raw } of entries) this.#tell(alertOfRecord(decodeEventRecord(fromHex(raw))));
  }

  async #subscribe({ alerts }: Machine): Promise<void> {
    const door = this.#door;
    if (door === undefined) return;
    const url = await door.url();
    if (url === undefined)
      return this.#say('it is not asked to push what happens: no address of this computer leads there');
    try {
      this.#subscription = await this.#subscribed(alerts, door, url);
      const { expiresAt } = this.#subscription;
      if (expiresAt !== undefined) this.#checkIn((expiresAt.getTime() - Date.now()) * RENEW_AT);
    } catch (error) {
      this.#subscription = undefined;
      this.#without('what happens is read from its event log, since it does not push', error);
      if (error instanceof AuthenticationFailed) this.#door = undefined;
      // Firmware that is busy says anything.
      const { checkMs, subscribedTailMs } = this.#context.patience;
      this.#checkIn(Math.min(checkMs, subscribedTailMs));
    }
  }

  /** 1. What is there of ours. 2. What an earlier life left goes. 3. What is missing, or soon ends, is asked for. */
  async #subscribed(alerts: Alerts, door: FollowerDoor, url: string): Promise<AlertSubscription> {
    const ours = (await alerts.subscriptions()).filter((each) => door.isOurs(each.url));
    const [known, ...twins] = ours.filter((each) => each.url === url);
    for (const left of [...ours.filter((each) => each.url !== url), ...twins]) await alerts.unsubscribe(left);
    if (known === undefined) {
      const { login } = door;
      return await alerts.subscribe({ url, ...(login === undefined ? {} : { login }) });
    }
    const before = this.#subscription;
    if (before?.expiresAt === undefined) return known;
    return await alerts.renew(before, Math.ceil(this.#context.patience.checkMs / 1000) * 2);
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

  /** The next look at what is subscribed, unless there is an earlier one. */
  #checkIn(ms: number): void {
    const now = performance.now();
    this.#checkAt = this.#checkAt > now ? Math.min(this.#checkAt, now + ms) : now + ms;
  }

  /** Says what will not be, and why. A login that is refused here is no wrong password: the account may not do this. */
  #without(what: string, error: unknown): void {
    if (!(error instanceof AmtError) || isLost(error)) throw error;
    this.#say(`${what}: ${error.message}`);
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
    // A little early or late, so that many machines do not come at once.
    const spread = pause * (0.95 + 0.1 * Math.random());
    return Math.min(spread, Math.max(this.#checkAt - performance.now(), LEAST_MS));
  }
}

function isLost({ code }: AmtError): boolean {
  return code === 'CONNECT_FAILED' || code === 'TIMED_OUT' || code === 'UNTRUSTED' || code === 'CANCELLED';
}

function ignored(): void {}
