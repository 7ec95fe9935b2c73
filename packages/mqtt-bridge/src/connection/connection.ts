/**
 * The connection to a broker: MQTT 5 first, 3.1.1 where the broker knows no better; made again for ever when it breaks.
 *
 * Sessions are clean: nothing that was queued for us fires after an outage. Commands and states go with QoS 1. Only so
 * many messages are under way at once; the rest waits in the outbox.
 */
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Log } from '@amtkit/core/automation';
import type { IConnackPacket, IPublishPacket, MqttClient } from 'mqtt';
import { matches } from '../topics.ts';
import { type BrokerAccess, because, openClient, type ProtocolVersion, speaksOther, textOf } from './client.ts';
import { bytesOf, type Incoming, type Message } from './message.ts';
import { createOutbox } from './outbox.ts';
import { type ConnectionPatience, defaultConnectionPatience } from './patience.ts';
import { createStallWatch, type StallWatch } from './stall.ts';

/** How a connection is made. */
export interface ConnectionOptions {
  readonly broker: BrokerAccess;
  readonly clientId: string;
  /** What the broker publishes when the connection breaks. */
  readonly will: Message;
  readonly log: Log;
  readonly patience?: Partial<ConnectionPatience>;
}

/** Who uses a connection. */
export interface ConnectionUser {
  /** Filters that are subscribed at every connect, before `arrived`. */
  readonly filters: readonly string[];
  /** Filters that are subscribed likewise, and under which our own messages come back, too. */
  readonly echoed?: readonly string[];
  received(message: Incoming): void;
  /** The broker takes messages now. */
  arrived(): void;
  /** The broker is gone. */
  left?(): void;
}

