/** The demo's eyes and hands on MQTT. */
import { setTimeout as wait } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';

const PATIENCE_MS = 60_000;

/** A client of the bridge's own broker that remembers what it saw. */
export class Broker {
  readonly port: number;
  #client: MqttClient | undefined;
  readonly #last = new Map<string, string>();
  readonly #watched = new Map<string, string[]>();
  #wake: () => void = () => {};

  constructor(port: number) {
    this.port = port;
  }

  /** Waits for the broker; returns its address. */
  async connect(): Promise<string> {
    const url = `mqtt://127.0.0.1:${this.port}`;
    const startedAt = Date.now();
    for (;;) {
      try {
        this.#client = await mqtt.connectAsync(url, { reconnectPeriod: 0, connectTimeout: 2000 }, false);
        break;
      } catch (error) {
        if (Date.now() - startedAt > PATIENCE_MS) throw error;
        await wait(200);
      }
    }
    this.#client.on('message', (topic, payload) => {
      this.#last.set(topic, payload.toString());
      this.#watched.get(topic)?.push(payload.toString());
      this.#wake();
    });
    await this.#client.subscribeAsync(['amtkit/#', 'homeassistant/#'], { qos: 1 });
    return url;
  }

  /** Resolves when the topic holds the payload. */
  async until(topic: string, payload: string): Promise<void> {
    await this.#when(
      () => (this.#last.get(topic) === payload ? true : undefined),
      `${topic} did not become ${payload}`,
    );
  }

  /** The first message that fits. */
  async first(
    topicFits: (topic: string) => boolean,
    payloadFits: (payload: string) => boolean,
  ): Promise<{ topic: string; payload: string }> {
    return await this.#when(() => {
      for (const [topic, payload] of this.#last)
        if (topicFits(topic) && payloadFits(payload)) return { topic, payload };
      return undefined;
    }, 'no such message came');
  }

  /** A list that grows with each message on the topic. */
  watch(topic: string): readonly string[] {
    const seen: string[] = [];
    this.#watched.set(topic, seen);
    return seen;
  }

  /** Sends a command and waits for its result. */
  async command(topic: string, payload: string): Promise<string> {
    const machine = topic.split('/')[1];
    const resultTopic = `amtkit/${machine}/result`;
    this.#last.delete(resultTopic);
    await this.#client?.publishAsync(topic, payload, { qos: 1 });
    const result = await this.#when(() => this.#last.get(resultTopic), `no result for ${topic}`);
    if ((JSON.parse(result) as { ok: boolean }).ok !== true) throw new Error(`${topic}: ${result}`);
    return `result ${result}`;
  }

  async close(): Promise<void> {
    await this.#client?.endAsync(true);
  }

  async #when<T>(look: () => T | undefined, complaint: string): Promise<T> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = until - Date.now();
      if (left <= 0) throw new Error(`${complaint} within ${PATIENCE_MS / 1000} seconds`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), wait(left)]);
    }
  }
}
