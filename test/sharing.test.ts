/** Several bridges on one broker, on MQTT 3.1.1 and on 5: who looks after which PC, and what happens when that changes. */
import { needs } from '@amtkit/core/testing';
import { type Bridge, type BridgeOptions, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, createSimulators, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { oldBroker } from './support/aedes.ts';
import { bookOf, type TestBook } from './support/book.ts';
import { type Door, doorTo } from './support/door.ts';
import { mosquitto } from './support/mosquitto.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 30_000 });

const soon = {
  firstRetryMs: 20,
  longestRetryMs: 40,
  quietMs: 50,
  probeMs: 30,
  birthMs: 20,
  birthSpreadMs: 20,
  settleMs: 20,
  birthPauseMs: 50,
  stopMs: 1000,
  collectMs: 20,
  graceMs: 3000,
  orphanMs: 400,
  speakMs: 200,
  askMs: 2000,
  holdMs: 50,
  leaveMs: 5000,
};
const watchful = {
  pollMs: 80,
  transitionPollMs: 30,
  offlinePollMs: 100,
  slowPollMs: 60_000,
  busyRetryMs: 20,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 100 },
};

/** A bridge, the door between it and the broker, and what it has said. */
interface Started {
  readonly id: string;
  readonly bridge: Bridge;
  readonly door: Door;
  readonly lines: string[];
}

const brokers = [
  ['aedes, MQTT 3.1.1', [], oldBroker],
  ['mosquitto, MQTT 5', ['mosquitto'], mosquitto],
] as const;

