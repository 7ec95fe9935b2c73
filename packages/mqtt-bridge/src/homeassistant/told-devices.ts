/**
 * What Home Assistant was told of machines, in this run and in earlier ones: so that it is told only what is new, and
 * that what is gone is taken away.
 */
import { createHash } from 'node:crypto';
import type { FleetMachine } from '@amtkit/core/automation';
import type { Message } from '../connection/message.ts';
import type { BridgeContext } from '../context.ts';
import { bridgeDeviceTopic } from './bridge-device.ts';
import {
  type DeviceMessage,
  type DiscoveryOptions,
  deviceMessage,
  deviceTopic,
  discoveryFilter,
  loneMessages,
  possible,
} from './discovery.ts';

/** The messages of a machine as they were last published. */
interface Told {
  readonly machine: string;
  readonly hash: string;
  /** Components of the device message, as `key platform` pairs, one a line; the same text for all machines that have the same. */
  readonly components: string;
  /** Components it had before. Nobody knows whether their removal arrived, so it is repeated with every announcement. */
  readonly gone: string;
  /** Topics of the entities with messages of their own, and of those it had before. */
  readonly lone: readonly string[];
  readonly loneGone: readonly string[];
}

/** The memory of one bridge. */
export class ToldDevices {
  readonly #context: BridgeContext;
  readonly #options: DiscoveryOptions;
  /** By UUID. */
  readonly #told = new Map<string, Told>();
  /** Lists of components, each once. */
  readonly #lists = new Map<string, string>();

