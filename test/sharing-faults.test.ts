/** Several bridges on one broker, on MQTT 3.1.1 and on 5, when much happens at once and when things are said that are not so. */
import { createFleet } from '@amtkit/core/automation';
import { needs } from '@amtkit/core/testing';
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulators } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen } from './support/mqtt.ts';
import { password } from './support/password.ts';
import { brokers, SharingLab, soon, watchful } from './support/sharing-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

describe.each(brokers)('Bridges on %s', (_name, words, start) => {
  let lab: SharingLab;
  beforeEach(async () => {
    lab = await SharingLab.open(start);
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  describe('when everything happens at once', needs(...words), () => {
    it('see two hundred PCs vanish in one power cut, and all of them come back', { timeout: 200_000 }, async () => {
      const many = await createSimulators(200, {
        speed: 0,
        password,
        power: 'on',
        recordLimit: 1,
        firstAddress: '127.8.0.1',
      });
      await lab.takePcs(Object.fromEntries(many.map((pc, i) => [`pc-${i + 1}`, pc])));
      const calm = { ...watchful, pollMs: 2000, offlinePollMs: 2000 };
      const fleetOptions = { patience: calm, timeoutMs: 3000 };
      const [one, two] = [await lab.startBridge('a', { fleetOptions }), await lab.startBridge('b', { fleetOptions })];
      const of = await lab.owners([one, two], 60_000);
      const long = { timeout: 60_000 };
      const said = new Map<string, string>();
      const eye = lab.keep(await listen(lab.broker.url, { filter: 'amtkit/+/availability' }));
      eye.client.on('message', (topic, payload) => void said.set(topic, payload.toString('utf8')));
      for (const { topic, payload } of eye.heard) said.set(topic, payload);
      const count = (payload: string): number => [...said.values()].filter((each) => each === payload).length;
      await expect.poll(() => count('online'), long).toBe(200);
      await Promise.all(many.map((pc) => pc.unplug()));
      await expect.poll(() => count('offline'), long).toBe(200);
      await Promise.all(many.map((pc) => pc.plug()));
      await expect.poll(() => count('online'), long).toBe(200);
      expect(await lab.owners([one, two], 60_000)).toEqual(of);
    });

    it('tell Home Assistant everything, devices first, however often it starts', async () => {
      await lab.makePcs(6);
      const bridges = [await lab.startBridge('a'), await lab.startBridge('b')];
      await lab.owners(bridges);
      const uuids = Object.values(lab.pcs).map(({ uuid }) => uuid);
      for (const uuid of uuids) await lab.ear.sees(`homeassistant/device/amtkit/${uuid}/config`);
      for (const name of Object.keys(lab.pcs)) await lab.ear.sees(`amtkit/${name}/availability`, 'online');
      lab.ear.heard.length = 0;
      for (let i = 0; i < 20; i++) await lab.ear.say('homeassistant/status', 'online');
      for (const [name, { uuid }] of Object.entries(lab.pcs)) {
        const device = `homeassistant/device/amtkit/${uuid}/config`;
        const at = (topic: string, from: 'first' | 'last'): number => {
          const topics = lab.ear.heard.map((message) => message.topic);
          return from === 'first' ? topics.indexOf(topic) : topics.lastIndexOf(topic);
        };
        await expect.poll(() => at(device, 'first')).toBeGreaterThanOrEqual(0);
        await expect.poll(() => at(`amtkit/${name}/availability`, 'last')).toBeGreaterThan(at(device, 'first'));
        expect(at(`amtkit/${name}/power/state`, 'last')).toBeGreaterThan(at(device, 'first'));
        expect(lab.ear.on(device).length).toBeLessThan(4);
      }
    });

    it('find their way back when the broker is started again, and take nothing over for it', async () => {
      await lab.makePcs(6);
      const bridges = [await lab.startBridge('a'), await lab.startBridge('b')];
      const of = await lab.owners(bridges);
      for (const { door } of bridges) door.shut();
      await expect.poll(() => bridges.some(({ bridge }) => bridge.connected)).toBe(false);
      for (const { door } of bridges) door.open();
      await expect.poll(() => bridges.every(({ bridge }) => bridge.connected)).toBe(true);
      expect(await lab.owners(bridges)).toEqual(of);
    });
  });

  describe('when two have one id', needs(...words), () => {
    it('the second one says so, stays silent, and goes on when the first is gone', async () => {
      await lab.makePcs(2);
      const first = await lab.startBridge('main');
      await lab.owners([first]);
      const lines: string[] = [];
      const second = lab.keep(
        await createBridge({
          book: lab.shelf.book,
          broker: lab.broker.url,
          settings: { id: 'main' },
          patience: soon,
          fleetOptions: { patience: watchful },
          log: (line) => lines.push(line),
        }),
      );
      await expect.poll(() => lines.join('\n'), { timeout: 5000 }).toContain('Another bridge calls itself main');
      expect(second.fleet.machines.size).toBe(0);
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      await lab.ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 't');
      expect(lab.ear.on('amtkit/pc-1/result')).toHaveLength(1);
      await first.bridge.close();
      await second.ready;
      await expect.poll(() => second.fleet.machines.size).toBe(2);
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"u"}');
      await lab.ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'u');
    });

    it('that began at the same moment, one goes on, and it is said', async () => {
      await lab.makePcs(2);
      const lines: string[] = [];
      const log = (line: string): void => void lines.push(line);
      const options = { book: lab.shelf.book, broker: lab.broker.url, settings: { id: 'main' }, patience: soon, log };
      const bridges = await Promise.all([createBridge(options), createBridge(options)]);
      for (const each of bridges) lab.keep(each);
      await expect.poll(() => lines.join('\n')).toMatch(/(stops until the other|waits until that) is gone/);
      await expect.poll(() => bridges.map(({ fleet }) => fleet.machines.size).toSorted()).toEqual([0, 2]);
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      await lab.ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 't');
      expect(lab.pcs['pc-1']?.received.of('RequestPowerStateChange')).toHaveLength(1);
    });
  });

  describe('when somebody says what is not so', needs(...words), () => {
    it('a bridge that is said to be online and answers nothing is not waited for', async () => {
      await lab.makePcs(4);
      const claim = {
        instance: 'ghost',
        since: '2020-01-01T00:00:00.000Z',
        machines: Object.keys(lab.pcs),
        holds: Object.keys(lab.pcs),
      };
      await lab.ear.say('amtkit/bridge/ghost/machines', JSON.stringify(claim), { retain: true });
      await lab.ear.say('amtkit/bridge/ghost/state', 'online', { retain: true });
      const one = await lab.startBridge('a');
      await lab.ear.sees('amtkit/bridge/ghost/state', 'offline');
      await lab.owners([one]);
      expect(one.lines.join('\n')).toContain('The bridge ghost is said to be online and answers nothing');
    });

    it('a bridge that is said to be offline says that it is not', async () => {
      await lab.makePcs(2);
      const one = await lab.startBridge('a');
      await lab.ear.sees('amtkit/bridge/a/state', 'online');
      lab.ear.heard.length = 0;
      await lab.ear.say('amtkit/bridge/a/state', 'offline', { retain: true });
      await lab.ear.sees('amtkit/bridge/a/state', 'online');
      await lab.owners([one]);
    });

    it('tell anew what another bridge has told of their machines', async () => {
      await lab.makePcs(1);
      const one = await lab.startBridge('a');
      const { ear } = lab;
      const name = await ear.sees('amtkit/pc-1/net/host-name');
      // It was cut off, believes that the PC is its own, and hears only afterwards that it is not.
      await ear.say('amtkit/pc-1/net/host-name', 'old', { retain: true });
      await ear.say('amtkit/bridge/b/state', 'online', { retain: true });
      await expect.poll(() => ear.on('amtkit/pc-1/net/host-name').at(-1)).toBe(name);
      expect(one.bridge.fleet.machines.get('pc-1')?.values.get('net.host-name')).toBe(name);
    });

    it('read anew what changes rarely when the broker was away, also where nobody else has come back', async () => {
      await lab.makePcs(1);
      const one = await lab.startBridge('a');
      await lab.ear.sees('amtkit/pc-1/net/host-name');
      one.door.shut();
      await expect.poll(() => one.bridge.connected).toBe(false);
      await rename(lab, 'pc-1', 'by-another');
      one.door.open();
      await lab.ear.sees('amtkit/pc-1/net/host-name', 'by-another');
    });

    it('read anew what changes rarely of a machine that was another one’s for a moment', async () => {
      await lab.makePcs(1);
      // Comes and goes before anything follows from it.
      await lab.startBridge('a', { patience: { ...soon, collectMs: 3000 } });
      const { ear } = lab;
      await ear.sees('amtkit/pc-1/net/host-name');
      const claim = { instance: 'b', since: '2020-01-01T00:00:00.000Z', machines: ['pc-1'], holds: ['pc-1'] };
      await ear.say('amtkit/bridge/b/machines', JSON.stringify(claim));
      await ear.say('amtkit/bridge/b/state', 'online');
      await rename(lab, 'pc-1', 'by-b');
      await ear.say('amtkit/bridge/b/state', 'offline');
      await ear.sees('amtkit/pc-1/net/host-name', 'by-b');
    });

    it('read anew what an earlier owner changed after they had read it', async () => {
      await lab.makePcs(1);
      const { ear } = lab;
      const claim = { instance: 'b', since: '2020-01-01T00:00:00.000Z', machines: ['pc-1'], holds: ['pc-1'] };
      await ear.say('amtkit/bridge/b/machines', JSON.stringify(claim), { retain: true });
      await ear.say('amtkit/bridge/b/state', 'online', { retain: true });
      const one = await lab.startBridge('a', { patience: { ...soon, lookAgainMs: 1000 } });
      await ear.say('amtkit/bridge/b/state', 'offline', { retain: true });
      await lab.owners([one]);
      await ear.sees('amtkit/pc-1/net/host-name', (name) => name !== 'by-b');
      await rename(lab, 'pc-1', 'by-b');
      await ear.sees('amtkit/pc-1/net/host-name', 'by-b');
    });
  });
});

/** Names a PC as another bridge does that nobody here hears. */
async function rename(lab: SharingLab, pc: string, name: string): Promise<void> {
  await using fleet = await createFleet({ book: lab.shelf.book, only: new Set([pc]), poll: false });
  await fleet.run(pc, 'net.host-name', name);
}
