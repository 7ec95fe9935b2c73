/** A broker and a fleet, and between them features. The bridge itself has none. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Book,
  type BridgeSettings,
  createFleet,
  type Fleet,
  type FleetChange,
  type FleetOptions,
  type State,
} from '@amtkit/core/automation';
import { type EmbeddedBroker, startBroker } from './broker.ts';
import type { BrokerAccess } from './client.ts';
import { brokerPlan, settingsOf } from './config.ts';
import { type Connection, type ConnectionPatience, createConnection } from './connection.ts';
import { derive } from './derive.ts';
import { type BridgeContext, type BridgeFeature, defaultFeaturePatience, type FeaturePatience } from './feature.ts';
import type { Incoming, Message } from './message.ts';
import { createPermit, type Permit } from './permit.ts';
import { availabilityFeature } from './plugins/availability.ts';
import { commandsFeature } from './plugins/commands.ts';
import { eventsFeature } from './plugins/events.ts';
import { homeAssistantFeature } from './plugins/homeassistant.ts';
import { infoFeature } from './plugins/info.ts';
import { requestsFeature } from './plugins/requests.ts';
import { screenFeature } from './plugins/screen.ts';
import { stateFeature } from './plugins/state.ts';
import { createRetention, type Retention } from './retention.ts';
import { isCommandTopic, OFFLINE, ONLINE, type Topics, topicsOf } from './topics.ts';

/** How a bridge is made: over a book, or over a fleet that is there already. */
export interface BridgeOptions {
  /** Machines, settings, and secrets. */
  readonly book?: Book;
  /** Learned facts of machines. */
  readonly state?: State;
  /** In place of one made from the book. It is left open at the end. */
  readonly fleet?: Fleet;
  /** Of a fleet that was made with its guard. @default one after the settings, which guards only a fleet made here */
  readonly permit?: Permit;
  /** URL of a broker, in place of the one in the settings. */
  readonly broker?: string;
  /** In place of what the book says. */
  readonly settings?: Partial<BridgeSettings>;
  /** For a fleet made here. */
  readonly fleetOptions?: Pick<FleetOptions, 'dial' | 'patience' | 'timeoutMs' | 'strictTls' | 'poll'>;
  readonly patience?: Partial<FeaturePatience & ConnectionPatience>;
  /** One line for people. @default silent */
  readonly log?: (line: string) => void;
}

/** A bridge that runs. */
export interface Bridge extends AsyncDisposable {
  /** Where MQTT clients find the broker. */
  readonly brokerUrl: string;
  readonly connected: boolean;
  /** Everything was announced for the first time. Waits for ever while there is no broker. */
  readonly ready: Promise<void>;
  readonly fleet: Fleet;
  /** Says `offline`, ends what runs, and leaves the broker. */
  close(): Promise<void>;
}

/**
 * Starts a bridge. It does not wait for an external broker: that is looked for until it is there.
 * @throws InvalidBook when the embedded broker cannot start, or a secret is missing
 */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const { book, log = () => {} } = options;
  const settings = settingsOf(book, options.settings);
  const plan = await brokerPlan(settings, book, options.broker);
  const topics = topicsOf(settings.topic, settings.id);
  let machines: Fleet['machines'] | undefined;
  const tagsOf = (machine: string): readonly string[] | undefined => machines?.get(machine)?.tags;
  const embedded =
    plan.kind === 'embedded' ? await startBroker({ ...plan.options, base: topics.base, tagsOf, log }) : undefined;
  try {
    const permit = options.permit ?? createPermit(settings.permit);
    const fleet = options.fleet ?? (await fleetOf(options, settings, permit, log));
    machines = fleet.machines;
    const access = plan.kind === 'external' ? plan.access : embedded;
    if (access === undefined) throw new TypeError('There is no broker.');
    const { patience = {} } = options;
    const { state } = options;
    const ends = options.fleet === undefined ? [fleet] : [];
    return new RunningBridge({ book, state, settings, topics, permit, fleet, embedded, access, patience, ends, log });
  } catch (error) {
    await embedded?.close();
    throw error;
  }
}

function fleetOf(
  { book, state, fleetOptions }: BridgeOptions,
  settings: BridgeSettings,
  permit: Permit,
  log: (line: string) => void,
): Promise<Fleet> {
  if (book === undefined) throw new TypeError('A bridge needs a book or a fleet.');
  return createFleet({
    book,
    ...(state === undefined ? {} : { state }),
    guards: [permit.guard],
    switchOff: settings.switchOff,
    log,
    ...fleetOptions,
    patience: { pollMs: settings.pollSeconds * 1000, ...fleetOptions?.patience },
  });
}

/** What a bridge runs on. */
interface Parts {
  readonly book: Book | undefined;
  readonly state: State | undefined;
  readonly settings: BridgeSettings;
  readonly topics: Topics;
  readonly permit: Permit;
  readonly fleet: Fleet;
  readonly embedded: EmbeddedBroker | undefined;
  readonly access: BrokerAccess;
  readonly patience: Partial<FeaturePatience & ConnectionPatience>;
  /** What ends with the bridge. */
  readonly ends: readonly Fleet[];
  readonly log: (line: string) => void;
}

/** In the order of announcement: devices, states, availability, then the rest. */
const features = [
  homeAssistantFeature,
  stateFeature,
  availabilityFeature,
  eventsFeature,
  screenFeature,
  infoFeature,
  commandsFeature,
  requestsFeature,
] as const;

