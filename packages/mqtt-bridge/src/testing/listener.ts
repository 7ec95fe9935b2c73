/** An MQTT client that keeps all it hears, for tests. */
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { expect } from 'vitest';

/** A message as it was heard. */
export interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly retained: boolean;
}

/** The client and what it heard, oldest first. */
export interface Listener extends AsyncDisposable {
  readonly client: MqttClient;
  readonly heard: Heard[];
  /** Payloads on a topic, oldest first. */
  on(topic: string): string[];
  /** The newest payload of a topic, once there is one that `wanted` accepts. */
  sees(topic: string, wanted?: (payload: string) => boolean): Promise<string>;
  /** The same, as JSON. */
  json(topic: string, wanted?: (data: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  say(topic: string, payload?: string | Buffer, options?: { readonly retain?: boolean }): Promise<void>;
}

/** Connects and subscribes. */
export async function listen(url: string, filter = '#', options: IClientOptions = {}): Promise<Listener> {
  const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4, ...options });
  const heard: Heard[] = [];
  client.on('message', (topic, payload, { retain }) => {
    heard.push({ topic, payload: payload.toString('utf8'), retained: retain });
  });
  await client.subscribeAsync(filter, { qos: 1 });
  const listener: Listener = {
    client,
    heard,
    on: (topic) => heard.filter((message) => message.topic === topic).map(({ payload }) => payload),
    async sees(topic, wanted = () => true) {
      return await expect
        .poll(() => listener.on(topic).findLast(wanted), { timeout: 5000, message: `nothing fitting on ${topic}` })
        .toBeDefined()
        .then(() => listener.on(topic).findLast(wanted) as string);
    },
    async json(topic, wanted = () => true) {
      const payload = await listener.sees(topic, (text) => text !== '' && wanted(JSON.parse(text)));
      return JSON.parse(payload) as Record<string, unknown>;
    },
    async say(topic, payload = '', { retain = false } = {}) {
      await client.publishAsync(topic, payload, { qos: 1, retain });
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
  return listener;
}
