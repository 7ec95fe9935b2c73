import { describe, expect, test } from 'vitest';
import { Reader } from '../bytes/reader.ts';
import { AddressIndex, formatAddress, parseAddress } from './addresses.ts';
import { parseRange } from './range.ts';
import { rmcpMessages } from './rmcp.ts';
import { Sweep, type SweepOptions } from './sweep.ts';

type Listener = (datagram: Uint8Array, from: { readonly address: string }) => void;

/** A network in memory: records pings and answers as told. */
class FakeNetwork {
  readonly pings: { readonly address: string; readonly tag: number; readonly at: number }[] = [];
  /** What happens to a ping: an error code, an answer from some address, or nothing. */
  react: (address: string, times: number) => { code: string } | { from: string; tag?: number } | undefined = () =>
    undefined;
  #listener: Listener = () => {};

  on(_event: 'message', listener: Listener): void {
    this.#listener = listener;
  }

  getSendQueueCount(): number {
    return 0;
  }

  send(ping: Uint8Array, port: number, address: string, sent: (error: Error | null) => void): void {
    expect(port).toBe(623);
    const message = rmcpMessages.decode(new Reader(ping));
    if (message?.type !== 'PresencePing') throw new Error('not a ping');
    this.pings.push({ address, tag: message.tag, at: performance.now() });
    const times = this.pings.filter((earlier) => earlier.address === address).length;
    const reaction = this.react(address, times);
    if (reaction && 'code' in reaction) {
      const error = Object.assign(new Error(reaction.code), { code: reaction.code, address });
      process.nextTick(sent, error);
      return;
    }
    process.nextTick(sent, null);
    if (reaction) setImmediate(() => this.answer(reaction.from, reaction.tag ?? message.tag));
  }

  answer(from: string, tag: number): void {
    const pong = rmcpMessages.encode({
      type: 'PresencePong',
      rmcp: 6,
      sequence: 255,
      class: 'ASF',
      enterprise: 4542,
      tag,
      dataLength: 16,
      manufacturer: 343,
      port: 16992,
      version: 0xb8,
      state: 2,
      entities: 1,
      interactions: 0x20,
      major: 0,
      minor: 0,
    });
    this.#listener(pong, { address: from });
  }
}

interface Result {
  readonly found: string[];
  readonly sweep: Sweep;
  readonly progress: [sent: number, failed: number];
  readonly ms: number;
}

async function sweep(range: string, network: FakeNetwork, options: Partial<SweepOptions> = {}): Promise<Result> {
  const found: string[] = [];
  let progress: [number, number] = [0, 0];
  const running = new Sweep(new AddressIndex(parseRange(range).spans), network, {
    port: 623,
    rounds: 2,
    roundGapMs: 5,
    tailMs: 20,
    rateOf: () => 100_000,
    onPong: (address) => found.push(formatAddress(address)),
    onProgress: (sent, failed) => {
      progress = [sent, failed];
    },
    onSent: () => {},
    ...options,
  });
  const start = performance.now();
  await running.run();
  return { found, sweep: running, progress, ms: performance.now() - start };
}

test('pings everybody, and the silent ones again', async () => {
  const network = new FakeNetwork();
  network.react = (address) => (address.endsWith('.2') ? { from: address } : undefined);
  const { found, progress } = await sweep('10.0.0.1-3', network);
  expect(found).toEqual(['10.0.0.2']);
  expect(network.pings.map(({ address }) => address)).toEqual([
    '10.0.0.1',
    '10.0.0.2',
    '10.0.0.3',
    '10.0.0.1',
    '10.0.0.3',
  ]);
  expect(progress).toEqual([5, 0]);
});

test('hears a machine that misses the first ping', async () => {
  const network = new FakeNetwork();
  network.react = (address, times) => (times === 2 ? { from: address } : undefined);
  const { found } = await sweep('10.0.0.1', network);
  expect(found).toEqual(['10.0.0.1']);
});

test('ends as soon as everybody has answered', async () => {
  const network = new FakeNetwork();
  network.react = (address) => ({ from: address });
  const { found, ms } = await sweep('10.0.0.1-20', network, { roundGapMs: 5_000, tailMs: 5_000 });
  expect(found).toHaveLength(20);
  expect(network.pings).toHaveLength(20);
  expect(ms).toBeLessThan(1_000);
});

test('counts a machine once, however often it answers', async () => {
  const network = new FakeNetwork();
  network.react = (address) => {
    if (address === '10.0.0.2') network.answer('10.0.0.1', network.pings[0]?.tag ?? 0);
    return address === '10.0.0.1' ? { from: address } : undefined;
  };
  const { found } = await sweep('10.0.0.1-2', network);
  expect(found).toEqual(['10.0.0.1']);
});

