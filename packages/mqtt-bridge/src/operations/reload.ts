/**
 * Takes over what the book says while the bridge runs, and drops no connection for it: machines, users of the embedded
 * broker, its certificate, and those settings that can change at once. The others are named, and wait for the next start.
 */
import type { Book, BridgeSettings, Fleet, Log } from '@amtkit/core/automation';
import type { EmbeddedBroker } from '../broker/broker.ts';
import { brokerPlan, secretsOf, settingsOf } from '../config.ts';
import type { News } from '../news.ts';
import type { Permit } from '../permit.ts';
import type { LogLevels } from './log-level.ts';

/** What a reload works on. */
export interface ReloadOptions {
  readonly book: Book | undefined;
  /** What a caller says in place of the book. */
  readonly instead: Partial<BridgeSettings> | undefined;
  /** The same of single settings of alerts. */
  readonly alerts: Partial<BridgeSettings['alerts']> | undefined;
  /** The settings in force; those that change at once are changed in it. */
  readonly settings: BridgeSettings;
  readonly fleet: Fleet;
  readonly permit: Permit;
  readonly embedded: EmbeddedBroker | undefined;
  readonly logLevels: LogLevels;
  readonly news: News;
  readonly log: Log;
}

/** What has come of it. */
export interface Reloaded {
  /** The book says something that it did not say before. */
  readonly changed: boolean;
  /** Settings that were taken over now. */
  readonly applied: readonly string[];
  /** Settings that differ from what is in force until the bridge is started again. */
  readonly restart: readonly string[];
}

/** Reloads, one after the other. */
export interface Reload {
  /** Reads the book again and takes it over. @throws InvalidBook, and everything stays as it was */
  now(): Promise<Reloaded>;
  /** Takes over what the book has read by itself. @throws InvalidBook */
  takeOver(): Promise<Reloaded>;
  /** Settings that wait for the next start. */
  readonly pending: readonly string[];
}

/** Settings that change at once. */
const LIVE = ['log', 'permit', 'pollSeconds', 'switchOff', 'screenshotSeconds', 'responsePrefixes'] as const;

/** Reloads of one bridge. */
export function createReload(options: ReloadOptions): Reload {
  const { book, instead, alerts, settings, fleet, permit, embedded, logLevels, news, log } = options;
  const plugins = JSON.stringify(book?.plugins ?? []);
  let pending: readonly string[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  async function apply(changed: boolean): Promise<Reloaded> {
    const wanted = settingsOf(book, instead, alerts);
    const difference = differenceOf(settings, wanted);
    const restart =
      plugins === JSON.stringify(book?.plugins ?? []) ? difference.restart : [...difference.restart, 'plugins'];
    if (embedded !== undefined && wanted.broker.kind === 'embedded') {
      const plan = await brokerPlan(wanted, book, undefined);
      if (plan.kind === 'embedded') await embedded.update(plan.options.users);
      logLevels.hide(secretsOf(plan));
    }
    const { live } = difference;
    Object.assign(settings, Object.fromEntries(LIVE.map((key) => [key, wanted[key]])));
    if (live.includes('log')) logLevels.level = wanted.log.level;
    if (live.includes('permit')) permit.change(wanted.permit);
    if (live.includes('pollSeconds') || live.includes('switchOff')) {
      const { pollSeconds, switchOff } = wanted;
      fleet.adjust({ pollMs: pollSeconds * 1000, switchOff });
    }
    if (difference.users && settings.broker.kind === 'embedded' && wanted.broker.kind === 'embedded') {
      settings.broker = { ...settings.broker, users: wanted.broker.users };
    }
    await fleet.sync();
    const applied = [...live, ...(difference.users ? ['broker.embedded.users'] : [])];
    tell(applied, restart);
    pending = restart;
    if (applied.length > 0 || restart.length > 0) news.tell();
    return { changed, applied, restart };
  }

  function tell(applied: readonly string[], restart: readonly string[]): void {
    if (applied.length > 0) log(`The book was taken over: ${applied.join(', ')}.`);
    const fresh = restart.filter((key) => !pending.includes(key));
    if (fresh.length > 0) log.warn(`The bridge has to be started again for what the book says of ${fresh.join(', ')}.`);
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  return {
    get pending() {
      return pending;
    },
    now: () => inTurn(async () => apply((await book?.reload()) ?? false)),
    takeOver: () => inTurn(() => apply(true)),
  };
}

/** Which settings differ. */
function differenceOf(
  inForce: BridgeSettings,
  wanted: BridgeSettings,
): { readonly live: readonly string[]; readonly users: boolean; readonly restart: readonly string[] } {
  const keys = new Set([...Object.keys(inForce), ...Object.keys(wanted)]) as Set<keyof BridgeSettings>;
  const differing = [...keys].filter((key) => JSON.stringify(inForce[key]) !== JSON.stringify(wanted[key]));
  const users = JSON.stringify(usersOf(inForce)) !== JSON.stringify(usersOf(wanted));
  const onlyUsers = JSON.stringify(withoutUsers(inForce)) === JSON.stringify(withoutUsers(wanted));
  const isLive = (key: string): boolean => (LIVE as readonly string[]).includes(key);
  return {
    live: differing.filter(isLive),
    users: users && inForce.broker.kind === 'embedded' && wanted.broker.kind === 'embedded',
    restart: differing.filter((key) => !isLive(key) && !(key === 'broker' && onlyUsers)),
  };
}

function usersOf({ broker }: BridgeSettings): unknown {
  return broker.kind === 'embedded' ? broker.users : undefined;
}

function withoutUsers({ broker }: BridgeSettings): unknown {
  return { ...broker, users: undefined };
}
