/**
 * Machines in Home Assistant: one device message for each, after the first contact that told its UUID, and again only
 * when it has changed. When Home Assistant starts, everything is told again, once and in order.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pauseFor } from 'node:timers/promises';
import { definePlugin, type FleetMachine, type Plugin, type Value } from '@amtkit/core/automation';
import {
  bridgeDeviceTopic,
  bridgeMessage,
  type DeviceMessage,
  type DiscoveryOptions,
  deviceMessage,
  deviceTopic,
  discoveryFilter,
  loneMessages,
  possible,
} from '../discovery.ts';
import type { BridgeContext } from '../feature.ts';
import type { Message } from '../message.ts';
import { ONLINE } from '../topics.ts';

/** Publishes device messages below `<prefix>/device/amtkit/`, and beside them entities that need a message of their own. */
export function homeAssistantPlugin(context: BridgeContext): Plugin {
  const devices = new Devices(context);
  const { statusTopic } = context.settings.homeassistant;
  return definePlugin({
    name: 'homeassistant',
    setup({ mqtt }) {
      mqtt?.subscribe(statusTopic);
      mqtt?.prepare(() => devices.prepare());
      mqtt?.announce(() => devices.announce());
      const unfollow = context.news.follow(() => devices.news());
      return async () => {
        unfollow();
        await devices.stop();
      };
    },
    valueChanged: ({ machine, id, value, previous }) => devices.valueChanged(machine, id, value, previous),
    changed(change) {
      if (change.type === 'identified') devices.identified(change.machine, change.firmware.uuid);
    },
    machineRemoved: ({ machine }) => devices.remove(machine),
    received({ topic, payload, retained }) {
      if (topic !== statusTopic) return false;
      if (!retained && Buffer.from(payload).toString('utf8') === ONLINE) devices.born();
      return true;
    },
  });
}

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

class Devices {
  readonly #context: BridgeContext;
  readonly #options: DiscoveryOptions;
  /** By UUID. */
  readonly #told = new Map<string, Told>();
  /** Lists of components, each once. */
  readonly #lists = new Map<string, string>();
  /** Machines whose message may have changed, and since when. */
  readonly #changed = new Map<string, number>();
  /** Readings that decide what a message says, beside those that decide by being there or not. */
  readonly #decisive: ReadonlySet<string>;
  readonly #complete: readonly string[];
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #announced = false;
  #toldPermit: string | undefined;
  #birth: Promise<void> | undefined;
  #bornAgain = false;

