/** A subscriber to everything that three bridges say of many PCs, and what it has counted. */
import { Socket } from 'node:net';
import { connectAsync } from 'mqtt';
import type { BenchPc } from './bridge-pcs.ts';

/** The subscriber. */
export interface ScaleEar {
  /** Names of machines that are available. */
  readonly online: ReadonlySet<string>;
  /** Components of device messages, by UUID. */
  readonly configs: ReadonlyMap<string, number>;
  /** Milliseconds from command to result. */
  readonly latencies: readonly number[];
  /** Results that were refusals. */
  readonly failed: number;
  /** Machines whose availability was told again since {@link beginBirth}. */
  readonly toldAgain: ReadonlySet<string>;
  /** From the first to the last device message since then. */
  readonly birthSeconds: number;
  /** Availabilities that came before their device since then. */
  readonly early: number;
  components(): number;
  /** How many machines each bridge is said to own. */
  shares(): ReadonlyMap<string, number>;
  command(machine: string, transaction: string): void;
  beginBirth(): void;
  publish(topic: string, payload: string): Promise<void>;
  until(done: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Connects and subscribes. @param pcs in the order of their names: `pc-0` and so on */
export async function listenTo(url: string, pcs: readonly BenchPc[]): Promise<ScaleEar> {
  const client = await connectAsync(url, { protocolVersion: 5, properties: { receiveMaximum: 65_535 } });
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  const online = new Set<string>();
  const configs = new Map<string, number>();
  const owners = new Map<string, string>();
  const given = new Map<string, number>();
  const latencies: number[] = [];
  const toldAgain = new Set<string>();
  const waiting = new Set<{ readonly done: () => boolean; readonly resolve: () => void }>();
  const uuids = new Map(pcs.map(({ uuid }, i) => [`pc-${i}`, uuid]));
  let failed = 0;
  let isBirth = false;
  let [firstAt, lastAt, early] = [0, 0, 0];

  function hear(topic: string, payload: Buffer): void {
    const uuid = /^homeassistant\/device\/amtkit\/([0-9a-f-]{36})\/config$/.exec(topic)?.[1];
    const machine = topic.split('/')[1] ?? '';
    if (uuid !== undefined) {
      const { components, availability } = JSON.parse(payload.toString('utf8')) as {
        components: object;
        availability: { topic: string }[];
      };
      configs.set(uuid, Object.keys(components).length);
      owners.set(uuid, availability[0]?.topic.split('/')[2] ?? '');
      lastAt = performance.now();
      if (firstAt === 0) firstAt = lastAt;
    } else if (topic.endsWith('/availability')) {
      if (payload.toString() === 'online') online.add(machine);
      else online.delete(machine);
      if (!isBirth || toldAgain.has(machine)) return;
      toldAgain.add(machine);
      if (!configs.has(uuids.get(machine) ?? '')) early++;
    } else if (topic.endsWith('/result')) {
      const { transaction, ok } = JSON.parse(payload.toString('utf8')) as { transaction: string; ok: boolean };
      const at = given.get(transaction);
      if (at === undefined || !given.delete(transaction)) return;
      latencies.push(performance.now() - at);
      if (!ok) failed++;
    }
  }

  client.on('message', hear);
  const timer = setInterval(() => {
    for (const each of waiting) {
      if (!each.done()) continue;
      waiting.delete(each);
      each.resolve();
    }
  }, 100);
  await client.subscribeAsync(['amtkit/+/availability', 'amtkit/+/result', 'homeassistant/device/amtkit/+/config'], {
    qos: 1,
  });
  return {
    online,
    configs,
    latencies,
    toldAgain,
    get failed() {
      return failed;
    },
    get birthSeconds() {
      return (lastAt - firstAt) / 1000;
    },
    get early() {
      return early;
    },
    components: () => [...configs.values()].reduce((total, count) => total + count, 0),
    shares() {
      const counts = new Map<string, number>();
      for (const owner of owners.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      return counts;
    },
    command(machine, transaction) {
      given.set(transaction, performance.now());
      client.publish(`amtkit/${machine}/do/power/on`, JSON.stringify({ transaction }), { qos: 1 });
    },
    beginBirth() {
      configs.clear();
      isBirth = true;
      [firstAt, lastAt] = [0, 0];
    },
    publish: async (topic, payload) => void (await client.publishAsync(topic, payload, { qos: 1 })),
    until: (done) => new Promise((resolve) => void waiting.add({ done, resolve })),
    async close() {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
}