  constructor(context: BridgeContext, options: DiscoveryOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Reads what an earlier run left: to take components away in two steps, and machines that are gone. */
  async prepare(): Promise<void> {
    const { connection, knows, topics, book } = this.#context;
    const { prefix, bridge } = this.#options;
    const uuids = new Set([...(book?.machines.values() ?? [])].map(({ uuid }) => uuid));
    for (const [topic, payload] of await connection.retained([discoveryFilter(prefix)])) {
      const left = readOwn(payload, topics.bridgeState);
      // The UUID ends where the key of a lone entity begins.
      const uuid = topic.split('/').at(-2)?.split('_')[0];
      if (left === undefined || uuid === undefined || topic === bridgeDeviceTopic(prefix, bridge)) continue;
      const isKnown = (left.machine !== undefined && knows(left.machine)) || uuids.has(uuid);
      if (isKnown) this.#recall(uuid, topic, left);
      else connection.publish({ topic, payload: '', retain: true });
      if (left.machine !== undefined && !knows(left.machine)) this.#context.forget(left.machine);
    }
  }

  /** Whether this run has told of it. */
  has(uuid: string): boolean {
    return (this.#told.get(uuid)?.hash ?? '') !== '';
  }

  /**
   * The messages of a machine if they are new or `again`. Before that of the device one that takes away components that
   * are gone, or are of another platform now.
   */
  *tell(machine: FleetMachine, uuid: string, again: boolean): Iterable<Message> {
    const { prefix } = this.#options;
    const message = deviceMessage(machine, uuid, this.#context.table, this.#options);
    const payload = JSON.stringify(message);
    const lone = loneMessages(machine, uuid, this.#context.table, this.#options).map((each) => ({
      topic: each.topic,
      payload: JSON.stringify(each.message),
    }));
    const hash = createHash('sha1')
      .update(JSON.stringify([payload, lone]))
      .digest('base64');
    const before = this.#told.get(uuid) ?? this.#unremembered(uuid);
    if (before?.hash === hash && !again) return;
    const components = pairsOf(message);
    const gone = goneFrom(`${before?.components ?? ''}\n${before?.gone ?? ''}`, components);
    const topics = lone.map((each) => each.topic);
    const loneGone = [...(before?.lone ?? []), ...(before?.loneGone ?? [])].filter((topic) => !topics.includes(topic));
    this.#told.set(uuid, {
      machine: machine.name,
      hash,
      components: this.#list(components),
      // What is back is not taken away again.
      gone: this.#list(gone.filter((pair) => message.components[keyOf(pair)] === undefined)),
      lone: topics,
      loneGone,
    });
    for (const topic of loneGone) yield { topic, payload: '', retain: true };
    const topic = deviceTopic(prefix, uuid);
    if (gone.length > 0) {
      const removals = Object.fromEntries(gone.map((pair) => [keyOf(pair), { platform: pair.split(' ')[1] }]));
      const both = { ...message, components: { ...message.components, ...removals } };
      yield { topic, payload: JSON.stringify(both), retain: true };
    }
    yield { topic, payload, retain: true };
    for (const each of lone) yield { ...each, retain: true };
  }

  /** A renamed machine keeps its device: the book knows its UUID under another name. So does one that another bridge has now. */
  remove(machine: string): void {
    const { connection, book, knows } = this.#context;
    const isHandedOver = knows(machine);
    for (const [uuid, told] of this.#told) {
      if (told.machine !== machine) continue;
      if (isHandedOver) {
        this.#told.delete(uuid);
        continue;
      }
      const isRenamed = [...(book?.machines.values() ?? [])].some((entry) => entry.uuid === uuid);
      if (isRenamed) continue;
      this.#told.delete(uuid);
      for (const topic of [...told.lone, deviceTopic(this.#options.prefix, uuid)]) {
        connection.publish({ topic, payload: '', retain: true });
      }
    }
  }

  /**
   * What an earlier run may have told on the broker inside the bridge, which begins empty while Home Assistant goes on
   * with what it was told: anything.
   */
  #unremembered(uuid: string): Omit<Told, 'machine'> | undefined {
    if (!this.#context.embedded) return undefined;
    const { components, lone } = possible(uuid, this.#context.table, this.#options);
    return { hash: '', components: this.#list(components), gone: '', lone, loneGone: [] };
  }

  /** What an earlier run told of a machine, as if it had been this one. */
  #recall(uuid: string, topic: string, { machine = '', components }: Left): void {
    const told = this.#told.get(uuid) ?? { machine, hash: '', components: '', gone: '', lone: [], loneGone: [] };
    const isDevice = topic === deviceTopic(this.#options.prefix, uuid);
    this.#told.set(
      uuid,
      isDevice ? { ...told, components: this.#list(components) } : { ...told, lone: [...told.lone, topic] },
    );
  }

  #list(pairs: readonly string[]): string {
    const text = pairs.join('\n');
    const known = this.#lists.get(text);
    if (known === undefined) this.#lists.set(text, text);
    return known ?? text;
  }
}

function pairsOf({ components }: DeviceMessage): string[] {
  return Object.entries(components).map(([key, { platform }]) => `${key} ${platform}`);
}

/** The pairs of a text that are not among these. */
function goneFrom(before: string, now: readonly string[]): string[] {
  const there = new Set(now);
  const pairs = before.split('\n').filter((pair) => pair !== '' && !there.has(pair));
  return [...new Set(pairs)];
}

function keyOf(pair: string): string {
  return pair.split(' ')[0] ?? '';
}

/** What an earlier run left about a machine. */
interface Left {
  readonly machine: string | undefined;
  readonly components: string[];
}

/** What a retained discovery message says, if it is one of this bridge. */
function readOwn(payload: string, bridgeState: string): Left | undefined {
  if (!payload.includes(bridgeState)) return undefined;
  try {
    const { origin, availability, components } = JSON.parse(payload) as Partial<DeviceMessage> & {
      availability?: { topic?: unknown }[];
    };
    const [bridge, machine] = availability ?? [];
    if (origin?.name !== 'amtkit' || bridge?.topic !== bridgeState) return undefined;
    const name = typeof machine?.topic === 'string' ? machine.topic.split('/').at(-2) : undefined;
    const pairs = Object.entries(components ?? {}).map(([key, { platform }]) => `${key} ${platform}`);
    return { machine: name, components: pairs };
  } catch {
    return undefined;
  }
}
