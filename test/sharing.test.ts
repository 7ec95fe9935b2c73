/** Several bridges on one broker, on MQTT 3.1.1 and on 5: who looks after which PC, and what happens when that changes. */
import { needs } from '@amtkit/core/testing';
import type { Simulator } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { brokers, SharingLab, type Started } from './support/sharing-lab.ts';

vi.setConfig({ testTimeout: 30_000 });

describe.each(brokers)('Bridges on %s', (_name, words, start) => {
  let lab: SharingLab;
  beforeEach(async () => {
    lab = await SharingLab.open(start);
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  describe('when all is well', needs(...words), () => {
    it('share the PCs of the book, each with one owner', async () => {
      await lab.makePcs(12);
      const bridges = [await lab.startBridge('a'), await lab.startBridge('b'), await lab.startBridge('c')];
      const of = await lab.owners(bridges);
      expect(new Set(of.values())).toEqual(new Set(['a', 'b', 'c']));
      const info = await lab.ear.json(
        'amtkit/bridge/b/info',
        ({ bridges: others }) => (others as string[]).length === 2,
      );
      expect(info).toMatchObject({ bridges: ['a', 'c'] });
    });

    it('carry out each command once, by the owner, and answer it once', async () => {
      await lab.makePcs(6);
      await lab.owners([await lab.startBridge('a'), await lab.startBridge('b'), await lab.startBridge('c')]);
      for (const name of Object.keys(lab.pcs))
        await lab.ear.say(`amtkit/${name}/do/power/reset`, `{"transaction":"${name}"}`);
      for (const [name, pc] of Object.entries(lab.pcs)) {
        await lab.ear.json(`amtkit/${name}/result`, ({ transaction }) => transaction === name);
        expect(pc.received.of('RequestPowerStateChange')).toHaveLength(1);
      }
      await lab.ear.say('amtkit/stranger/do/power/reset', '{"transaction":"s"}');
      expect(await lab.ear.json('amtkit/stranger/result')).toMatchObject({ code: 'UNKNOWN_MACHINE' });
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"last"}');
      await lab.ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'last');
      expect(lab.ear.heard.filter(({ topic }) => topic.endsWith('/result'))).toHaveLength(8);
    });

    it('refuse a retained command once, and take it out', async () => {
      await lab.makePcs(3);
      await lab.owners([await lab.startBridge('a'), await lab.startBridge('b')]);
      await lab.ear.say('amtkit/pc-2/do/power/reset', '{"transaction":"r"}', { retain: true });
      await lab.ear.json('amtkit/pc-2/result', ({ transaction }) => transaction === 'r');
      await lab.ear.sees('amtkit/pc-2/do/power/reset', '');
      expect(lab.ear.on('amtkit/pc-2/result')).toHaveLength(1);
    });

    it('tell Home Assistant who owns a PC, and again when that changes', async () => {
      await lab.makePcs(4);
      const one = await lab.startBridge('a');
      await lab.owners([one]);
      const config = (name: string): string => `homeassistant/device/amtkit/${lab.pcs[name]?.uuid}/config`;
      for (const name of Object.keys(lab.pcs))
        await lab.ear.sees(config(name), (text) => text.includes('amtkit/bridge/a/state'));
      const two = await lab.startBridge('b');
      const of = await lab.owners([one, two]);
      for (const [name, id] of of) {
        const message = await lab.ear.json(config(name), ({ availability }) =>
          JSON.stringify(availability).includes(`amtkit/bridge/${id}/state`),
        );
        expect(JSON.stringify(message.device)).toContain(`"via_device":"amtkit_bridge_${id}"`);
      }
    });

    it('leave nothing retained of a PC that is removed, whoever owned it, and touch nothing of the others', async () => {
      await lab.makePcs(6);
      const bridges = [await lab.startBridge('a'), await lab.startBridge('b')];
      const of = await lab.owners(bridges);
      const gone = Object.keys(lab.pcs).filter((name) => name !== 'pc-3' && name !== 'pc-4');
      const { 'pc-3': three, 'pc-4': four } = lab.pcs as Record<'pc-3' | 'pc-4', Simulator>;
      expect(new Set(of.values()).size).toBe(2);
      await lab.shelf.rewrite({ 'pc-3': three, 'pc-4': four });
      for (const name of gone) await lab.ear.sees(`amtkit/${name}/availability`, '');
      await using late = await listen(lab.broker.url);
      await late.sees('amtkit/pc-4/availability', 'online');
      await late.sees('amtkit/pc-3/availability', 'online');
      const left = late.heard.map(({ topic }) => topic.split('/')[1]);
      expect(left.filter((name) => gone.includes(name ?? ''))).toEqual([]);
    });

    it('with books of their own look after what each has', async () => {
      await lab.makePcs(4);
      const { 'pc-1': first, ...others } = lab.pcs;
      const [mine, theirs] = [lab.keep(await bookOf({ 'pc-1': first as Simulator })), lab.keep(await bookOf(others))];
      const one = await lab.startBridge('a', { book: mine.book });
      const two = await lab.startBridge('b', { book: theirs.book });
      const of = await lab.owners([one, two]);
      expect(of.get('pc-1')).toBe('a');
      expect([...of.values()].filter((id) => id === 'b')).toHaveLength(3);
    });
  });

  describe('when one of them goes', needs(...words), () => {
    it('and says so, hand its PCs over without a false offline and without losing a command', async () => {
      await lab.makePcs(8);
      const [one, two] = [await lab.startBridge('a'), await lab.startBridge('b')];
      const of = await lab.owners([one, two]);
      const watch = lab.keep(availabilities(await listen(lab.broker.url), lab.pcs));
      await watch.allThere();
      let sent = 0;
      const say = async (): Promise<void> => {
        for (const name of Object.keys(lab.pcs)) {
          await lab.ear.say(`amtkit/${name}/net/host-name/set`, `{"value":"h${sent}","transaction":"${++sent}"}`);
        }
      };
      const saying = (async () => {
        for (let i = 0; i < 12; i++) await say();
      })();
      await one.bridge.close();
      await saying;
      await lab.ear.sees('amtkit/bridge/a/state', 'offline');
      await lab.owners([two]);
      await expect.poll(() => resultsOf(lab.ear).size, { timeout: 10_000 }).toBe(sent);
      expect([...resultsOf(lab.ear).values()].filter((codes) => codes.join() !== 'OK')).toEqual([]);
      for (const pc of Object.values(lab.pcs)) expect(puts(pc)).toHaveLength(12);
      expect([...of.values()]).toContain('a');
      const again = await lab.startBridge('a');
      expect(await lab.owners([again, two])).toEqual(of);
      expect(watch.falls).toEqual([]);
    });

    it('is cut off, take its PCs, and give them back when it is there again', async () => {
      await lab.makePcs(8);
      const [one, two] = [await lab.startBridge('a'), await lab.startBridge('b')];
      const of = await lab.owners([one, two]);
      one.door.shut();
      await expect.poll(() => two.bridge.fleet.machines.size).toBe(8);
      for (const name of Object.keys(lab.pcs)) {
        await lab.ear.say(`amtkit/${name}/do/power/reset`, `{"transaction":"alone-${name}"}`);
        const result = await lab.ear.json(
          `amtkit/${name}/result`,
          ({ transaction }) => transaction === `alone-${name}`,
        );
        expect(result).toMatchObject({ ok: true });
      }
      one.door.open();
      await expect.poll(() => lab.owners([one, two]), { timeout: 10_000 }).toEqual(of);
      for (const pc of Object.values(lab.pcs)) expect(pc.received.of('RequestPowerStateChange')).toHaveLength(1);
    });

    it('is cut off, and believe nothing that it knew before when it is there again', async () => {
      await lab.makePcs(6);
      const [one, two] = [await lab.startBridge('a'), await lab.startBridge('b')];
      const of = await lab.owners([one, two]);
      const name = [...of].find(([, id]) => id === 'a')?.[0] ?? '';
      await lab.ear.sees(`amtkit/${name}/net/host-name`);
      one.door.shut();
      await expect.poll(() => two.bridge.fleet.machines.size).toBe(6);
      await lab.ear.say(`amtkit/${name}/net/host-name/set`, '{"value":"renamed","transaction":"r"}');
      await lab.ear.json(`amtkit/${name}/result`, ({ transaction }) => transaction === 'r');
      one.door.open();
      await expect.poll(() => lab.owners([one, two])).toEqual(of);
      await expect.poll(() => one.bridge.fleet.machines.get(name)?.values.get('net.host-name')).toBe('renamed');
      await expect.poll(() => lab.ear.on(`amtkit/${name}/net/host-name`).at(-1)).toBe('renamed');
    });

    it('with a command in its hands, say that nobody knows what became of it, once, and do not begin it again', async () => {
      await lab.makePcs(3);
      const bridges = [await lab.startBridge('a'), await lab.startBridge('b'), await lab.startBridge('c')];
      const of = await lab.owners(bridges);
      const owner = bridges.find(({ id }) => id === of.get('pc-1')) as Started;
      lab.pcs['pc-1']?.use({
        name: 'cut the bridge off while it is commanded',
        invoke(_firmware, { method }) {
          if (method === 'RequestPowerStateChange') owner.door.shut();
          return undefined;
        },
      });
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"lost"}');
      const result = await lab.ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'lost');
      expect(result).toMatchObject({ ok: false, code: 'INTERRUPTED' });
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"lost"}');
      expect(await lab.ear.json('amtkit/pc-1/result', ({ repeated }) => repeated === true)).toMatchObject({
        code: 'INTERRUPTED',
      });
      owner.door.open();
      await lab.ear.sees(`amtkit/bridge/${owner.id}/state`, 'online');
      await lab.owners(bridges);
      await lab.ear.say('amtkit/pc-1/boot/next/set', '{"value":"bios","transaction":"last"}');
      await lab.ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'last');
      expect(lab.ear.on('amtkit/pc-1/result')).toHaveLength(3);
      expect(lab.pcs['pc-1']?.received.of('RequestPowerStateChange')).toHaveLength(1);
    });

    it('answer a transaction from memory that it has carried out', async () => {
      await lab.makePcs(2);
      const bridges = [await lab.startBridge('a'), await lab.startBridge('b'), await lab.startBridge('c')];
      const of = await lab.owners(bridges);
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      await lab.ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 't');
      const owner = bridges.find(({ id }) => id === of.get('pc-1')) as Started;
      await owner.bridge.close();
      await lab.ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      const again = await lab.ear.json('amtkit/pc-1/result', ({ repeated }) => repeated === true);
      expect(again).toMatchObject({ ok: true, code: 'OK', transaction: 't' });
      expect(lab.pcs['pc-1']?.received.of('RequestPowerStateChange')).toHaveLength(1);
    });
  });

  describe('when one comes', needs(...words), () => {
    it('keep a PC until what they do with it has ended', async () => {
      await lab.makePcs(6);
      const one = await lab.startBridge('a');
      await lab.owners([one]);
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      for (const pc of Object.values(lab.pcs)) {
        pc.use({
          name: 'wait while it is commanded',
          async invoke(_firmware, { method }) {
            if (method === 'RequestPowerStateChange') await gate;
            return undefined;
          },
        });
      }
      for (const name of Object.keys(lab.pcs))
        await lab.ear.say(`amtkit/${name}/do/power/reset`, `{"transaction":"${name}"}`);
      const two = await lab.startBridge('b');
      await lab.ear.sees('amtkit/bridge/a/machines', (text) => text.includes('"holds":["pc'));
      expect([...one.bridge.fleet.machines.keys()]).toEqual(Object.keys(lab.pcs));
      open();
      for (const [name, pc] of Object.entries(lab.pcs)) {
        const result = await lab.ear.json(`amtkit/${name}/result`, ({ transaction }) => transaction === name);
        expect(result).toMatchObject({ ok: true });
        expect(pc.received.of('RequestPowerStateChange')).toHaveLength(1);
      }
      await lab.owners([one, two]);
    });
  });
});

