import { createServer } from 'node:net';
import { InvalidBook } from '@amtkit/core';
import { logOf } from '@amtkit/core/automation';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listener, listen } from '../testing/listener.ts';
import { covers } from './access.ts';
import { type EmbeddedBroker, type EmbeddedBrokerOptions, startBroker } from './broker.ts';

const opened: EmbeddedBroker[] = [];
const ears: Listener[] = [];
const lines: string[] = [];

afterEach(async () => {
  for (const ear of ears.splice(0)) await ear[Symbol.asyncDispose]();
  for (const broker of opened.splice(0)) await broker.close();
  lines.length = 0;
});

async function start(options: Partial<EmbeddedBrokerOptions> = {}): Promise<EmbeddedBroker> {
  const broker = await startBroker({
    listen: '127.0.0.1',
    port: 0,
    users: new Map(),
    base: 'amtkit',
    patience: { refusalMs: 0 },
    log: logOf((line) => lines.push(line)),
    ...options,
  });
  opened.push(broker);
  return broker;
}

async function client(broker: EmbeddedBroker, username?: string, password?: string): Promise<Listener> {
  const ear = await listen(broker.url, '#', username === undefined ? {} : { username, password: password ?? '' });
  ears.push(ear);
  return ear;
}

const reader = { password: 'r', publish: ['amtkit/pc/do/#'], subscribe: ['#'] };
const writer = { password: 'w', publish: ['#'], subscribe: ['amtkit/#'] };

describe('The embedded broker', () => {
  it('lets everybody in on loopback, as long as there are no users', async () => {
    const broker = await start();
    const ear = await client(broker);
    await ear.say('amtkit/x', 'hello');
    expect(await ear.sees('amtkit/x')).toBe('hello');
  });

  it('does not listen where strangers could reach it without users', async () => {
    await expect(start({ listen: '0.0.0.0' })).rejects.toThrow(/everybody who reaches 0.0.0.0 switch machines off/);
  });

  it.each([
    ['nobody', undefined, undefined],
    ['a wrong password', 'writer', 'x'],
    ['no password', 'writer', undefined],
    ['an unknown user', 'stranger', 'w'],
  ])('with users lets %s stay outside', async (_who, name, password) => {
    const broker = await start({ users: new Map([['writer', writer]]) });
    await expect(client(broker, name, password)).rejects.toThrow(/[Nn]ot authorized|password/);
  });

  it('does not hear what a user may not publish, and says so once in the log', async () => {
    const broker = await start({ users: new Map(Object.entries({ reader, writer })) });
    const ear = await client(broker, 'reader', 'r');
    await ear.say('amtkit/pc/power/state', 'forged', { retain: true });
    await ear.say('amtkit/pc/power/state', 'forged', { retain: true });
    await ear.say('amtkit/pc/do/power/on', 'allowed');
    await ear.sees('amtkit/pc/do/power/on');
    expect(ear.on('amtkit/pc/power/state')).toEqual([]);
    expect(lines).toEqual(['The embedded broker does not let reader publish to amtkit/pc/power/state.']);
  });

  it('does not let users read more than they may', async () => {
    const broker = await start({ users: new Map(Object.entries({ writer })) });
    await expect(client(broker, 'writer', 'w')).rejects.toThrow(/Subscribe error/);
    expect(lines).toEqual(['The embedded broker does not let writer read #.']);
  });

  it('takes no messages below its own dollar topics', async () => {
    const broker = await start();
    const ear = await client(broker);
    await ear.client.subscribeAsync('$SYS/fake');
    await ear.say('$SYS/fake', 'x');
    await ear.say('amtkit/x', 'y');
    await ear.sees('amtkit/x');
    expect(ear.on('$SYS/fake')).toEqual([]);
  });

  it('says no to shared subscriptions, which it would never serve', async () => {
    const broker = await start();
    const ear = await client(broker);
    await expect(ear.client.subscribeAsync('$share/g/amtkit/#')).rejects.toThrow(/Subscribe error/);
  });

  it('says what is wrong when its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const refused = start({ port });
    await expect(refused).rejects.toBeInstanceOf(InvalidBook);
    await expect(refused).rejects.toThrow(
      `The embedded broker cannot listen on 127.0.0.1:${port}: something listens there already.`,
    );
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('A permitted filter', () => {
  it.each([
    ['#', 'amtkit/+/x', true],
    ['#', '$SYS/#', false],
    ['amtkit/#', 'amtkit/#', true],
    ['amtkit/#', 'amtkit', true],
    ['amtkit/#', '#', false],
    ['amtkit/#', '+/x', false],
    ['amtkit/+/x', 'amtkit/+/x', true],
    ['amtkit/+/x', 'amtkit/pc/x', true],
    ['amtkit/+/x', 'amtkit/#', false],
    ['amtkit/pc/x', 'amtkit/+/x', false],
    ['amtkit/pc', 'amtkit/pc/x', false],
    ['amtkit/pc/x', 'amtkit/pc', false],
  ])('%s covers %s: %s', (allowed, wanted, covered) => {
    expect(covers(allowed, wanted)).toBe(covered);
  });
});