  constructor(context: BridgeContext) {
    const { settings, topics, version, table, fleet } = context;
    const { prefix, macs, areas } = settings.homeassistant;
    this.#context = context;
    this.#options = { topics, bridge: settings.id, prefix, version, macs, areas };
    const required = table.flatMap(({ capability, choices }) => [
      choices,
      'requires' in capability ? capability.requires?.reading : undefined,
    ]);
    this.#decisive = new Set([...required.filter((id) => id !== undefined), ...FACTS]);
    this.#complete = table.filter(({ published }) => published).map(({ capability }) => capability.id);
    for (const { name, firmware } of fleet.machines.values()) if (firmware !== undefined) this.#touch(name);
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

  *announce(): Iterable<Message> {
    yield* this.#bridge();
    for (const machine of this.#context.fleet.machines.values()) {
      const uuid = machine.firmware?.uuid;
      if (uuid === undefined || (!this.#told.get(uuid)?.hash && !this.#isComplete(machine))) continue;
      this.#changed.delete(machine.name);
      yield* this.#tell(machine, uuid, true);
    }
    this.#announced = true;
  }

  /** What the bridge's own device has depends on the permit. */
  news(): void {
    const { connection, permit } = this.#context;
    if (!this.#announced || !connection.connected || permit.mode === this.#toldPermit) return;
    // Both steps of a removal must go out, so they may not replace one another while they wait.
    void connection.announce([...this.#bridge()]);
  }

  /** The first contact told what it is. */
  identified(machine: string, uuid: string | undefined): void {
    this.#touch(machine);
    if (uuid !== undefined) return;
    this.#context.log.warn(`${machine} has no UUID and is left out of Home Assistant; its topics are there.`);
  }

  valueChanged(machine: string, id: string, value: Value, previous: Value): void {
    const cameOrWent = (value === undefined) !== (previous === undefined);
    if (cameOrWent || this.#decisive.has(id)) this.#touch(machine);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#birth;
  }

  /** Home Assistant has started. A burst of births is one. */
  born(): void {
    if (this.#birth !== undefined) {
      this.#bornAgain = true;
      return;
    }
    this.#birth = this.#tellEverything()
      .catch(() => {})
      .finally(() => {
        this.#birth = undefined;
        if (this.#bornAgain && !this.#stopped.signal.aborted) {
          this.#bornAgain = false;
          this.born();
        }
      });
  }

  /** Devices, a moment for Home Assistant to make entities of them, then states and availability. */
  async #tellEverything(): Promise<void> {
    const { connection, patience } = this.#context;
    const { signal } = this.#stopped;
    await pauseFor(patience.birthMs + Math.random() * patience.birthSpreadMs, undefined, { signal });
    this.#bornAgain = false;
    await connection.announce(this.announce());
    await pauseFor(patience.settleMs, undefined, { signal });
    await connection.announce(this.#context.others('homeassistant'));
    await pauseFor(patience.birthPauseMs, undefined, { signal });
  }

  /** The bridge's own device; before it one that takes the switch of the permit away, which an earlier run may have had. */
  *#bridge(): Iterable<Message> {
    const { prefix, bridge } = this.#options;
    const { mode } = this.#context.permit;
    this.#toldPermit = mode;
    const message = bridgeMessage({ ...this.#options, permit: mode });
    const topic = bridgeDeviceTopic(prefix, bridge);
    if (mode !== 'window') {
      const components = { ...message.components, permit: { platform: 'switch' } };
      yield { topic, payload: JSON.stringify({ ...message, components }), retain: true };
    }
    yield { topic, payload: JSON.stringify(message), retain: true };
  }

  #touch(machine: string): void {
    if (!this.#changed.has(machine)) this.#changed.set(machine, performance.now());
    this.#schedule();
  }

  #schedule(): void {
    if (this.#changed.size === 0 || this.#stopped.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tellChanged();
      this.#schedule();
    }, COLLECT_MS);
    this.#timer.unref();
  }

  #tellChanged(): void {
    const { fleet, connection, patience } = this.#context;
    // Until then it waits for the announcement of everything, which is made when the broker is there.
    if (!this.#announced || !connection.connected) return;
    const latest = performance.now() - patience.incompleteMs;
    for (const [name, since] of this.#changed) {
      const machine = fleet.machines.get(name);
      const uuid = machine?.firmware?.uuid;
      if (machine !== undefined && uuid !== undefined) {
        if (!this.#isComplete(machine) && since > latest) continue;
        const messages = [...this.#tell(machine, uuid, false)];
        // Both steps of a removal must go out, so they may not replace one another while they wait.
        const topics = new Set(messages.map(({ topic }) => topic));
        if (topics.size === messages.length) for (const message of messages) connection.publish(message);
        else void connection.announce(messages);
      }
      this.#changed.delete(name);
    }
  }

  /**
   * The messages of a machine if they are new or `again`. Before that of the device one that takes away components that
   * are gone, or are of another platform now.
   */
  *#tell(machine: FleetMachine, uuid: string, again: boolean): Iterable<Message> {
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
    this.#changed.delete(machine);
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

  #isComplete({ values }: FleetMachine): boolean {
    return this.#complete.every((id) => values.has(id));
  }

  #list(pairs: readonly string[]): string {
    const text = pairs.join('\n');
    const known = this.#lists.get(text);
    if (known === undefined) this.#lists.set(text, text);
    return known ?? text;
  }
}

/** Readings that the device itself is described by. */
const FACTS = ['hw.manufacturer', 'hw.model', 'hw.serial', 'hw.bios', 'net.mac'];

/** Values come one by one; that is one piece of news. */
const COLLECT_MS = 100;

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
