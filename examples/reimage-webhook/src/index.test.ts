import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFleet, type Fleet } from '@amtkit/core/automation';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signatureOf } from './deliver.ts';
import plugin from './index.ts';

let simulator: Simulator;
let fleet: Fleet;
let server: Server;
let url: string;
/** Statuses to answer with, one after another; then 204. `0`: no answer at all. */
let statuses: number[];
const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
const log: string[] = [];

beforeEach(async () => {
  simulator = await createSimulator({ password: 'P@ssw0rd1', speed: 0 });
  statuses = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    got.push({ headers: request.headers, body });
    const status = statuses.shift() ?? 204;
    if (status !== 0) response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  await fleet?.close();
  await simulator.close();
  server.closeAllConnections();
  server.close();
  got.length = 0;
  log.length = 0;
});

/** A fleet in which a reimage has just failed. */
async function failing(options: object): Promise<void> {
  const { host, ports } = simulator;
  fleet = await createFleet({
    plugins: [{ plugin, options: { url, retrySeconds: 0.01, ...options } }],
    poll: false,
    log: (line) => log.push(line.replace('plugin reimage-webhook: ', '')),
  });
  const { wsman = 0 } = ports;
  await fleet.add({ name: 'pc', host, ports: { wsman }, tls: 'off', password: 'P@ssw0rd1' });
  const plugins = fleet.plugins as unknown as { tell(change: unknown): void };
  plugins.tell({
    type: 'reimage',
    machine: 'pc',
    media: 'debian',
    transaction: 't-1',
    stage: {
      stage: 'failed',
      at: new Date('2026-03-06T20:00:00Z'),
      message: 'Nothing was read.',
      code: 'NOTHING_READ',
      reason: 'Nothing was read.',
      progress: { percent: 0, megabytesPerSecond: 0, sectors: 0, bytes: 0 },
    },
  });
}

const SECRET = 'sixteen letters!';

describe('A failed reimage', () => {
  it('is told as JSON, signed with the time', async () => {
    await failing({ secret: SECRET });
    await expect.poll(() => log).toEqual(['pc: reimage.failed is told']);
    const [{ headers, body } = { headers: {}, body: '{}' }] = got;
    expect(JSON.parse(body)).toEqual({
      event: 'reimage.failed',
      machine: 'pc',
      media: 'debian',
      transaction: 't-1',
      at: '2026-03-06T20:00:00.000Z',
      message: 'Nothing was read.',
      code: 'NOTHING_READ',
      reason: 'Nothing was read.',
      bytes: 0,
      percent: 0,
    });
    const timestamp = String(headers['x-amtkit-timestamp']);
    expect(Math.abs(Number(timestamp) * 1000 - Date.now())).toBeLessThan(60_000);
    expect(headers['x-amtkit-signature']).toBe(`sha256=${signatureOf(SECRET, timestamp, body)}`);
  });

  it('is told again where the service was busy or silent, and no more often than it should', async () => {
    statuses = [503, 429, 0];
    await failing({ retries: 3, timeoutSeconds: 0.1 });
    await expect.poll(() => log).toEqual(['pc: reimage.failed is told']);
    expect(got).toHaveLength(4);
    expect(new Set(got.map(({ body }) => body)).size).toBe(1);
  });

  it('is given up after the last try, with what came back', async () => {
    statuses = [500, 500, 500];
    await failing({ retries: 2 });
    await expect.poll(() => log.at(-1)).toMatch(/^pc: reimage\.failed is not told: 127\.0\.0\.1:\d+ answered 500$/);
    expect(got).toHaveLength(3);
  });

  it('is not told again to a service that does not want it', async () => {
    statuses = [404];
    await failing({ retries: 5 });
    await expect.poll(() => log.at(-1)).toMatch(/is not told: .* answered 404$/);
    expect(got).toHaveLength(1);
  });

  it('is not told where only finished ones are wanted', async () => {
    await failing({ on: ['finished'] });
    await fleet.close();
    expect(got).toEqual([]);
  });

  it('is not waited for at the end', async () => {
    statuses = [0];
    await failing({});
    await expect.poll(() => got.length).toBe(1);
    await fleet.close();
    await expect.poll(() => log.at(-1)).toMatch(/is not told: /);
  });

  it.each([
    [{ url: 'ftp://x/' }, 'options.url'],
    [{ secret: 'short' }, 'options.secret'],
    [{ secret: { env: 'NOBODY_SET_THIS' } }, 'options.secret'],
    [{ retries: 99 }, 'options.retries of the plugin reimage-webhook must be at most 10'],
  ])('is not told with %j, which names the key', async (options, key) => {
    await expect(failing(options)).rejects.toThrow(key);
  });
});
