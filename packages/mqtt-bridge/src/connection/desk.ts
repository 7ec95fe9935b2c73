/** The broker as plugins see it: what each announces, subscribes and retains, and what they send. */
import type { MqttMessage, PluginMqtt } from '@amtkit/core/automation';
import { isCommandTopic } from '../topics.ts';
import type { Connection } from './connection.ts';
import type { Message } from './message.ts';

/** What all plugins have asked for. */
export interface MqttDesk {
  /** The broker for the plugin of a name. `own`: one of the bridge's, which may publish anywhere. */
  mqttFor(plugin: string, own?: 'own'): PluginMqtt;
  /** Filters to subscribe. */
  filters(): readonly string[];
  /** What is to be done before the first announcement. */
  prepare(): Promise<void>;
  /** All that is retained, as it is true now: of the bridge's own plugins first. */
  announcements(but?: string): Iterable<Message>;
  /** Retained topics of a machine. */
  retainedTopics(machine: string): Iterable<string>;
  /** Forgets what was retained for a machine. */
  forget(machine: string): void;
}

/** What one plugin has asked for. */
interface Counter {
  readonly own: boolean;
  readonly filters: string[];
  readonly announced: (() => Iterable<MqttMessage>)[];
  readonly retained: ((machine: string) => Iterable<string>)[];
  readonly prepared: (() => Promise<void>)[];
  /** What it published to be retained, by topic. */
  readonly kept: Map<string, MqttMessage>;
}

/** A desk in front of a connection. */
export function createMqttDesk(base: string, connection: Connection): MqttDesk {
  const counters = new Map<string, Counter>();
  const inOrder = () => [...counters].toSorted(([, a], [, b]) => Number(b.own) - Number(a.own));

  return {
    mqttFor(plugin, own) {
      const counter: Counter = {
        own: own !== undefined,
        filters: [],
        announced: [],
        retained: [],
        prepared: [],
        kept: new Map(),
      };
      // A plugin of the book may be called like one of the bridge's own.
      counters.set(`${own ?? 'book'} ${plugin}`, counter);
      return {
        base,
        get connected() {
          return connection.connected;
        },
        publish(message) {
          if (!counter.own) {
            check(base, plugin, message.topic);
            if (message.retain === true && message.payload.length > 0) counter.kept.set(message.topic, message);
            else counter.kept.delete(message.topic);
          }
          connection.publish(message);
        },
        subscribe: (filter) => void counter.filters.push(filter),
        announce: (messages) => void counter.announced.push(messages),
        retains: (topics) => void counter.retained.push(topics),
        prepare: (work) => void counter.prepared.push(work),
      };
    },
    filters: () => [...counters.values()].flatMap(({ filters }) => filters),
    async prepare() {
      for (const [, { prepared }] of inOrder()) for (const work of prepared) await work();
    },
    *announcements(but) {
      for (const [name, { announced, kept }] of inOrder()) {
        if (but !== undefined && name === `own ${but}`) continue;
        for (const messages of announced) yield* messages();
        yield* kept.values();
      }
    },
    *retainedTopics(machine) {
      for (const { retained, kept } of counters.values()) {
        for (const topics of retained) yield* topics(machine);
        for (const topic of kept.keys()) if (topic.startsWith(`${base}/${machine}/`)) yield topic;
      }
    },
    forget(machine) {
      for (const { kept } of counters.values()) {
        for (const topic of kept.keys()) if (topic.startsWith(`${base}/${machine}/`)) kept.delete(topic);
      }
    },
  };
}

function check(base: string, plugin: string, topic: string): void {
  const why = !topic.startsWith(`${base}/`)
    ? `it is not below ${base}/`
    : topic.startsWith(`${base}/bridge/`)
      ? 'it belongs to a bridge'
      : isCommandTopic(base, topic)
        ? 'it is a command; use context.run'
        : /[+#]/.test(topic)
          ? 'it has a wildcard'
          : undefined;
  if (why !== undefined) throw new TypeError(`The plugin ${plugin} may not publish to ${topic}: ${why}.`);
}
