/** Brings alerts to consoles: indications to those that subscribed over WS-Eventing, traps to those of SNMP. */
import { createSocket } from 'node:dgram';
import { type EventRecord, encodeTrap, TRAP_PORT } from '@amtkit/core/wire';
import type { Firmware } from '../firmware.ts';
import type { Recorder } from '../record.ts';
import type { Subscription } from '../state.ts';
import { text } from '../values.ts';
import { writeIndication } from './indication.ts';
import { type Connections, openConnections, postEvent } from './post.ts';
import type { Raised, RaisedMessage } from './raised.ts';

/** How alerts leave a virtual PC. */
export interface AlertOptions {
  /** Port of consoles that traps are sent to. @default 162, as real firmware */
  readonly trapPort?: number;
  /** How often each trap is sent. @default 1 */
  readonly trapRepeats?: number;
}

/** The network of the PC. */
interface Network {
  /** Its own address. */
  readonly address: string;
  /** Whether the cable is in: what happens without it is lost for consoles. */
  readonly connected: () => boolean;
}

/** Milliseconds that events are gathered before they are pushed. Real firmware takes up to 30 s. */
const GATHER_MS = 1000;
/** Before an event that was not acknowledged is sent again, and how often it is sent. UNCERTAIN. */
const RETRY_MS = 10_000;
const TRIES = 3;

/** Sends alerts of one firmware. */
export class AlertSender {
  readonly #firmware: Firmware;
  readonly #recorder: Recorder;
  readonly #options: AlertOptions;
  readonly #network: Network;
  /** What was sent last to each subscription: one event after another. */
  readonly #turns = new Map<string, Promise<void>>();
  #connections: Connections | undefined;
  #closed = false;
  #envelopes = 0;
  #events: number;
  #traps = 0;

  constructor(firmware: Firmware, recorder: Recorder, options: AlertOptions, network: Network) {
    this.#firmware = firmware;
    this.#recorder = recorder;
    this.#options = options;
    this.#network = network;
    this.#events = firmware.identity.number >>> 1;
    firmware.onRaised((raised) => this.#bring(raised));
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.#connections?.http.destroy();
    this.#connections?.https.destroy();
  }

  #bring({ record, message, everybody = false }: Raised): void {
    if (!this.#network.connected() || this.#closed) return;
    if (record !== undefined) this.#trap(record, everybody);
    if (message !== undefined && this.#firmware.state.subscriptions.length > 0) this.#push(message);
  }

  // — indications —

  #push(message: RaisedMessage): void {
    const { clock, state } = this.#firmware;
    const event = ++this.#events;
    const at = this.#firmware.seconds() * 1000;
    for (const subscription of state.subscriptions) {
      if (subscription.expiresAt <= clock.now()) continue;
      const number = ++this.#envelopes;
      const body = writeIndication(subscription, message, { envelope: number, event, at });
      const before = this.#turns.get(subscription.name) ?? this.#pause(GATHER_MS);
      const turn = before.then(() => this.#deliver(subscription, number, body));
      this.#turns.set(subscription.name, turn);
      void turn.then(() => {
        if (this.#turns.get(subscription.name) === turn) this.#turns.delete(subscription.name);
      });
    }
  }

  async #deliver(subscription: Subscription, number: number, body: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      if (this.#closed || !this.#firmware.state.subscriptions.includes(subscription)) return;
      this.#connections ??= openConnections();
      const status = this.#network.connected() ? await postEvent(subscription, body, this.#connections) : 0;
      this.#recorder.addDelivery({ way: 'indication', to: subscription.url, number, status });
      if ((status >= 200 && status < 300) || !subscription.acknowledged || tries === TRIES) return;
      await this.#pause(RETRY_MS);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#firmware.later(ms, resolve));
  }

  // — traps —

  #trap(record: EventRecord, everybody: boolean): void {
    const firmware = this.#firmware;
    const subscribers = firmware.instances('AMT_SNMPEventSubscriber') ?? [];
    const wanted = subscribers.filter(({ PolicyID }) => everybody || this.#filtered(record, text(PolicyID)));
    if (wanted.length === 0) return;
    const { trapPort = TRAP_PORT, trapRepeats = 1 } = this.#options;
    const sequence = (this.#traps++ % 0xffff) + 1;
    const sent = new Set<string>();
    for (const subscriber of wanted) {
      const to = text(subscriber.AccessInfo);
      // A console that has several policies hears of an event once.
      if (sent.has(to)) continue;
      sent.add(to);
      const datagram = encodeTrap({
        community: text(subscriber.CommunityString) || 'public',
        agent: /^\d+(\.\d+){3}$/.test(this.#network.address) ? this.#network.address : '0.0.0.0',
        guid: Uint8Array.from(Buffer.from(firmware.identity.platformGuid, 'hex')),
        sequence,
        ticks: Math.floor((firmware.clock.now() - firmware.state.startedAt) / 10) % 2 ** 32,
        over: false,
        record,
      });
      for (let i = 0; i < trapRepeats; i++) this.#send(datagram, to, trapPort, sequence);
    }
  }

  #send(datagram: Uint8Array, to: string, port: number, number: number): void {
    const socket = createSocket('udp4');
    socket.on('error', () => {});
    socket.send(datagram, port, to, () => socket.close());
    this.#recorder.addDelivery({ way: 'trap', to: `${to}:${port}`, number, status: 0 });
  }

  #filtered({ sensorType }: EventRecord, policy: string): boolean {
    const filters = this.#firmware.instances('AMT_PETFilterSetting') ?? [];
    return filters.some(
      (filter) =>
        text(filter.PolicyID) === policy &&
        text(filter.SendAlert) === 'true' &&
        text(filter.EnableFilter) === 'true' &&
        Number(text(filter.EventSensorType)) === sensorType,
    );
  }
}
