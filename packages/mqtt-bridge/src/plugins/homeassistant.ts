/**
 * Machines in Home Assistant: one device message for each, after the first contact that told its UUID, and again only
 * when it has changed. When Home Assistant starts, everything is told again, once and in order.
 */
import { setTimeout as pauseFor } from 'node:timers/promises';
import { definePlugin, type FleetMachine, type Plugin, type Value } from '@amtkit/core/automation';
import type { Message } from '../connection/message.ts';
import type { BridgeContext } from '../context.ts';
import { bridgeDeviceTopic, bridgeMessage } from '../homeassistant/bridge-device.ts';
import type { DiscoveryOptions } from '../homeassistant/discovery.ts';
import { ToldDevices } from '../homeassistant/told-devices.ts';
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

class Devices {
  readonly #context: BridgeContext;
  readonly #options: DiscoveryOptions;
  readonly #told: ToldDevices;
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
    this.#told = new ToldDevices(context, this.#options);
    const required = table.flatMap(({ capability, choices }) => [
      choices,
      'requires' in capability ? capability.requires?.reading : undefined,
    ]);
    this.#decisive = new Set([...required.filter((id) => id !== undefined), ...FACTS]);
    this.#complete = table.filter(({ published }) => published).map(({ capability }) => capability.id);
    for (const { name, firmware } of fleet.machines.values()) if (firmware !== undefined) this.#touch(name);
  }

  prepare(): Promise<void> {
    return this.#told.prepare();
  }

  remove(machine: string): void {
    this.#changed.delete(machine);
    this.#told.remove(machine);
  }

  *announce(): Iterable<Message> {
    yield* this.#bridge();
    for (const machine of this.#context.fleet.machines.values()) {
      const uuid = machine.firmware?.uuid;
      if (uuid === undefined || (!this.#told.has(uuid) && !this.#isComplete(machine))) continue;
      this.#changed.delete(machine.name);
      yield* this.#told.tell(machine, uuid, true);
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
        const messages = [...this.#told.tell(machine, uuid, false)];
        // Both steps of a removal must go out, so they may not replace one another while they wait.
        const topics = new Set(messages.map(({ topic }) => topic));
        if (topics.size === messages.length) for (const message of messages) connection.publish(message);
        else void connection.announce(messages);
      }
      this.#changed.delete(name);
    }
  }

  #isComplete({ values }: FleetMachine): boolean {
    return this.#complete.every((id) => values.has(id));
  }
}

/** Readings that the device itself is described by. */
const FACTS = ['hw.manufacturer', 'hw.model', 'hw.serial', 'hw.bios', 'net.mac'];

/** Values come one by one; that is one piece of news. */
const COLLECT_MS = 100;