class RunningBridge implements Bridge {
  readonly fleet: Fleet;
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  readonly #features: readonly BridgeFeature[];
  readonly #connection: Connection;
  readonly #retention: Retention;
  readonly #watching = new AbortController();
  readonly #watch: Promise<unknown>;
  #tellReady: () => void = () => {};
  #prepared: boolean;
  #arrivals = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { fleet, topics, settings, access, embedded, patience, log } = parts;
    this.#parts = parts;
    this.fleet = fleet;
    this.ready = new Promise((resolve) => {
      this.#tellReady = resolve;
    });
    this.#prepared = embedded !== undefined;
    this.#connection = createConnection({
      broker: access,
      clientId: `amtkit-${settings.id}-${randomBytes(4).toString('hex')}`,
      will: { topic: topics.bridgeState, payload: OFFLINE, retain: true },
      log,
      patience,
    });
    const changes = fleet.watch({ signal: this.#watching.signal });
    const context = this.#context();
    this.#features = features
      .filter((feature) => feature !== homeAssistantFeature || settings.homeassistant.enabled)
      .map((feature) => feature(context));
    this.#retention = createRetention({
      connection: this.#connection,
      filters: [...topics.commandFilters, topics.requestFilter],
      probeMs: embedded === undefined ? context.patience.probeMs : undefined,
      log,
    });
    this.#connection.open({
      filters: this.#features.flatMap(({ filters = [] }) => filters),
      received: (message) => this.#receive(message),
      arrived: () => void this.#arrive(),
    });
    this.#watch = Promise.all([this.#followFleet(changes), this.#followBook()]);
  }

  get brokerUrl(): string {
    return this.#parts.access.url;
  }

  get connected(): boolean {
    return this.#connection.connected;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Announces everything, and only then says that the bridge is there. */
  async #arrive(): Promise<void> {
    const arrival = ++this.#arrivals;
    this.#retention.reset();
    if (!this.#prepared) {
      for (const feature of this.#features) await feature.prepare?.();
      if (arrival !== this.#arrivals || !this.connected) return;
      this.#prepared = true;
    }
    const { topics } = this.#parts;
    const online = { topic: topics.bridgeState, payload: ONLINE, retain: true };
    const complete = await this.#connection.announce(announcements(this.#features, [online]));
    if (complete) this.#tellReady();
  }

  #receive(message: Incoming): void {
    if (isCommandTopic(this.#parts.topics.base, message.topic)) {
      const verdict = this.#retention.judge(message);
      if (verdict === 'ignore') return;
      message = { ...message, retained: verdict === 'refuse' };
    }
    this.#features.some((feature) => this.#guarded(feature, () => feature.received?.(message)) === true);
  }

  async #followFleet(changes: AsyncIterable<FleetChange>): Promise<void> {
    for await (const change of changes) {
      for (const feature of this.#features) this.#guarded(feature, () => feature.changed?.(change));
      if (change.type === 'removed') this.#forget(change.machine);
    }
  }

  async #followBook(): Promise<void> {
    const { book, fleet, log } = this.#parts;
    if (book === undefined) return;
    for await (const change of book.changes({ signal: this.#watching.signal })) {
      if (change.type === 'invalid') log(`${change.error.message} The bridge goes on with what it knew.`);
      else await fleet.sync().catch((error: Error) => log(`The book was not taken over: ${error.message}`));
    }
  }

  /** What goes wrong in one feature stays there. */
  #guarded<T>(feature: BridgeFeature, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#parts.log(`${feature.name}: ${(error as Error).stack ?? error}`);
      return undefined;
    }
  }

  /** A machine that came back under the same name keeps its topics. */
  #forget(machine: string): void {
    if (this.#parts.fleet.machines.has(machine)) return;
    for (const feature of this.#features) {
      for (const topic of feature.retainedTopics?.(machine) ?? []) {
        this.#connection.publish({ topic, payload: '', retain: true });
      }
    }
  }

  #context(): BridgeContext {
    const { book, state, settings, topics, permit, fleet, embedded, access, patience, log } = this.#parts;
    const table = fleet.capabilities.map(derive);
    return {
      topics,
      settings,
      fleet,
      book,
      state,
      table,
      byId: new Map(table.map((derived) => [derived.capability.id, derived])),
      connection: this.#connection,
      permit,
      embedded: embedded !== undefined,
      brokerUrl: access.url,
      startedAt: new Date(),
      version,
      patience: { ...defaultFeaturePatience, ...patience },
      others: (feature) => announcements(this.#features.filter((other) => other !== feature)),
      forget: (machine) => this.#forget(machine),
      featureNames: () => this.#features.map(({ name }) => name),
      log,
    };
  }

  async #close(): Promise<void> {
    const { topics, embedded, ends } = this.#parts;
    await this.#connection.mute();
    this.#retention.stop();
    await Promise.all(this.#features.map((feature) => feature.stop?.()));
    this.#connection.publish({ topic: topics.bridgeState, payload: OFFLINE, retain: true });
    await this.#connection.close();
    this.#watching.abort();
    await this.#watch;
    for (const fleet of ends) await fleet.close();
    await embedded?.close();
  }
}

function* announcements(all: readonly BridgeFeature[], last: readonly Message[] = []): Iterable<Message> {
  for (const feature of all) yield* feature.announce?.() ?? [];
  yield* last;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
