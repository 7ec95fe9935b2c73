/** A connection whose messages plugins may change or keep back before they go out. */
import type { Log, Plugins } from '@amtkit/core/automation';
import type { Connection } from './connection.ts';
import type { Message } from './message.ts';

/** Asks the plugins about every message. A changed one stays on its topic, or below the base topic. */
export function withPlugins(
  connection: Connection,
  base: string,
  plugins: () => Plugins | undefined,
  log: Log,
): Connection {
  const complaints = new Set<string>();

  function going(message: Message): Message | undefined {
    const changed = plugins()?.publishing(message);
    if (changed === undefined || changed === message) return message;
    if (changed === null) return undefined;
    if (changed.topic === message.topic || changed.topic.startsWith(`${base}/`)) return { ...message, ...changed };
    if (!complaints.has(changed.topic)) {
      log.warn(
        `A plugin wanted to publish to ${changed.topic}, which is not below ${base}/; ${message.topic} goes out as it was.`,
      );
    }
    complaints.add(changed.topic);
    return message;
  }

  function* goingOut(messages: Iterable<Message>): Iterable<Message> {
    for (const message of messages) {
      const sent = going(message);
      if (sent !== undefined) yield sent;
    }
  }

  return {
    get connected() {
      return connection.connected;
    },
    get protocol() {
      return connection.protocol;
    },
    get backlog() {
      return connection.backlog;
    },
    open: (user) => connection.open(user),
    publish(message) {
      const sent = going(message);
      if (sent !== undefined) connection.publish(sent);
    },
    announce: (messages) => connection.announce(goingOut(messages)),
    retained: (filters) => connection.retained(filters),
    subscribeAgain: (filters) => connection.subscribeAgain(filters),
    mute: () => connection.mute(),
    close: () => connection.close(),
  };
}
