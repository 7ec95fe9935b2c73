/** Who did what: one file for the bridge and the shell. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createFleet } from '@amtkit/core/automation';
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator } from '@amtkit/simulator';
import { afterEach, expect, it, vi } from 'vitest';
import { Amt } from './support/amt.ts';
import { bookOf } from './support/book.ts';
import { listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 30_000 });

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

it('what the bridge and the shell do to a PC stands in one audit, without secrets', async () => {
  const simulator = keep(await createSimulator({ speed: 0, password, power: 'off' }));
  const users = { eve: { password: 'eves-own' }, adam: { password: 'adams-own' } };
  const bridgeSettings = {
    broker: { embedded: { port: 0, users } },
    permit: 'window',
    audit: { file: 'logs/audit.jsonl' },
  };
  const shelf = keep(await bookOf({ pc: simulator }, { bridge: bridgeSettings }));
  const bridge = keep(await createBridge({ book: shelf.book }));
  const ear = keep(await listen(bridge.brokerUrl, { username: 'eve', password: 'eves-own' }));
  const adam = keep(await listen(bridge.brokerUrl, { username: 'adam', password: 'adams-own' }));
  const result = (wanted: string) => ear.json('amtkit/pc/result', ({ transaction }) => transaction === wanted);

  await ear.say('amtkit/pc/do/power/on', '{"transaction":"on"}');
  await result('on');
  await ear.say('amtkit/pc/do/power/reset', '{"transaction":"refused"}');
  await result('refused');
  await ear.say('amtkit/bridge/main/request/permit', '{"seconds":60,"transaction":"window"}');
  await ear.json('amtkit/bridge/main/response/permit');
  await ear.say('amtkit/pc/do/consent/send', '{"code":"918273","transaction":"code"}');
  await result('code');
  await adam.say('amtkit/pc/boot/next/set', '{"value":"bios","transaction":"next"}');
  await result('next');
  const amt = keep(await Amt.open());
  await amt.run('user add pc --name eve --realms general-info --new-password-stdin --yes', {
    env: { AMTKIT_CONFIG: shelf.path },
    input: 'N3w-P@ssw0rd\n',
  });
  await amt.run('power soft-off nobody', { env: { AMTKIT_CONFIG: shelf.path } });
  await amt.run('boot clear pc', { env: { AMTKIT_CONFIG: shelf.path } });
  await bridge.close();

  const file = join(dirname(shelf.path), 'logs', 'audit.jsonl');
  const text = await readFile(file, 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ by, action, code }) => `${by} ${action} ${code}`)).toMatchObject([
    'mqtt power.on OK',
    'mqtt power.reset VETOED',
    'mqtt bridge.permit OK',
    expect.stringMatching(/^mqtt consent\.send /),
    'mqtt boot.next OK',
    'cli user.add OK',
    'cli boot.clear OK',
  ]);
  expect(lines[4]).toMatchObject({ machine: 'pc', input: 'bios', transaction: 'next', effect: expect.any(String) });
  expect(lines.slice(0, 5).map(({ user }) => user)).toEqual(['eve', 'eve', 'eve', 'eve', 'adam']);
  expect(lines[5]).toMatchObject({ machine: 'pc', user: expect.any(String), input: { name: 'eve' } });
  expect(text).not.toMatch(/918273|N3w-P@ssw0rd|s-own/);
  expect(text).not.toContain(password);
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('any other program over the same book writes it, too', async () => {
  const simulator = keep(await createSimulator({ speed: 0, password, power: 'off' }));
  const shelf = keep(await bookOf({ pc: simulator }, { bridge: { audit: { file: 'audit.jsonl' } } }));
  const fleet = await createFleet({ book: shelf.book, poll: false });
  await fleet.run('pc', 'power.on', undefined, { by: 'node-red' });
  await fleet.close();
  const text = await readFile(join(dirname(shelf.path), 'audit.jsonl'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ by: 'node-red', machine: 'pc', action: 'power.on', code: 'OK' });
});