/** The connection, whether there or not. */
export interface Connection {
  readonly connected: boolean;
  /** `5` or `3.1.1`; undefined before the first connect. */
  readonly protocol: '5' | '3.1.1' | undefined;
  /** Messages that wait or are not acknowledged. */
  readonly backlog: number;
  /** Begins to connect, and goes on until it is closed. */
  open(user: ConnectionUser): void;
  publish(message: Message): void;
  /** Publishes one by one as there is room. `false` when the broker went away before the end. */
  announce(messages: Iterable<Message>): Promise<boolean>;
  /** What the broker retains under the filters, asked now. */
  retained(filters: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Subscribes filters again, upon which the broker repeats what it retains under them. */
  subscribeAgain(filters: readonly string[]): void;
  /** No more messages are received from now on. */
  mute(): Promise<void>;
  /** Waits a little for what is not acknowledged, and ends the connection cleanly: without the will. */
  close(): Promise<void>;
}

/** A connection that is not opened yet. */
export function createConnection(options: ConnectionOptions): Connection {
  return new BrokerConnection(options);
}

/** How many publishes may be unacknowledged; a broker that says less gets less. */
const WINDOW = 64;

/** Bytes of a publish beside topic and payload, at most: of what the bridge sends. */
const HEAD = 512;

/** The longest wait for retained messages, in quiet times. */
const LONGEST_QUIET = 20;

class BrokerConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #patience: ConnectionPatience;
  readonly #outbox = createOutbox();
  readonly #ended = new AbortController();
  readonly #collectors = new Set<Collector>();
  readonly #complaints = new Set<string>();
  #version: ProtocolVersion = 5;
  #client: MqttClient | undefined;
  #window = WINDOW;
  /** Bytes of the largest message that the broker takes. */
  #largest = Number.POSITIVE_INFINITY;
  /** When the broker last said anything. */
  #heardAt = 0;
  #pumping = false;
  /** A broker that takes everything and acknowledges nothing would stop us for good. */
  readonly #stall: StallWatch;
  #muted = false;
  #running: Promise<void> | undefined;
  #user: ConnectionUser = { filters: [], received: () => {}, arrived: () => {} };
  #protocol: '5' | '3.1.1' | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#patience = { ...defaultConnectionPatience, ...options.patience };
    const { ackMs } = this.#patience;
    this.#stall = createStallWatch(ackMs, () => {
      const { url } = options.broker;
      this.#complain(`The broker ${url} acknowledged nothing for ${ackMs / 1000} s; connecting again.`);
      this.#client?.stream.destroy();
    });
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  get protocol(): '5' | '3.1.1' | undefined {
    return this.#protocol;
  }

  get backlog(): number {
    return this.#outbox.length;
  }

  open(user: ConnectionUser): void {
    this.#user = user;
    this.#running ??= this.#run();
  }

  publish(message: Message): void {
    this.#outbox.add(message);
    this.#pump();
  }

  announce(messages: Iterable<Message>): Promise<boolean> {
    const complete = this.#outbox.announce(messages);
    this.#pump();
    return complete;
  }

  async retained(filters: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const client = this.#client;
    const found = new Map<string, string>();
    if (client === undefined) return found;
    const collector: Collector = { filters, found, heardAt: 0 };
    this.#collectors.add(collector);
    try {
      // QoS 0: brokers limit how many QoS 1 messages they queue for a client, and would drop the rest.
      await client.subscribeAsync([...filters], { qos: 0 });
      for (let waits = 0; waits < LONGEST_QUIET && this.#client === client; waits++) {
        const before = collector.heardAt;
        await pauseFor(this.#patience.quietMs, undefined, { signal: this.#ended.signal });
        if (collector.heardAt === before) break;
      }
      if (this.#client === client) await client.unsubscribeAsync([...filters]);
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#complain(`Cannot look at what the broker retains: ${textOf(error)}.`);
    } finally {
      this.#collectors.delete(collector);
    }
    return found;
  }

  subscribeAgain(filters: readonly string[]): void {
    this.#client?.subscribeAsync([...filters], subscription).catch(() => {});
  }

  async mute(): Promise<void> {
    this.#muted = true;
    const filters = [...this.#user.filters, ...(this.#user.echoed ?? [])];
    if (filters.length === 0 || this.#client === undefined) return;
    const unsubscribed = this.#client.unsubscribeAsync([...filters]).catch(() => {});
    await Promise.race([unsubscribed, pauseFor(this.#patience.drainMs, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    const deadline = performance.now() + this.#patience.drainMs;
    while (this.#client !== undefined && this.#outbox.length > 0 && performance.now() < deadline) {
      await pauseFor(DRAIN_STEP_MS);
    }
    this.#ended.abort();
    await this.#running;
  }

  /** One connection after the other. */
  async #run(): Promise<void> {
    const { signal } = this.#ended;
    const { firstRetryMs, longestRetryMs, steadyMs } = this.#patience;
    let attempt = 0;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const { reached, otherVersion } = await this.#session();
      if (signal.aborted) return;
      if (otherVersion) this.#version = this.#version === 5 ? 4 : 5;
      if (otherVersion && this.#version === 4) continue;
      if (reached && performance.now() - startedAt >= steadyMs) attempt = 0;
      const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt++, 16));
      await pauseFor(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    }
  }

  /** One attempt, and the connection it may lead to, until its end. */
  async #session(): Promise<Ended> {
    let client: MqttClient;
    try {
      const { broker, clientId, will } = this.#options;
      client = await openClient(broker, this.#version, { clientId, will, answerMs: this.#patience.answerMs });
    } catch (error) {
      this.#complain(`Cannot connect to ${this.#options.broker.url}: ${textOf(error)}.`);
      return { reached: false, otherVersion: false };
    }
    const { signal } = this.#ended;
    let reached = false;
    let opened = false;
    let problem: unknown;
    const leave = (): void => {
      client.end(!client.connected);
      setTimeout(() => client.stream.destroy(), LAST_WORD_MS).unref();
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    client.stream.once('connect', () => {
      opened = true;
    });
    client.on('error', (error) => {
      problem ??= error;
    });
    client.on('disconnect', (packet) => {
      problem ??= new Error(`it said goodbye (${packet.reasonCode ?? 0})`);
    });
    client.on('packetreceive', () => {
      this.#heardAt = performance.now();
    });
    client.on('message', (topic, payload, packet) => this.#receive(topic, payload, packet));
    client.once('connect', (packet) => {
      reached = true;
      this.#subscribe(client, packet);
    });
    await new Promise<void>((resolve) => client.once('close', resolve));
    signal.removeEventListener('abort', leave);
    if (this.#client === client) this.#leave();
    if (signal.aborted) return { reached, otherVersion: false };
    const otherVersion = !reached && speaksOther(problem, opened, this.#version);
    if (reached)
      this.#options.log.warn(`The broker ${this.#options.broker.url} is gone${because(problem)}; trying again.`);
    else if (!otherVersion) this.#complain(`Cannot connect to ${this.#options.broker.url}${because(problem)}.`);
    return { reached, otherVersion };
  }

  /** Subscribes, and only then is the broker there: whoever sees us online is heard. */
  #subscribe(client: MqttClient, connack: IConnackPacket): void {
    const { log, broker } = this.#options;
    const { filters, echoed = [] } = this.#user;
    const ready = (): void => {
      if (!client.connected || this.#ended.signal.aborted) return;
      this.#client = client;
      this.#protocol = this.#version === 5 ? '5' : '3.1.1';
      this.#window = Math.min(WINDOW, connack.properties?.receiveMaximum ?? WINDOW);
      this.#largest = connack.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
      this.#complaints.clear();
      log(`Connected to the broker ${broker.url}, MQTT ${this.#protocol}.`);
      this.#outbox.arrive(performance.now());
      this.#user.arrived();
      this.#pump();
    };
    const all = Object.fromEntries([
      ...filters.map((filter) => [filter, subscription]),
      ...echoed.map((filter) => [filter, echoing]),
    ]);
    if (filters.length + echoed.length === 0 || this.#muted) {
      ready();
      return;
    }
    const late = setTimeout(() => {
      this.#complain(`The broker ${broker.url} does not answer our subscriptions; connecting again.`);
      client.stream.destroy();
    }, this.#patience.answerMs);
    late.unref();
    client.subscribe(all, (error) => {
      clearTimeout(late);
      if (error && client.connected)
        this.#complain(
          `The broker ${broker.url} does not let us subscribe to ${Object.keys(all).join(', ')}: ${textOf(error)}.`,
        );
      ready();
    });
  }

  #receive(topic: string, payload: Buffer, packet: IPublishPacket): void {
    let collected = false;
    for (const collector of this.#collectors) {
      if (!collector.filters.some((filter) => matches(filter, topic))) continue;
      collected = true;
      collector.heardAt++;
      if (packet.retain && payload.length > 0) collector.found.set(topic, payload.toString('utf8'));
    }
    if (collected || this.#muted) return;
    this.#user.received({
      topic,
      payload,
      retained: packet.retain,
      responseTopic: packet.properties?.responseTopic,
      correlationData: packet.properties?.correlationData,
    });
  }

  /** Sends as much as there is room for. */
  #pump(): void {
    const client = this.#client;
    if (client === undefined || this.#pumping) return;
    this.#pumping = true;
    while (this.#outbox.unacknowledged < this.#window) {
      const next = this.#outbox.take();
      if (next === undefined) break;
      this.#send(client, next.ticket, next.message);
    }
    this.#pumping = false;
  }

  #send(client: MqttClient, ticket: number, message: Message): void {
    const { topic, retain = false, correlationData } = message;
    const payload = bytesOf(message);
    if (payload.length + topic.length + HEAD > this.#largest) {
      // It would close the connection, and again whenever it is tried.
      this.#complain(`The broker takes no messages as large as ${topic}: ${payload.length} bytes.`);
      this.#outbox.done(ticket);
      return;
    }
    const properties = correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) };
    this.#stall.sent();
    client.publish(topic, payload, { qos: 1, retain, ...(this.#version === 5 ? { properties } : {}) }, (error) => {
      if (this.#client !== client) return;
      if (error) this.#complain(`The broker does not take messages on ${topic}: ${textOf(error)}.`);
      this.#outbox.done(ticket);
      this.#stall.acknowledged(this.#outbox.unacknowledged);
      this.#pump();
    });
  }

  #leave(): void {
    this.#stall.stop();
    this.#client = undefined;
    this.#outbox.leave(this.#heardAt);
    this.#user.left?.();
  }

  /** Once, until things are well again. */
  #complain(line: string): void {
    if (this.#complaints.has(line) || this.#complaints.size > 100) return;
    this.#complaints.add(line);
    this.#options.log.warn(line);
  }
}

interface Collector {
  readonly filters: readonly string[];
  readonly found: Map<string, string>;
  heardAt: number;
}

/** How a connection, or the attempt at one, ended. */
interface Ended {
  readonly reached: boolean;
  /** The broker seems to want the other version of the protocol. */
  readonly otherVersion: boolean;
}

const DRAIN_STEP_MS = 5;

/** How long a broker may take to close the connection after our goodbye. */
const LAST_WORD_MS = 1000;

/**
 * MQTT 5 only: `nl`, what we publish does not come back; `rap`, the retain flag arrives as it was published; `rh`, what
 * is retained is sent at every subscription.
 */
const subscription = { qos: 1, nl: true, rap: true, rh: 0 } as const;

/** What we publish comes back, too. */
const echoing = { ...subscription, nl: false } as const;
