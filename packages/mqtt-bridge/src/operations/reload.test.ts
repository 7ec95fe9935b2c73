/** A bridge whose book changes while it runs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidBook } from '@amtkit/core';
import { openBook } from '@amtkit/core/automation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridge } from '../bridge.ts';
import type { Bridge } from '../running-bridge.ts';
import { createFakeFleet, type FakeFleet } from '../testing/fake-fleet.ts';
import { type Listener, listen } from '../testing/listener.ts';

const admin = { username: 'admin', password: 'secret-a' };
const users = '{ admin: { password: secret-a }, guest: { password: secret-g } }';
let folder: string;
let path: string;
let fleet: FakeFleet;
let bridge: Bridge;
let ear: Listener;
let lines: string[];
const opened: AsyncDisposable[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-reload-'));
  path = join(folder, 'amtkit.yaml');
  lines = [];
  fleet = createFakeFleet();
  fleet.join('pc');
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function write(settings: string, embedded = `port: 0, users: ${users}`): Promise<void> {
  await writeFile(path, `bridge:\n  broker: { embedded: { ${embedded} } }\n  ${settings}\n`, { mode: 0o600 });
}

/** @param edits whether the bridge follows the file by itself, which may be quicker than a test */
async function start(settings: string, edits: 'followed' | 'not followed' = 'not followed'): Promise<void> {
  await write(settings);
  const book = await openBook(path);
  if (edits === 'not followed') Object.defineProperty(book, 'changes', { value: async function* () {} });
  bridge = await createBridge({ book, fleet, log: (line) => lines.push(line) });
  opened.push(bridge);
  ear = await listen(bridge.brokerUrl, '#', admin);
  opened.push(ear);
  await bridge.ready;
}

describe('A reload', () => {
  it('takes over at once what can change, and keeps every connection', async () => {
    await start('permit: window');
    let left = 0;
    ear.client.on('close', () => void left++);
    await write(
      'permit: never\n  pollSeconds: 7\n  switchOff: hard\n  log: { level: warn }\n  responsePrefixes: [answers]',
    );
    const { changed, applied, restart } = await bridge.reload();
    expect(changed).toBe(true);
    expect([...applied].sort()).toEqual(['log', 'permit', 'pollSeconds', 'responsePrefixes', 'switchOff']);
    expect(restart).toEqual([]);
    expect(fleet.adjustments).toEqual([{ pollMs: 7000, switchOff: { mode: 'hard', afterSeconds: 120 } }]);
    const info = await ear.json('amtkit/bridge/main/info', ({ log }) => (log as { level: string }).level === 'warn');
    expect(info).toMatchObject({ permit: { mode: 'never' }, restart: [] });
    expect(left).toBe(0);
  });

  it('takes the switch of the permit away from Home Assistant in two steps, where it is no window any more', async () => {
    await start('permit: window');
    const config = 'homeassistant/device/amtkit/bridge-main/config';
    await ear.json(config, ({ components }) => 'permit' in (components as object));
    ear.heard.length = 0;
    await write('permit: always');
    await bridge.reload();
    await ear.json(config, ({ components }) => !('permit' in (components as object)));
    const seen = ear
      .on(config)
      .map((text) => (JSON.parse(text) as { components: { permit?: object } }).components.permit);
    expect(seen).toEqual([{ platform: 'switch' }, undefined]);
  });

  it('names what waits for the next start, once in the log, and until then in the info', async () => {
    await start('permit: always');
    await write('topic: elsewhere\n  homeassistant: { prefix: ha }', `port: 1884, users: ${users}`);
    const first = await bridge.reload();
    expect(first.restart).toEqual(['topic', 'broker', 'homeassistant']);
    expect((await bridge.reload()).restart).toEqual(first.restart);
    await ear.json('amtkit/bridge/main/info', ({ restart }) => (restart as string[]).includes('topic'));
    const told = lines.filter((line) => line.includes('has to be started again'));
    expect(told).toEqual([
      'The bridge has to be started again for what the book says of topic, broker, homeassistant.',
    ]);
    await write('permit: always');
    expect((await bridge.reload()).restart).toEqual([]);
  });

  it('sends users away who may not log in any more, and nobody else', async () => {
    await start('permit: always');
    const guest = await listen(bridge.brokerUrl, '#', { username: 'guest', password: 'secret-g' });
    opened.push(guest);
    const gone = new Promise((resolve) => guest.client.once('close', () => resolve(true)));
    await write('permit: always', 'port: 0, users: { admin: { password: secret-a }, new: { password: secret-n } }');
    expect(await bridge.reload()).toMatchObject({ applied: ['broker.embedded.users'], restart: [] });
    await gone;
    const fresh = await listen(bridge.brokerUrl, '#', { username: 'new', password: 'secret-n' });
    opened.push(fresh);
    await ear.say('amtkit/x', 'still here');
    await ear.sees('amtkit/x');
  });

  it('of a book with a mistake changes nothing, and says what is wrong', async () => {
    await start('permit: window');
    await write('permit: sometimes');
    await expect(bridge.reload()).rejects.toBeInstanceOf(InvalidBook);
    await write('permit: never', 'port: 0, users: { admin: { password: { env: AMTKIT_NOT_SET } } }');
    await expect(bridge.reload()).rejects.toThrow(/AMTKIT_NOT_SET/);
    expect(await ear.json('amtkit/bridge/main/info')).toMatchObject({ permit: { mode: 'window' } });
    await ear.say('amtkit/bridge/main/request/reload');
    expect(await ear.json('amtkit/bridge/main/response/reload')).toMatchObject({ ok: false, code: 'INVALID_BOOK' });
  });

  it('by request says what came of it', async () => {
    await start('permit: always');
    await write('permit: never\n  id: other');
    await ear.say('amtkit/bridge/main/request/reload', '{"transaction":"r"}');
    expect(await ear.json('amtkit/bridge/main/response/reload')).toMatchObject({
      ok: true,
      message: 'The book was read again. The bridge has to be started again for id.',
      data: { changed: true, machines: 1, applied: ['permit'], restart: ['id'] },
    });
  });

  it('is not needed where the file is just edited', async () => {
    await start('permit: always', 'followed');
    await write('permit: never');
    await ear.json('amtkit/bridge/main/info', ({ permit }) => (permit as { mode: string }).mode === 'never');
    expect(lines).toContain('The book was taken over: permit.');
  });
});
