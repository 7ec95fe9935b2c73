/** Asks bridges whether they are there: by a request for `health`, which every bridge answers. */
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Connection } from '../connection/connection.ts';
import type { Incoming } from '../connection/message.ts';
import type { Topics } from '../topics.ts';

/** Who asks. */
export interface Roll {
  /** Filter of the answers. */
  readonly filter: string;
  /** Whether the bridge of an id answers; asks three times. */
  answers(id: string): Promise<boolean>;
  /** `true`: an answer, or a question of our own that came back. */
  receive(message: Incoming): boolean;
  stop(): void;
}

/** What a roll needs. @param mark of our own questions */
export function createRoll({
  topics,
  connection,
  mark,
  askMs,
}: {
  readonly topics: Topics;
  readonly connection: Pick<Connection, 'publish'>;
  readonly mark: string;
  readonly askMs: number;
}): Roll {
  const asked = new Map<string, (isThere: boolean) => void>();
  const asking = new Map<string, Promise<boolean>>();
  const stopped = new AbortController();

  async function askOnce(id: string): Promise<boolean> {
    const answered = new Promise<boolean>((resolve) => asked.set(id, resolve));
    connection.publish({
      topic: topics.ofBridge(id, 'request/health'),
      payload: JSON.stringify({ transaction: mark }),
    });
    const silence = pauseFor(askMs, false, { signal: stopped.signal, ref: false }).catch(() => true);
    return await Promise.race([answered, silence]);
  }

  return {
    filter: topics.ofBridge('+', 'response/health'),
    async answers(id) {
      const thrice = async (): Promise<boolean> => (await askOnce(id)) || (await askOnce(id)) || (await askOnce(id));
      const answer = asking.get(id) ?? thrice().finally(() => asking.delete(id));
      asking.set(id, answer);
      return await answer;
    },
    receive({ topic, payload }) {
      const of = topics.bridgeIn(topic);
      if (of === undefined || !Buffer.from(payload).includes(mark)) return of?.path === 'response/health';
      if (of.path === 'response/health') asked.get(of.id)?.(true);
      // On 3.1.1 we hear what we ask of a bridge with our own id, and may not answer for it.
      return of.path === 'response/health' || of.path === 'request/health';
    },
    stop() {
      stopped.abort();
    },
  };
}