/** Codes of results by transaction, without repetitions. */
function resultsOf({ heard }: Listener): Map<string, string[]> {
  const codes = new Map<string, string[]>();
  for (const { topic, payload } of heard) {
    if (!topic.endsWith('/result')) continue;
    const { transaction, code, repeated } = JSON.parse(payload) as Record<string, string>;
    if (repeated === undefined) codes.set(transaction ?? '', [...(codes.get(transaction ?? '') ?? []), code ?? '']);
  }
  return codes;
}

/** Host names that a PC was given. */
function puts(pc: Simulator): unknown[] {
  return pc.received.requests().filter(({ action }) => action === 'Put');
}

/** What Home Assistant makes of it: which PCs were available and then, for a while, not. */
function availabilities(listener: Listener, pcs: Readonly<Record<string, Simulator>>) {
  const last = new Map<string, string>();
  const available = new Set<string>();
  const falls: string[] = [];
  const look = (): void => {
    for (const [name, { uuid }] of Object.entries(pcs)) {
      const config = last.get(`homeassistant/device/amtkit/${uuid}/config`);
      if (config === undefined || config === '') continue;
      const { availability } = JSON.parse(config) as { availability: { topic: string }[] };
      const isThere = availability.every(({ topic }) => last.get(topic) === 'online');
      if (isThere) available.add(name);
      else if (available.delete(name)) falls.push(name);
    }
  };
  const hear = (topic: string, payload: Buffer): void => {
    last.set(topic, payload.toString('utf8'));
    if (/config$|availability$|state$/.test(topic)) look();
  };
  for (const { topic, payload } of listener.heard) hear(topic, Buffer.from(payload));
  listener.client.on('message', hear);
  return {
    falls,
    allThere: () => expect.poll(() => available.size, { timeout: 10_000 }).toBe(Object.keys(pcs).length),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}
