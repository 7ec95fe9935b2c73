/**
 * Gives commands and counts results. Each command has a transaction of its own; one that is not answered is given again with
 * the same transaction, as docs/mqtt.md advises, since what a broker had in its hands when it ended is nobody's.
 */
import { connect, type MqttClient } from 'mqtt';

/** One command. */
export interface Given {
  readonly machine: string;
  readonly topic: string;
  readonly payload: string;
  readonly kind: 'name' | 'power' | 'other';
  /** What a PC was named by it. */
  readonly value: string;
  givenAt: number;
  times: number;
  /** Results that are not repetitions, each text once. */
  readonly results: Set<string>;
  /** Stable word of the first result of any kind. */
  code: string | undefined;
}

/** After so long without an answer a command is given again, milliseconds. */
const AGAIN_MS = 20_000;

/** A client of the broker, and its account. */
export class Commander {
  readonly given = new Map<string, Given>();
  readonly #client: MqttClient;
  readonly #prefix: string;
  readonly #timer: NodeJS.Timeout;

  constructor(url: string, prefix: string) {
    this.#prefix = prefix;
    this.#client = connect(url, { protocolVersion: 5, reconnectPeriod: 200, connectTimeout: 2000 });
    this.#client.on('error', () => {});
    this.#client.on('connect', () => this.#client.subscribe('amtkit/+/result', { qos: 1 }));
    this.#client.on('message', (topic, payload) => this.#hear(topic.split('/')[1] ?? '', payload.toString('utf8')));
    this.#timer = setInterval(() => this.#giveAgain(), 1000);
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  /** Commands without any answer so far. */
  get unanswered(): readonly Given[] {
    return [...this.given.values()].filter(({ code }) => code === undefined);
  }

  /** Gives one command. `times`: from so many hands at once, with one transaction. */
  give(machine: string, what: 'name' | 'on' | 'off' | 'reset' | 'boot', times = 1): void {
    const transaction = `${this.#prefix}-${this.given.size + 1}`;
    const value = `h-${transaction}`;
    const [path, input] = commandOf(what, value);
    const kind = what === 'name' ? 'name' : what === 'boot' ? 'other' : 'power';
    const command: Given = {
      machine,
      topic: `amtkit/${machine}/${path}`,
      payload: JSON.stringify({ ...input, transaction }),
      kind,
      value,
      givenAt: 0,
      times: 0,
      results: new Set(),
      code: undefined,
    };
    this.given.set(transaction, command);
    for (let i = 0; i < times; i++) this.#publish(command);
  }

  /** Home Assistant says that it has started. */
  bear(): void {
    if (this.connected) this.#client.publish('homeassistant/status', 'online', { qos: 1 });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.endAsync(true);
  }

  #publish(command: Given): void {
    command.givenAt = performance.now();
    command.times++;
    this.#client.publish(command.topic, command.payload, { qos: 1 });
  }

  #giveAgain(): void {
    if (!this.connected) return;
    const late = performance.now() - AGAIN_MS;
    for (const command of this.unanswered) if (command.givenAt < late) this.#publish(command);
  }

  #hear(machine: string, text: string): void {
    const { transaction, code, repeated } = JSON.parse(text) as Record<string, string>;
    const command = this.given.get(transaction ?? '');
    if (command === undefined || command.machine !== machine) return;
    command.code ??= code;
    // A broker may bring one message twice; two different answers are two answers.
    if (repeated === undefined) command.results.add(text);
  }
}

function commandOf(what: string, value: string): readonly [path: string, input: object] {
  if (what === 'name') return ['net/host-name/set', { value }];
  if (what === 'boot') return ['boot/next/set', { value: 'bios' }];
  return [`do/power/${what}`, {}];
}
