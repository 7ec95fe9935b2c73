/**
 * Who sent a command: MQTT tells receivers nothing of senders, but the broker inside the bridge knows them, and the
 * bridge may ask it.
 */

/** Senders of commands that are on their way from the broker to the bridge. */
export interface Senders {
  /** A user sends this. */
  note(topic: string, payload: Uint8Array, name: string): void;
  /** Who sent what has arrived now; each message is asked for once. */
  take(topic: string, payload: Uint8Array): string | undefined;
}

/** Nothing is on its way. */
export function createSenders(now: () => number = () => performance.now()): Senders {
  const notes = new Map<string, { readonly payload: Buffer; readonly name: string; readonly at: number }[]>();
  let count = 0;

  /** What did not arrive for so long never will: nobody subscribed, or the topic was refused. */
  function forgetOld(): void {
    for (const [topic, sent] of notes) {
      const young = sent.filter(({ at }) => now() - at < LONGEST_WAY_MS);
      count -= sent.length - young.length;
      if (young.length === 0) notes.delete(topic);
      else notes.set(topic, young);
    }
  }

  return {
    note(topic, payload, name) {
      if (count >= MOST_NOTES) forgetOld();
      if (count >= MOST_NOTES) return;
      const sent = notes.get(topic) ?? [];
      sent.push({ payload: Buffer.from(payload), name, at: now() });
      notes.set(topic, sent);
      count++;
    },
    take(topic, payload) {
      const sent = notes.get(topic);
      const place = sent?.findIndex((note) => note.payload.equals(payload)) ?? -1;
      if (sent === undefined || place < 0) return undefined;
      const [found] = sent.splice(place, 1);
      if (sent.length === 0) notes.delete(topic);
      count--;
      return found === undefined || now() - found.at > LONGEST_WAY_MS ? undefined : found.name;
    },
  };
}

const LONGEST_WAY_MS = 10_000;
const MOST_NOTES = 10_000;
