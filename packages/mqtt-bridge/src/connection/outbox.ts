/**
 * What waits to be published: at most one message for each retained topic, and of what is perishable; everything else in
 * order.
 *
 * While the broker is away, retained values are not kept: when it is back, everything retained is announced anew from
 * what is true then. What cannot be told again is kept: answers, events, and the removal of retained copies.
 */
import type { Message } from './message.ts';

/** What is to be sent, and what was sent and is not acknowledged yet. */
export interface Outbox {
  /** To be sent next. A newer message for a retained topic takes the place of the one that waits. */
  add(message: Message): void;
  /**
   * To be sent when nothing else waits, taken from the iterable one by one as there is room. Resolves when the last one
   * was taken: `true`, or `false` when the broker went away before.
   */
  announce(messages: Iterable<Message>): Promise<boolean>;
  /** The next message, with the ticket to acknowledge it by; undefined when there is none. */
  take(): { readonly ticket: number; readonly message: Message } | undefined;
  /** It has arrived, or was refused for good. */
  done(ticket: number): void;
  /** The broker is there, and takes messages. @param now milliseconds of a steady clock */
  arrive(now: number): void;
  /** The broker is gone. @param heardAt when it was last heard of */
  leave(heardAt: number): void;
  /** How many wait or are not acknowledged. Announcements count once they are taken. */
  readonly length: number;
  readonly unacknowledged: number;
  /** How many were dropped because more than the limit waited. */
  readonly dropped: number;
}

/** An empty outbox; the broker is not there yet. @param limit of messages that wait while it is away */
export function createOutbox(limit = 10_000): Outbox {
  let waiting = new Map<string | number, Message>();
  const sent = new Map<number, Message>();
  const announcements: { readonly messages: Iterator<Message>; readonly end: (complete: boolean) => void }[] = [];
  let tickets = 0;
  let keys = 0;
  let there = false;
  let leftAt: number | undefined;
  let dropped = 0;

  function next(): Message | undefined {
    const first = waiting.entries().next();
    if (first.done !== true) {
      waiting.delete(first.value[0]);
      return first.value[1];
    }
    for (let running = announcements[0]; running !== undefined; running = announcements[0]) {
      const { done, value } = running.messages.next();
      if (done !== true) return value;
      announcements.shift();
      running.end(true);
    }
    return undefined;
  }

  return {
    add(message) {
      if (message.perishable === true) {
        if (there) waiting.set(message.topic, message);
      } else if (message.retain !== true) {
        waiting.set(keys++, message);
        if (waiting.size > (there ? PRESENT_LIMIT : limit)) {
          waiting.delete(waiting.keys().next().value as string | number);
          dropped++;
        }
      } else if (there || isRemoval(message)) waiting.set(message.topic, message);
      else waiting.delete(message.topic);
    },
    announce(messages) {
      if (!there) return Promise.resolve(false);
      return new Promise((end) => announcements.push({ messages: messages[Symbol.iterator](), end }));
    },
    take() {
      const message = there ? next() : undefined;
      if (message === undefined) return undefined;
      const ticket = tickets++;
      sent.set(ticket, message);
      return { ticket, message };
    },
    done(ticket) {
      sent.delete(ticket);
    },
    arrive(now) {
      there = true;
      const awayMs = leftAt === undefined ? 0 : now - leftAt;
      for (const [key, { keptMs }] of waiting) if (keptMs !== undefined && awayMs > keptMs) waiting.delete(key);
    },
    leave(heardAt) {
      there = false;
      leftAt = heardAt;
      const kept = new Map<string | number, Message>();
      for (const message of [...sent.values(), ...waiting.values()]) {
        if (message.perishable === true) continue;
        if (message.retain !== true) kept.set(keys++, message);
        else if (isRemoval(message)) kept.set(message.topic, message);
        else kept.delete(message.topic);
      }
      waiting = kept;
      sent.clear();
      for (const { end } of announcements.splice(0)) end(false);
    },
    get length() {
      return waiting.size + sent.size;
    },
    get unacknowledged() {
      return sent.size;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** While the broker is there, so much may wait for it to acknowledge what is under way. */
const PRESENT_LIMIT = 100_000;

function isRemoval({ payload }: Message): boolean {
  return payload === '';
}
