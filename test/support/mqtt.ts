/** An MQTT client that keeps all it hears. */
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { expect } from 'vitest';

/** A message as it was heard. */
export interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly retained: boolean;
  readonly correlation?: string | undefined;
}

/** The client and what it heard, oldest first. */
export interface Listener extends AsyncDisposable {
  readonly client: MqttClient;
  readonly heard: Heard[];
  /** Payloads on a topic, oldest first. */
  on(topic: string): string[];
  /** The newest payload of a topic that is `wanted`, once there is one. */
  sees(topic: string, wanted?: string | ((payload: string) => boolean)): Promise<string>;
  /** The same, as JSON. */
  json(topic: string, wanted?: (data: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  say(
    topic: string,
    payload?: string,
    options?: { readonly retain?: boolean; readonly properties?: object },
  ): Promise<void>;
}

/** How long a test waits for a message, milliseconds. */
const PATIENCE_MS = 10_000;

/** Connects and subscribes. */
export async function listen(
  url: string,
  options: IClientOptions & { readonly filter?: string } = {},
): Promise<Listener> {
  const { filter = '#', ...how } = options;
  const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4, ...how });
  const heard: Heard[] = [];
  client.on('message', (topic, payload, { retain, properties }) => {
    const correlation = properties?.correlationData?.toString('utf8');
    heard.push({ topic, payload: payload.toString('utf8'), retained: retain, correlation });
  });
  await client.subscribeAsync(filter, { qos: 1 });
  const listener: Listener = {
    client,
    heard,
    on: (topic) => heard.filter((message) => message.topic === topic).map(({ payload }) => payload),
    async sees(topic, wanted = () => true) {
      const fits = typeof wanted === 'string' ? (payload: string) => payload === wanted : wanted;
      const found = (): string | undefined => listener.on(topic).findLast(fits);
      const what = `nothing fitting on ${topic}`;
      await expect.poll(found, { timeout: PATIENCE_MS, message: what }).toBeDefined();
      return found() ?? '';
    },
    async json(topic, wanted = () => true) {
      return JSON.parse(await listener.sees(topic, (text) => text !== '' && wanted(JSON.parse(text))));
    },
    async say(topic, payload = '', { retain = false, properties } = {}) {
      await client.publishAsync(topic, payload, {
        qos: 1,
        retain,
        ...(properties === undefined ? {} : { properties }),
      });
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
  return listener;
}
