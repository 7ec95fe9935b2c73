import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFleet, type Fleet, type PluginSurface } from '@amtkit/core/automation';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import plugin from './index.ts';

let simulator: Simulator;
let fleet: Fleet | undefined;
const log: string[] = [];
/** Whoever drains: a web service whose answers are the test's. */
let server: Server;
const drains: { readonly asked: unknown; answer(status: number): void; readonly response: ServerResponse }[] = [];
let url: string;

beforeEach(async () => {
  simulator = await createSimulator({ password: 'P@ssw0rd1', speed: 0, power: 'on' });
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    drains.push({ asked: JSON.parse(body), response, answer: (status) => void response.writeHead(status).end() });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/drain`;
});
afterEach(async () => {
  await fleet?.close();
  await simulator.close();
  server.closeAllConnections();
  server.close();
  log.length = 0;
  drains.length = 0;
});

async function open(options: object, surface: PluginSurface = 'bridge'): Promise<Fleet> {
  const { host, ports } = simulator;
  fleet = await createFleet({ plugins: [{ plugin, options }], surface, poll: false, log: (line) => log.push(line) });
  const { wsman = 0 } = ports;
  await fleet.add({ name: 'pc', host, ports: { wsman }, tls: 'off', password: 'P@ssw0rd1' });
  return fleet;
}

const isOff = () => simulator.firmware.state.power !== 'on';

describe('Whatever switches a machine off', () => {
  it.each([
    ['power.off', undefined],
    ['power.soft-off', undefined],
    ['power.switch', false],
  ])('by %s is refused while it is drained, and done afterwards', async (id, input) => {
    const fleet = await open({ url });
    await expect(fleet.run('pc', id, input)).rejects.toThrow('it is drained first, and switched off afterwards');
    await expect.poll(() => drains.map(({ asked }) => asked)).toEqual([{ machine: 'pc', action: id }]);
    await expect(fleet.run('pc', 'power.off')).rejects.toThrow('it is being drained');
    expect(isOff()).toBe(false);
    drains[0]?.answer(204);
    await expect.poll(isOff).toBe(true);
    await expect.poll(() => log.at(-1)).toBe(`plugin drain-before-power-off: pc: drained, ${id} is done`);
  });

  it('does not do so when the drain fails, unless it is told to', async () => {
    const first = await open({ url });
    await first.run('pc', 'power.off').catch(() => {});
    await expect.poll(() => drains.length).toBe(1);
    drains[0]?.answer(503);
    await expect
      .poll(() => log.at(-1))
      .toMatch(/power\.off was not done: 127\.0\.0\.1:\d+ answered the drain with 503$/);
    expect(isOff()).toBe(false);
    await first.close();
    const second = await open({ url, whenFailed: 'switch-off' });
    await second.run('pc', 'power.off').catch(() => {});
    await expect.poll(() => drains.length).toBe(2);
    drains[1]?.answer(503);
    await expect.poll(isOff).toBe(true);
  });

  it('is given up when somebody wants the machine on', async () => {
    const fleet = await open({ url });
    await fleet.run('pc', 'power.off').catch(() => {});
    await expect.poll(() => drains.length).toBe(1);
    await fleet.run('pc', 'power.switch', true).catch(() => {});
    await expect.poll(() => log.at(-1)).toContain('the drain was given up: pc is wanted again.');
    expect(isOff()).toBe(false);
  });

  it('is given up when amtkit ends', async () => {
    const fleet = await open({ url });
    await fleet.run('pc', 'power.off').catch(() => {});
    await expect.poll(() => drains.length).toBe(1);
    await fleet.close();
    await expect.poll(() => log.at(-1)).toContain('the drain was given up: ');
    expect(isOff()).toBe(false);
  });

  it('does not drain in a dry run', async () => {
    const fleet = await open({ url });
    await expect(fleet.run('pc', 'power.off', {}, { dryRun: true })).rejects.toThrow('it would be drained first');
    expect(drains).toEqual([]);
  });

  it('waits for the drain in a shell, which then does it itself or says why not', async () => {
    const fleet = await open(
      { command: [process.execPath, '-e', 'process.exit(process.env.AMT_MACHINE === "pc" ? 0 : 1)'] },
      'cli',
    );
    await fleet.run('pc', 'power.off');
    expect(isOff()).toBe(true);
  });

  it('is refused in a shell when the drain fails, with its last line', async () => {
    const fleet = await open(
      { command: [process.execPath, '-e', 'console.error("two users"); process.exit(4)'] },
      'cli',
    );
    await expect(fleet.run('pc', 'power.off')).rejects.toThrow(/ended with 4: two users$/);
  });
});

describe('The options', () => {
  it.each([[{}], [{ url: 'http://127.0.0.1/', command: ['true'] }]])(
    '%j need one of url and command',
    async (options) => {
      await expect(open(options)).rejects.toThrow('need one of url and command');
    },
  );
});
