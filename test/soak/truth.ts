/** Compares what a broker says in the end with how things are. */
import { connectAsync } from 'mqtt';
import type { SoakPc } from './pcs.ts';

/** Everything that the broker retains, by topic. */
export async function retainedBy(url: string): Promise<ReadonlyMap<string, string>> {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  const found = new Map<string, string>();
  let heardAt = performance.now();
  client.on('message', (topic, payload) => {
    found.set(topic, payload.toString('utf8'));
    heardAt = performance.now();
  });
  try {
    // QoS 0: a broker keeps only so many messages of QoS 1 for one client.
    await client.subscribeAsync(['amtkit/#', 'homeassistant/#'], { qos: 0 });
    while (performance.now() - heardAt < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    await client.endAsync(true);
  }
  return found;
}

const QUIET_MS = 500;

/** What is not so, one sentence each. */
export function wrongStates(retained: ReadonlyMap<string, string>, pcs: readonly SoakPc[]): readonly string[] {
  const wrong: string[] = [];
  const owners = new Map<string, string[]>();
  for (const [topic, text] of retained) {
    const id = /^amtkit\/bridge\/([^/]+)\/info$/.exec(topic)?.[1];
    if (id === undefined) continue;
    const { machines } = JSON.parse(text) as { machines: { owned: string[] } };
    for (const name of machines.owned) owners.set(name, [...(owners.get(name) ?? []), id]);
  }
  const expect = (topic: string, value: string): void => {
    const said = retained.get(topic);
    if (said !== value)
      wrong.push(`${topic} is ${said ?? 'missing'}, not ${value} (of ${owners.get(topic.split('/')[1] ?? '')})`);
  };
  for (const { name, simulator, lastName } of pcs) {
    const { power } = simulator.firmware.state;
    expect(`amtkit/${name}/availability`, 'online');
    expect(`amtkit/${name}/power/state`, power);
    expect(`amtkit/${name}/power/switch`, power === 'on' ? 'ON' : 'OFF');
    const [owner, ...others] = owners.get(name) ?? [];
    if (owner === undefined || others.length > 0) wrong.push(`${name} has ${others.length + (owner ? 1 : 0)} owners`);
    else expect(`amtkit/bridge/${owner}/state`, 'online');
    const config = retained.get(`homeassistant/device/amtkit/${simulator.uuid}/config`) ?? '';
    if (!config.includes(`"amtkit/bridge/${owner}/state"`)) wrong.push(`${name} has another owner in Home Assistant`);
    if (lastName !== undefined) expect(`amtkit/${name}/net/host-name`, lastName);
  }
  return wrong;
}