describe.each(brokers)('Bridges on %s', (_name, words, start) => {
  const opened: AsyncDisposable[] = [];
  let broker: { readonly url: string; readonly port: number };
  let ear: Listener;
  let pcs: Record<string, Simulator>;
  let shelf: TestBook;

  function keep<T extends AsyncDisposable>(thing: T): T {
    opened.push(thing);
    return thing;
  }

  function keepAll<T extends readonly Simulator[]>(many: T): T {
    keep({ [Symbol.asyncDispose]: async () => void (await Promise.all(many.map((pc) => pc.close()))) });
    return many;
  }

  async function makePcs(count: number, options: SimulatorOptions = {}): Promise<void> {
    pcs = {};
    for (let i = 1; i <= count; i++) {
      pcs[`pc-${i}`] = keep(await createSimulator({ speed: 0, password, power: 'on', ...options }));
    }
    shelf = keep(await bookOf(pcs));
  }

  async function startBridge(id: string, more: Partial<BridgeOptions> = {}): Promise<Started> {
    const lines: string[] = [];
    const door = keep(await doorTo(broker.port));
    const bridge = keep(
      await createBridge({
        book: shelf.book,
        broker: `mqtt://127.0.0.1:${door.port}`,
        settings: { id },
        patience: soon,
        fleetOptions: { patience: watchful, timeoutMs: 1000 },
        log: (line) => lines.push(line),
        ...more,
      }),
    );
    await bridge.ready;
    return { id, bridge, door, lines };
  }

  /** Who has which PC, once each has exactly one owner among these and has answered it. */
  async function owners(bridges: readonly Started[], timeout = 10_000): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await expect
      .poll(
        () => {
          found.clear();
          for (const { id, bridge } of bridges) {
            for (const [machine, { reachability }] of bridge.fleet.machines) {
              if (found.has(machine)) return `${machine} has two`;
              if (reachability !== 'online') return `${machine} has not answered ${id}`;
              found.set(machine, id);
            }
          }
          return found.size;
        },
        { timeout },
      )
      .toBe(Object.keys(pcs).length);
    return found;
  }

  beforeEach(async () => {
    broker = keep(await start());
    ear = keep(await listen(broker.url));
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  });

  describe('when all is well', needs(...words), () => {
    it('share the PCs of the book, each with one owner', async () => {
      await makePcs(12);
      const bridges = [await startBridge('a'), await startBridge('b'), await startBridge('c')];
      const of = await owners(bridges);
      expect(new Set(of.values())).toEqual(new Set(['a', 'b', 'c']));
      const info = await ear.json('amtkit/bridge/b/info', ({ bridges: others }) => (others as string[]).length === 2);
      expect(info).toMatchObject({ bridges: ['a', 'c'] });
    });

    it('carry out each command once, by the owner, and answer it once', async () => {
      await makePcs(6);
      await owners([await startBridge('a'), await startBridge('b'), await startBridge('c')]);
      for (const name of Object.keys(pcs)) await ear.say(`amtkit/${name}/do/power/reset`, `{"transaction":"${name}"}`);
      for (const [name, pc] of Object.entries(pcs)) {
        await ear.json(`amtkit/${name}/result`, ({ transaction }) => transaction === name);
        expect(pc.received.of('RequestPowerStateChange')).toHaveLength(1);
      }
      await ear.say('amtkit/stranger/do/power/reset', '{"transaction":"s"}');
      expect(await ear.json('amtkit/stranger/result')).toMatchObject({ code: 'UNKNOWN_MACHINE' });
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"last"}');
      await ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'last');
      expect(ear.heard.filter(({ topic }) => topic.endsWith('/result'))).toHaveLength(8);
    });

    it('refuse a retained command once, and take it out', async () => {
      await makePcs(3);
      await owners([await startBridge('a'), await startBridge('b')]);
      await ear.say('amtkit/pc-2/do/power/reset', '{"transaction":"r"}', { retain: true });
      await ear.json('amtkit/pc-2/result', ({ transaction }) => transaction === 'r');
      await ear.sees('amtkit/pc-2/do/power/reset', '');
      expect(ear.on('amtkit/pc-2/result')).toHaveLength(1);
    });

    it('tell Home Assistant who owns a PC, and again when that changes', async () => {
      await makePcs(4);
      const one = await startBridge('a');
      await owners([one]);
      const config = (name: string): string => `homeassistant/device/amtkit/${pcs[name]?.uuid}/config`;
      for (const name of Object.keys(pcs))
        await ear.sees(config(name), (text) => text.includes('amtkit/bridge/a/state'));
      const two = await startBridge('b');
      const of = await owners([one, two]);
      for (const [name, id] of of) {
        const message = await ear.json(config(name), ({ availability }) =>
          JSON.stringify(availability).includes(`amtkit/bridge/${id}/state`),
        );
        expect(JSON.stringify(message.device)).toContain(`"via_device":"amtkit_bridge_${id}"`);
      }
    });

    it('leave nothing retained of a PC that is removed, whoever owned it, and touch nothing of the others', async () => {
      await makePcs(6);
      const bridges = [await startBridge('a'), await startBridge('b')];
      const of = await owners(bridges);
      const gone = Object.keys(pcs).filter((name) => name !== 'pc-3' && name !== 'pc-4');
      const { 'pc-3': three, 'pc-4': four } = pcs as Record<'pc-3' | 'pc-4', Simulator>;
      expect(new Set(of.values()).size).toBe(2);
      await shelf.rewrite({ 'pc-3': three, 'pc-4': four });
      for (const name of gone) await ear.sees(`amtkit/${name}/availability`, '');
      await using late = await listen(broker.url);
      await late.sees('amtkit/pc-4/availability', 'online');
      await late.sees('amtkit/pc-3/availability', 'online');
      const left = late.heard.map(({ topic }) => topic.split('/')[1]);
      expect(left.filter((name) => gone.includes(name ?? ''))).toEqual([]);
    });

    it('with books of their own look after what each has', async () => {
      await makePcs(4);
      const { 'pc-1': first, ...others } = pcs;
      const [mine, theirs] = [keep(await bookOf({ 'pc-1': first as Simulator })), keep(await bookOf(others))];
      const one = await startBridge('a', { book: mine.book });
      const two = await startBridge('b', { book: theirs.book });
      const of = await owners([one, two]);
      expect(of.get('pc-1')).toBe('a');
      expect([...of.values()].filter((id) => id === 'b')).toHaveLength(3);
    });
  });

  describe('when one of them goes', needs(...words), () => {
    it('and says so, hand its PCs over without a false offline and without losing a command', async () => {
      await makePcs(8);
      const [one, two] = [await startBridge('a'), await startBridge('b')];
      const of = await owners([one, two]);
      const watch = keep(availabilities(await listen(broker.url), pcs));
      await watch.allThere();
      let sent = 0;
      const say = async (): Promise<void> => {
        for (const name of Object.keys(pcs)) {
          await ear.say(`amtkit/${name}/net/host-name/set`, `{"value":"h${sent}","transaction":"${++sent}"}`);
        }
      };
      const saying = (async () => {
        for (let i = 0; i < 12; i++) await say();
      })();
      await one.bridge.close();
      await saying;
      await ear.sees('amtkit/bridge/a/state', 'offline');
      await owners([two]);
      await expect.poll(() => resultsOf(ear).size, { timeout: 10_000 }).toBe(sent);
      expect([...resultsOf(ear).values()].filter((codes) => codes.join() !== 'OK')).toEqual([]);
      for (const pc of Object.values(pcs)) expect(puts(pc)).toHaveLength(12);
      expect([...of.values()]).toContain('a');
      const again = await startBridge('a');
      expect(await owners([again, two])).toEqual(of);
      expect(watch.falls).toEqual([]);
    });

    it('is cut off, take its PCs, and give them back when it is there again', async () => {
      await makePcs(8);
      const [one, two] = [await startBridge('a'), await startBridge('b')];
      const of = await owners([one, two]);
      one.door.shut();
      await expect.poll(() => two.bridge.fleet.machines.size).toBe(8);
      for (const name of Object.keys(pcs)) {
        await ear.say(`amtkit/${name}/do/power/reset`, `{"transaction":"alone-${name}"}`);
        const result = await ear.json(`amtkit/${name}/result`, ({ transaction }) => transaction === `alone-${name}`);
        expect(result).toMatchObject({ ok: true });
      }
      one.door.open();
      await expect.poll(() => owners([one, two]), { timeout: 10_000 }).toEqual(of);
      for (const pc of Object.values(pcs)) expect(pc.received.of('RequestPowerStateChange')).toHaveLength(1);
    });

    it('is cut off, and believe nothing that it knew before when it is there again', async () => {
      await makePcs(6);
      const [one, two] = [await startBridge('a'), await startBridge('b')];
      const of = await owners([one, two]);
      const name = [...of].find(([, id]) => id === 'a')?.[0] ?? '';
      await ear.sees(`amtkit/${name}/net/host-name`);
      one.door.shut();
      await expect.poll(() => two.bridge.fleet.machines.size).toBe(6);
      await ear.say(`amtkit/${name}/net/host-name/set`, '{"value":"renamed","transaction":"r"}');
      await ear.json(`amtkit/${name}/result`, ({ transaction }) => transaction === 'r');
      one.door.open();
      await expect.poll(() => owners([one, two])).toEqual(of);
      await expect.poll(() => one.bridge.fleet.machines.get(name)?.values.get('net.host-name')).toBe('renamed');
      await expect.poll(() => ear.on(`amtkit/${name}/net/host-name`).at(-1)).toBe('renamed');
    });

    it('with a command in its hands, say that nobody knows what became of it, once, and do not begin it again', async () => {
      await makePcs(3);
      const bridges = [await startBridge('a'), await startBridge('b'), await startBridge('c')];
      const of = await owners(bridges);
      const owner = bridges.find(({ id }) => id === of.get('pc-1')) as Started;
      pcs['pc-1']?.use({
        name: 'cut the bridge off while it is commanded',
        invoke(_firmware, { method }) {
          if (method === 'RequestPowerStateChange') owner.door.shut();
          return undefined;
        },
      });
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"lost"}');
      const result = await ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'lost');
      expect(result).toMatchObject({ ok: false, code: 'INTERRUPTED' });
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"lost"}');
      expect(await ear.json('amtkit/pc-1/result', ({ repeated }) => repeated === true)).toMatchObject({
        code: 'INTERRUPTED',
      });
      owner.door.open();
      await ear.sees(`amtkit/bridge/${owner.id}/state`, 'online');
      await owners(bridges);
      await ear.say('amtkit/pc-1/boot/next/set', '{"value":"bios","transaction":"last"}');
      await ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'last');
      expect(ear.on('amtkit/pc-1/result')).toHaveLength(3);
      expect(pcs['pc-1']?.received.of('RequestPowerStateChange')).toHaveLength(1);
    });

    it('answer a transaction from memory that it has carried out', async () => {
      await makePcs(2);
      const bridges = [await startBridge('a'), await startBridge('b'), await startBridge('c')];
      const of = await owners(bridges);
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      await ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 't');
      const owner = bridges.find(({ id }) => id === of.get('pc-1')) as Started;
      await owner.bridge.close();
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      const again = await ear.json('amtkit/pc-1/result', ({ repeated }) => repeated === true);
      expect(again).toMatchObject({ ok: true, code: 'OK', transaction: 't' });
      expect(pcs['pc-1']?.received.of('RequestPowerStateChange')).toHaveLength(1);
    });
  });

  describe('when one comes', needs(...words), () => {
    it('keep a PC until what they do with it has ended', async () => {
      await makePcs(6);
      const one = await startBridge('a');
      await owners([one]);
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      for (const pc of Object.values(pcs)) {
        pc.use({
          name: 'wait while it is commanded',
          async invoke(_firmware, { method }) {
            if (method === 'RequestPowerStateChange') await gate;
            return undefined;
          },
        });
      }
      for (const name of Object.keys(pcs)) await ear.say(`amtkit/${name}/do/power/reset`, `{"transaction":"${name}"}`);
      const two = await startBridge('b');
      await ear.sees('amtkit/bridge/a/machines', (text) => text.includes('"holds":["pc'));
      expect([...one.bridge.fleet.machines.keys()]).toEqual(Object.keys(pcs));
      open();
      for (const [name, pc] of Object.entries(pcs)) {
        const result = await ear.json(`amtkit/${name}/result`, ({ transaction }) => transaction === name);
        expect(result).toMatchObject({ ok: true });
        expect(pc.received.of('RequestPowerStateChange')).toHaveLength(1);
      }
      await owners([one, two]);
    });
  });

  describe('when everything happens at once', needs(...words), () => {
    it('see two hundred PCs vanish in one power cut, and all of them come back', { timeout: 200_000 }, async () => {
      const many = keepAll(
        await createSimulators(200, { speed: 0, password, power: 'on', recordLimit: 1, firstAddress: '127.8.0.1' }),
      );
      pcs = Object.fromEntries(many.map((pc, i) => [`pc-${i + 1}`, pc]));
      shelf = keep(await bookOf(pcs));
      const calm = { ...watchful, pollMs: 2000, offlinePollMs: 2000 };
      const fleetOptions = { patience: calm, timeoutMs: 3000 };
      const [one, two] = [await startBridge('a', { fleetOptions }), await startBridge('b', { fleetOptions })];
      const of = await owners([one, two], 60_000);
      const long = { timeout: 60_000 };
      const said = new Map<string, string>();
      const eye = keep(await listen(broker.url, { filter: 'amtkit/+/availability' }));
      eye.client.on('message', (topic, payload) => void said.set(topic, payload.toString('utf8')));
      for (const { topic, payload } of eye.heard) said.set(topic, payload);
      const count = (payload: string): number => [...said.values()].filter((each) => each === payload).length;
      await expect.poll(() => count('online'), long).toBe(200);
      await Promise.all(many.map((pc) => pc.unplug()));
      await expect.poll(() => count('offline'), long).toBe(200);
      await Promise.all(many.map((pc) => pc.plug()));
      await expect.poll(() => count('online'), long).toBe(200);
      expect(await owners([one, two], 60_000)).toEqual(of);
    });

    it('tell Home Assistant everything, devices first, however often it starts', async () => {
      await makePcs(6);
      const bridges = [await startBridge('a'), await startBridge('b')];
      await owners(bridges);
      const uuids = Object.values(pcs).map(({ uuid }) => uuid);
      for (const uuid of uuids) await ear.sees(`homeassistant/device/amtkit/${uuid}/config`);
      for (const name of Object.keys(pcs)) await ear.sees(`amtkit/${name}/availability`, 'online');
      ear.heard.length = 0;
      for (let i = 0; i < 20; i++) await ear.say('homeassistant/status', 'online');
      for (const [name, { uuid }] of Object.entries(pcs)) {
        const device = `homeassistant/device/amtkit/${uuid}/config`;
        const at = (topic: string, from: 'first' | 'last'): number => {
          const topics = ear.heard.map((message) => message.topic);
          return from === 'first' ? topics.indexOf(topic) : topics.lastIndexOf(topic);
        };
        await expect.poll(() => at(device, 'first')).toBeGreaterThanOrEqual(0);
        await expect.poll(() => at(`amtkit/${name}/availability`, 'last')).toBeGreaterThan(at(device, 'first'));
        expect(at(`amtkit/${name}/power/state`, 'last')).toBeGreaterThan(at(device, 'first'));
        expect(ear.on(device).length).toBeLessThan(4);
      }
    });

    it('find their way back when the broker is started again, and take nothing over for it', async () => {
      await makePcs(6);
      const bridges = [await startBridge('a'), await startBridge('b')];
      const of = await owners(bridges);
      for (const { door } of bridges) door.shut();
      await expect.poll(() => bridges.some(({ bridge }) => bridge.connected)).toBe(false);
      for (const { door } of bridges) door.open();
      await expect.poll(() => bridges.every(({ bridge }) => bridge.connected)).toBe(true);
      expect(await owners(bridges)).toEqual(of);
    });
  });

  describe('when two have one id', needs(...words), () => {
    it('the second one says so, stays silent, and goes on when the first is gone', async () => {
      await makePcs(2);
      const first = await startBridge('main');
      await owners([first]);
      const lines: string[] = [];
      const second = keep(
        await createBridge({
          book: shelf.book,
          broker: broker.url,
          settings: { id: 'main' },
          patience: soon,
          fleetOptions: { patience: watchful },
          log: (line) => lines.push(line),
        }),
      );
      await expect.poll(() => lines.join('\n'), { timeout: 5000 }).toContain('Another bridge calls itself main');
      expect(second.fleet.machines.size).toBe(0);
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      await ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 't');
      expect(ear.on('amtkit/pc-1/result')).toHaveLength(1);
      await first.bridge.close();
      await second.ready;
      await expect.poll(() => second.fleet.machines.size).toBe(2);
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"u"}');
      await ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 'u');
    });

    it('that began at the same moment, one goes on, and it is said', async () => {
      await makePcs(2);
      const lines: string[] = [];
      const log = (line: string): void => void lines.push(line);
      const options = { book: shelf.book, broker: broker.url, settings: { id: 'main' }, patience: soon, log };
      const bridges = await Promise.all([createBridge(options), createBridge(options)]);
      for (const each of bridges) keep(each);
      await expect.poll(() => lines.join('\n')).toMatch(/(stops until the other|waits until that) is gone/);
      await expect.poll(() => bridges.map(({ fleet }) => fleet.machines.size).toSorted()).toEqual([0, 2]);
      await ear.say('amtkit/pc-1/do/power/reset', '{"transaction":"t"}');
      await ear.json('amtkit/pc-1/result', ({ transaction }) => transaction === 't');
      expect(pcs['pc-1']?.received.of('RequestPowerStateChange')).toHaveLength(1);
    });
  });

  describe('when somebody says what is not so', needs(...words), () => {
    it('a bridge that is said to be online and answers nothing is not waited for', async () => {
      await makePcs(4);
      const claim = {
        instance: 'ghost',
        since: '2020-01-01T00:00:00.000Z',
        machines: Object.keys(pcs),
        holds: Object.keys(pcs),
      };
      await ear.say('amtkit/bridge/ghost/machines', JSON.stringify(claim), { retain: true });
      await ear.say('amtkit/bridge/ghost/state', 'online', { retain: true });
      const one = await startBridge('a');
      await ear.sees('amtkit/bridge/ghost/state', 'offline');
      await owners([one]);
      expect(one.lines.join('\n')).toContain('The bridge ghost is said to be online and answers nothing');
    });

    it('a bridge that is said to be offline says that it is not', async () => {
      await makePcs(2);
      const one = await startBridge('a');
      await ear.sees('amtkit/bridge/a/state', 'online');
      ear.heard.length = 0;
      await ear.say('amtkit/bridge/a/state', 'offline', { retain: true });
      await ear.sees('amtkit/bridge/a/state', 'online');
      await owners([one]);
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
