/** Health and metrics over HTTP, of a bridge without machines behind it. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectFailed, InvalidBook } from '@amtkit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridge } from '../bridge.ts';
import type { Bridge } from '../running-bridge.ts';
import { createFakeFleet, type FakeFleet } from '../testing/fake-fleet.ts';

const http = { listen: '127.0.0.1', port: 0 };
const broker = { kind: 'embedded', listen: '127.0.0.1', port: 0, users: {} } as const;
let fleet: FakeFleet;
const opened: AsyncDisposable[] = [];

beforeEach(() => {
  fleet = createFakeFleet();
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function start(options: Parameters<typeof createBridge>[0] = { fleet, settings: { broker, http } }) {
  const bridge = await createBridge(options);
  opened.push(bridge);
  return bridge;
}

async function ask(bridge: Bridge, path: string, init?: RequestInit) {
  const response = await fetch(`${bridge.healthUrl}${path}`, init);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('A bridge with HTTP', () => {
  it('is healthy while it runs, and ready when all machines were asked and everything is announced', async () => {
    fleet.join('pc');
    const bridge = await start();
    await bridge.ready;
    expect(await ask(bridge, '/healthz')).toMatchObject({ status: 200, type: 'application/json' });
    const waiting = await ask(bridge, '/readyz');
    expect(waiting).toMatchObject({ status: 503, text: expect.stringContaining('1 machines were not asked yet') });
    fleet.reach('pc', 'offline', new ConnectFailed('pc does not answer.'));
    expect(await ask(bridge, '/readyz')).toMatchObject({ status: 200 });
    expect((await ask(bridge, '/readyz?verbose', { method: 'HEAD' })).text).toBe('');
  });

  it('is healthy and not ready while there is no broker', async () => {
    const bridge = await start({ fleet, broker: 'mqtt://127.0.0.1:9', settings: { http } });
    expect(await ask(bridge, '/healthz')).toMatchObject({ status: 200 });
    const { status, text } = await ask(bridge, '/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toEqual({
      status: 'not ready',
      missing: ['the broker is not there', 'not everything is announced yet'],
    });
  });

  it('takes no orders', async () => {
    const bridge = await start();
    expect(await ask(bridge, '/healthz', { method: 'POST', body: 'x' })).toMatchObject({ status: 405 });
    expect(await ask(bridge, '/')).toMatchObject({ status: 404 });
    expect(await ask(bridge, '/metrics/../../etc/passwd')).toMatchObject({ status: 404 });
  });

  it('does not start where its port is taken, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const refused = createBridge({ fleet, settings: { broker, http: { ...http, port } } });
    await expect(refused).rejects.toBeInstanceOf(InvalidBook);
    await expect(refused).rejects.toThrow(`127.0.0.1:${port}: something listens there already`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('serves nothing where the settings say nothing', async () => {
    const bridge = await start({ fleet, settings: { broker } });
    expect(bridge.healthUrl).toBeUndefined();
  });
});

describe('Its metrics', () => {
  const sampleOf = (text: string, series: string): number | undefined => {
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };

  it('are in the text format, with a help and a type for each', async () => {
    const bridge = await start();
    await bridge.ready;
    const { status, type, text } = await ask(bridge, '/metrics');
    expect(status).toBe(200);
    expect(type).toContain('text/plain; version=0.0.4');
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? -?[\d.e+-]+|)$/);
    }
    expect(sampleOf(text, 'amtkit_broker_connected')).toBe(1);
    expect(sampleOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  });

  it('are those of docs/operations.md', async () => {
    const bridge = await start();
    await bridge.ready;
    const { text } = await ask(bridge, '/metrics');
    const served = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    const page = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| `(amtkit|process)_/.test(line));
    const documented = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(documented.toSorted()).toEqual(served.toSorted());
  });

  it('count commands by their codes, machines by reachability, and reimages by their end', async () => {
    fleet.join('pc');
    fleet.join('other');
    fleet.reach('pc', 'online');
    const bridge = await start();
    await bridge.ready;
    const result = {
      type: 'result',
      machine: 'pc',
      id: 'power.on',
      by: 'mqtt',
      transaction: 't',
      message: '',
    } as const;
    fleet.send({ ...result, ok: true, code: 'OK', ms: 70 });
    fleet.send({ ...result, ok: false, code: 'TIMED_OUT', ms: 9000 });
    fleet.send({ ...result, ok: false, code: 'TIMED_OUT', ms: 9000 });
    await expect.poll(async () => (await ask(bridge, '/metrics')).text).toContain('TIMED_OUT');
    const { text } = await ask(bridge, '/metrics');
    expect(sampleOf(text, 'amtkit_commands_total{code="OK"}')).toBe(1);
    expect(sampleOf(text, 'amtkit_commands_total{code="TIMED_OUT"}')).toBe(2);
    expect(sampleOf(text, 'amtkit_command_seconds_bucket{le="0.1",outcome="ok"}')).toBe(1);
    expect(sampleOf(text, 'amtkit_machines{reachability="online"}')).toBe(1);
    expect(sampleOf(text, 'amtkit_machines{reachability="unknown"}')).toBe(1);
    expect(sampleOf(text, 'amtkit_reimages_total{outcome="failed"}')).toBe(0);
  });

  it('do not grow with machines, commands, or words that somebody sends', async () => {
    const bridge = await start();
    await bridge.ready;
    const series = async (): Promise<number> => (await ask(bridge, '/metrics')).text.split('\n').length;
    const before = await series();
    for (let i = 0; i < 300; i++) {
      fleet.join(`pc-${i}`);
      const about = { machine: `pc-${i}`, id: `area.name-${i}`, by: `plugin:${i}`, transaction: `${i}`, message: '' };
      fleet.send({ type: 'result', ...about, ok: false, code: `CODE_${i}`, ms: 1 });
    }
    await expect.poll(async () => (await ask(bridge, '/metrics')).text).toContain('code="OTHER"');
    // 50 codes, and those of one histogram that was empty before.
    expect((await series()) - before).toBeLessThan(70);
    expect((await ask(bridge, '/metrics')).text).not.toContain('pc-1');
  });
});