test('takes no answer with a tag of another scan, nor from an address it did not ask', async () => {
  const network = new FakeNetwork();
  network.react = (address) => (address === '10.0.0.1' ? { from: address, tag: 255 } : { from: '10.9.9.9' });
  const { found } = await sweep('10.0.0.1-2', network);
  expect(found).toEqual([]);
});

test('measures a late answer from the ping it belongs to', async () => {
  const network = new FakeNetwork();
  const roundTrips: number[] = [];
  network.react = (address, times) => (times === 2 ? { from: address, tag: network.pings[0]?.tag ?? 0 } : undefined);
  await sweep('10.0.0.1', network, { roundGapMs: 60, onPong: (_address, _pong, ms) => roundTrips.push(ms) });
  expect(roundTrips[0]).toBeGreaterThan(50);
});

test('uses another tag in every round, never 0 or 255', async () => {
  const network = new FakeNetwork();
  await sweep('10.0.0.1', network, { rounds: 5, roundGapMs: 1 });
  const tags = network.pings.map(({ tag }) => tag);
  expect(new Set(tags).size).toBe(5);
  for (const tag of tags) expect(tag > 0 && tag < 255).toBe(true);
});

test('sends again what found no buffer, at half the speed', async () => {
  const network = new FakeNetwork();
  network.react = (address, times) => (times === 1 && address === '10.0.0.5' ? { code: 'ENOBUFS' } : { from: address });
  const { found, sweep: done, progress } = await sweep('10.0.0.1-9', network);
  expect(found).toHaveLength(9);
  expect(network.pings.filter(({ address }) => address === '10.0.0.5')).toHaveLength(2);
  expect(done.errors.size).toBe(0);
  expect(progress).toEqual([9, 0]);
});

test('gives up what never finds a buffer', async () => {
  const network = new FakeNetwork();
  network.react = () => ({ code: 'ENOBUFS' });
  const { progress, sweep: done } = await sweep('10.0.0.1', network, { rounds: 1 });
  expect(progress).toEqual([1, 1]);
  expect([...done.errors]).toEqual([['ENOBUFS', 1]]);
  expect(done.nothingLeft).toBe(true);
});

test('counts pings that cannot leave and goes on', async () => {
  const network = new FakeNetwork();
  network.react = (address) => (address === '10.0.0.2' ? { code: 'EACCES' } : { from: address });
  const { found, sweep: done, progress } = await sweep('10.0.0.1-3', network);
  expect(found).toEqual(['10.0.0.1', '10.0.0.3']);
  expect(progress).toEqual([4, 2]);
  expect([...done.errors]).toEqual([['EACCES', 2]]);
  expect(done.nothingLeft).toBe(false);
});

test('knows when nothing at all could leave', async () => {
  const network = new FakeNetwork();
  network.react = () => ({ code: 'ENETUNREACH' });
  const { sweep: done } = await sweep('10.0.0.1-3', network);
  expect(done.nothingLeft).toBe(true);
});

describe('pacing', () => {
  test('keeps to the rate of the addresses it is at', async () => {
    const network = new FakeNetwork();
    const { ms } = await sweep('10.0.0.1-100', network, { rounds: 1, tailMs: 0, rateOf: () => 500 });
    expect(network.pings).toHaveLength(100);
    expect(ms).toBeGreaterThan(150);
    expect(ms).toBeLessThan(600);
  });

  test('never sends more than 256 without letting the event loop turn', async () => {
    const network = new FakeNetwork();
    let stretch = 0;
    const stretches: number[] = [];
    network.react = () => {
      // Runs only once everything that waits for nothing but promises has run.
      if (stretch++ === 0) {
        process.nextTick(() => {
          stretches.push(stretch);
          stretch = 0;
        });
      }
      return undefined;
    };
    await sweep('10.0.0.0-10.0.3.255', network, { rounds: 1, rateOf: () => 10_000_000 });
    expect(stretches.reduce((sum, count) => sum + count, 0)).toBe(1024);
    expect(Math.max(...stretches)).toBeLessThanOrEqual(256);
  });
});

test('stops at once when told to', async () => {
  const network = new FakeNetwork();
  const targets = new AddressIndex(parseRange('10.0.0.0/16').spans);
  const running = new Sweep(targets, network, {
    port: 623,
    rounds: 2,
    roundGapMs: 500,
    tailMs: 1500,
    rateOf: () => 250,
    onPong: () => {},
    onProgress: () => {},
    onSent: () => expect.unreachable('the sweep was not over'),
  });
  const run = running.run();
  await expect.poll(() => network.pings.length).toBeGreaterThan(3);
  const asked = performance.now();
  running.stop();
  await run;
  expect(performance.now() - asked).toBeLessThan(50);
  expect(running.hasAnswered(targets.indexOf(parseAddress('10.0.0.1') ?? 0))).toBe(false);
});
