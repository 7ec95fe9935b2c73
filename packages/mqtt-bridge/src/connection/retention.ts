/**
 * Keeps retained commands from being obeyed, and takes them out of the broker.
 *
 * On MQTT 5 the flag arrives as it was published. On 3.1.1 a live command looks the same whether it is being retained or
 * not: it runs, and afterwards the broker is made to repeat what it retains by subscribing again. Taking a retained copy
 * away is itself an empty message on the command's topic, which 3.1.1 sends back to us: it is expected and not obeyed.
 */
import type { Log } from '@amtkit/core/automation';
import type { Connection } from './connection.ts';
import type { Incoming } from './message.ts';

/** What to do with a command. */
export type Verdict = 'obey' | 'refuse' | 'ignore';

/** Judges commands as they come in. */
export interface Retention {
  judge(message: Incoming): Verdict;
  /** The broker is there anew: what was expected of the old connection never comes. */
  reset(): void;
  stop(): void;
}

/** How a judge works. */
export interface RetentionOptions {
  readonly connection: Connection;
  /** Filters of all commands. */
  readonly filters: readonly string[];
  /** After a live command, before looking whether the broker retained it; undefined where it cannot have. */
  readonly probeMs: number | undefined;
  readonly log: Log;
  /** Milliseconds of a steady clock. */
  readonly now?: () => number;
}

/** How long an echo or a repetition may take. */
const EXPECTED_MS = 10_000;

/** A judge for one bridge. */
export function createRetention(options: RetentionOptions): Retention {
  const { connection, filters, probeMs, log, now = () => performance.now() } = options;
  /** Topics that were emptied by us, and until when that may come back. */
  const echoes = new Map<string, number>();
  /** Commands that ran and may have been retained: the payload by topic. */
  const ran = new Map<string, { readonly payload: Uint8Array; readonly until: number }>();
  let probe: NodeJS.Timeout | undefined;

  const isOld = (): boolean => connection.protocol === '3.1.1';

  function clear(topic: string): void {
    if (isOld()) {
      if ((echoes.get(topic) ?? 0) > now()) return;
      echoes.set(topic, now() + EXPECTED_MS);
    }
    connection.publish({ topic, payload: '', retain: true });
  }

  function look(message: Incoming): void {
    if (probeMs === undefined || !isOld() || message.payload.length === 0) return;
    ran.set(message.topic, { payload: message.payload, until: now() + probeMs + EXPECTED_MS });
    probe ??= setTimeout(() => {
      probe = undefined;
      for (const [topic, { until }] of ran) if (until < now()) ran.delete(topic);
      connection.subscribeAgain(filters);
    }, probeMs);
    probe.unref();
  }

  return {
    judge(message) {
      const { topic, payload, retained } = message;
      if (!retained) {
        if (payload.length === 0 && (echoes.get(topic) ?? 0) > now()) {
          echoes.delete(topic);
          return 'ignore';
        }
        look(message);
        return 'obey';
      }
      // Somebody takes a retained command back.
      if (payload.length === 0) return 'ignore';
      clear(topic);
      const same = ran.get(topic);
      if (same === undefined || same.until < now() || !Buffer.from(same.payload).equals(payload)) return 'refuse';
      ran.delete(topic);
      log.warn(`The command on ${topic} was published to be retained. It ran once, and was taken out of the broker.`);
      return 'ignore';
    },
    reset() {
      echoes.clear();
      ran.clear();
    },
    stop() {
      clearTimeout(probe);
    },
  };
}
