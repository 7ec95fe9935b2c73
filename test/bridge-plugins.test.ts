/** Plugins of the book in a bridge: what they refuse, add, publish and hear, as somebody at the broker sees it. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bridge, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 30_000 });
const patience = {
  pollMs: 50,
  transitionPollMs: 20,
  offlinePollMs: 100,
  slowPollMs: 60_000,
  busyRetryMs: 20,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 100 },
};

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

/** A bridge over a book with a virtual PC and these plugins, by file. */
async function house(
  plugins: Readonly<Record<string, string>>,
): Promise<{ bridge: Bridge; ear: Listener; log: string[]; simulator: Simulator }> {
  const simulator = await createSimulator({ speed: 0, password, power: 'on' });
  opened.push(simulator);
  const uses = Object.keys(plugins).map((file) => ({
    use: `./${file}`,
    ...(file.startsWith('far') ? { isolation: 'worker' } : {}),
  }));
  const shelf = await bookOf({ pc: simulator }, { bridge: { broker: { embedded: { port: 0 } } }, plugins: uses });
  opened.push(shelf);
  for (const [file, text] of Object.entries(plugins)) await writeFile(join(dirname(shelf.path), file), text);
  const log: string[] = [];
  const bridge = await createBridge({
    book: shelf.book,
    fleetOptions: { patience, timeoutMs: 2000 },
    log: (line) => log.push(line),
  });
  opened.push(bridge);
  const ear = await listen(bridge.brokerUrl);
  opened.push(ear);
  return { bridge, ear, log, simulator };
}

describe('A plugin of the book in a bridge', () => {
  it('refuses a part of the power switch, and the person at the broker reads why', async () => {
    const { ear, simulator } = await house({
      'no.mjs': `export default {
        name: 'no',
        beforeAction: ({ id, within }) => id === 'power.soft-off' && within === 'power.switch' ? { veto: 'people work' } : undefined,
      };`,
    });
    await ear.say('amtkit/pc/power/switch/set', 'OFF');
    expect(await ear.json('amtkit/pc/result')).toMatchObject({
      ok: false,
      code: 'VETOED',
      action: 'power.switch',
      message: 'pc: power.soft-off was refused by no: people work',
    });
    expect(simulator.firmware.state.power).toBe('on');
    await ear.say('amtkit/pc/do/power/reset');
    expect(await ear.json('amtkit/pc/result', ({ action }) => action === 'power.reset')).toMatchObject({ ok: true });
  });

  it('is listed with how it does, also when it fails', async () => {
    const { ear } = await house({
      'fine.mjs': `export default { name: 'fine' };`,
      'broken.mjs': `export default { name: 'broken', setup() { throw new Error('No licence.'); } };`,
      'far.mjs': `export default { name: 'far', valueChanged() {} };`,
    });
    const { plugins } = (await ear.json('amtkit/bridge/main/info')) as { plugins: Record<string, unknown>[] };
    const ours = plugins.filter(({ name }) => ['fine', 'broken', 'far'].includes(String(name)));
    expect(ours).toEqual([
      { name: 'fine', isolation: 'inline', state: 'running', failures: 0 },
      { name: 'broken', isolation: 'inline', state: 'failed', failures: 1, lastError: 'setup: No licence.' },
      { name: 'far', isolation: 'worker', state: 'running', failures: 0 },
    ]);
  });

  it('publishes below the base topic, and nowhere else', async () => {
    const { bridge, ear, log } = await house({
      'loud.mjs': `
        const said = [];
        export default {
          // Like one of the bridge's own, which is another one.
          name: 'info',
          setup: ({ mqtt }) => mqtt.subscribe(mqtt.base + '/+/rack/ask'),
          reachabilityChanged({ machine, reachability }, { mqtt }) {
            mqtt.publish({ topic: mqtt.base + '/' + machine + '/rack/unit', payload: reachability, retain: true });
            for (const topic of ['home/x', 'amtkit/bridge/main/state', 'amtkit/pc/do/power/off', 'amtkit/+/x']) {
              try { mqtt.publish({ topic, payload: '' }); } catch (error) { said.push(error.message); }
            }
          },
          received({ topic }, { log }) {
            if (!topic.endsWith('rack/ask')) return;
            log('refused ' + said.length);
            return true;
          },
        };`,
    });
    await ear.sees('amtkit/pc/rack/unit', 'online');
    await ear.say('amtkit/pc/rack/ask', 'now');
    await expect.poll(() => log).toContain('plugin info: refused 4');
    await using late = await listen(bridge.brokerUrl);
    await late.sees('amtkit/pc/rack/unit', 'online');
    expect(ear.heard.filter(({ topic }) => topic.startsWith('home/') || topic === 'amtkit/pc/do/power/off')).toEqual(
      [],
    );
  });

  it('changes what goes out, or keeps it back', async () => {
    const { ear } = await house({
      'quiet.mjs': `export default {
        name: 'quiet',
        publishing(message) {
          if (message.topic.endsWith('/hw/serial')) return null;
          if (message.topic.endsWith('/hw/model') && message.payload !== '') return { ...message, payload: 'a PC' };
        },
      };`,
    });
    await ear.sees('amtkit/pc/hw/model', 'a PC');
    await ear.sees('amtkit/pc/hw/manufacturer');
    expect(ear.on('amtkit/pc/hw/serial')).toEqual([]);
  });

  it('adds capabilities, which are topics and entities like all others', async () => {
    const { ear } = await house({
      'rack.ts': `
        import { action, definePlugin, integer, reading, source } from '@amtkit/core/automation';
        let blinked = 0;
        export default definePlugin<unknown>({
          name: 'rack',
          setup({ addCapability }) {
            const count = source({ refresh: 'seconds', local: true, read: async () => blinked });
            addCapability(reading({ id: 'rack.blinked', title: 'Blinked', value: integer(), from: count, pick: (n) => n }));
            addCapability(action({
              id: 'rack.blink', title: 'Blink', effect: 'harmless', local: true, changes: ['rack.blinked'],
              input: { times: integer({ min: 1, max: 9 }) },
              run: async (_machine, { times }) => { blinked += times; },
            }));
          },
        });`,
    });
    await ear.sees('amtkit/pc/rack/blinked', '0');
    await ear.say('amtkit/pc/do/rack/blink', '{"times": 3}');
    await ear.sees('amtkit/pc/rack/blinked', '3');
    await ear.say('amtkit/pc/do/rack/blink', '{"times": 30}');
    expect(await ear.json('amtkit/pc/result', ({ ok }) => ok === false)).toMatchObject({ code: 'INVALID' });
    const entities = () => ear.heard.filter(({ topic }) => topic.startsWith('homeassistant/device/'));
    await expect
      .poll(() =>
        entities()
          .map(({ payload }) => payload)
          .join(),
      )
      .toContain('amtkit/pc/rack/blinked');
  });

  it('hears of machines that a scan found', async () => {
    const { ear, log } = await house({
      'scout.mjs': `export default { name: 'scout', discovered({ found }, { log }) { log('found ' + found.address); } };`,
    });
    const { host, ports } = await createSimulator({ speed: 0, password }).then((pc) => {
      opened.push(pc);
      return pc;
    });
    await ear.say('amtkit/bridge/main/request/scan', JSON.stringify({ range: host, port: ports.rmcp }));
    await ear.json('amtkit/bridge/main/response/scan');
    await expect.poll(() => log).toContain(`plugin scout: found ${host}`);
  });
});
