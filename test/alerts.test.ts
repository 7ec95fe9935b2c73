/** What happens at machines, told by the fleet: pushed, as traps, and out of event logs. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type AlertSettings, createFleet, type Fleet, type FleetChange } from '@amtkit/core/automation';
import { officeRsa } from '@amtkit/core/testing';
import { digestHa1 } from '@amtkit/core/wire';
import { createSimulator, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { password, scenario } from './support/scenario.ts';

type AlertChange = Extract<FleetChange, { readonly type: 'alert' }>;

const patience = { pollMs: 50, transitionPollMs: 20, offlinePollMs: 50, slowPollMs: 60_000, busyRetryMs: 20 };
const alertPatience = { tailMs: 20, subscribedTailMs: 60_000, checkMs: 60_000, soonMs: 10 };
vi.setConfig({ testTimeout: 60_000 });

const LISTEN = { host: '127.0.0.1', port: 0 };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** A fleet without machines, and what it tells. */
async function watching(alerts: AlertSettings) {
  const log: string[] = [];
  const told: AlertChange[] = [];
  const fleet = await createFleet({
    patience,
    timeoutMs: 300,
    alerts: { ...alerts, patience: { ...alertPatience, ...alerts.patience } },
    log: (line) => log.push(line),
  });
  open.push(fleet);
  void (async () => {
    for await (const change of fleet.watch()) if (change.type === 'alert') told.push(change);
  })();
  return { fleet, told, log, events: () => told.map(({ alert }) => `${alert.source} ${alert.event}`) };
}

async function pc(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await createSimulator({ speed: 0, password, power: 'on', ...options });
  open.push(simulator);
  return simulator;
}

const join = (fleet: Fleet, name: string, { host, ports }: Simulator, more: object = {}) =>
  fleet.add({
    name,
    host,
    password,
    ports: ports.wsman === undefined ? { wsman: ports.wsmanTls } : { wsman: ports.wsman },
    tls: ports.wsman === undefined ? 'on' : 'off',
    ...more,
  } as never);
const subscribed = (simulator: Simulator) => simulator.firmware.state.subscriptions;

describe('A fleet with a listener', () => {
  it.each(['amt-7', 'amt-12', 'amt-16', 'amt-19', 'ism'] as const)(
    'is told what happens at a PC of %s',
    async (profile) => {
      const { fleet, told } = await watching({ listen: LISTEN });
      const simulator = await pc({ profile });
      await join(fleet, 'office-pc', simulator);
      await expect.poll(() => subscribed(simulator).length).toBe(1);
      expect(subscribed(simulator)[0]?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/amtkit\/alerts\/[0-9a-f]{32}$/);
      simulator.raise('case-opened');
      await expect.poll(() => told).toHaveLength(1);
      expect(told[0]).toMatchObject({
        machine: 'office-pc',
        alert: {
          source: 'wsman',
          event: 'case-opened',
          severity: 'critical',
          text: 'Case opened',
          raw: { messageId: 'PLAT0004' },
        },
      });
    },
  );

  it('ends its subscriptions when it closes, or when a machine leaves it, and those of nobody else', async () => {
    const { fleet } = await watching({ listen: LISTEN });
    const [one, other] = [await pc(), await pc()];
    const others = { group: 'Intel(r) AMT:All', url: 'http://10.0.0.5:5000/amtkit/alerts/7', acknowledged: true };
    for (const { firmware } of [one, other]) {
      firmware.change((state) => {
        state.subscriptions = [
          { ...others, name: 'theirs', parameters: '', login: undefined, expiresAt: Number.POSITIVE_INFINITY },
        ];
      });
    }
    await join(fleet, 'one', one);
    await join(fleet, 'other', other);
    await expect.poll(() => [one, other].map((each) => subscribed(each).length)).toEqual([2, 2]);
    await fleet.remove('one');
    expect([one, other].map((each) => subscribed(each).length)).toEqual([1, 2]);
    await fleet.close();
    expect([one, other].map((each) => subscribed(each).map(({ name }) => name))).toEqual([['theirs'], ['theirs']]);
  });

  it('takes the place of what an earlier life at the same port left behind', async () => {
    const port = await freePort();
    const simulator = await pc();
    const first = await watching({ listen: { host: '127.0.0.1', port } });
    await join(first.fleet, 'office-pc', simulator);
    await expect.poll(() => subscribed(simulator).length).toBe(1);
    const [left] = subscribed(simulator);
    await first.fleet.close();
    simulator.firmware.change((state) => {
      state.subscriptions = left === undefined ? [] : [left];
    });
    const second = await watching({ listen: { host: '127.0.0.1', port } });
    await join(second.fleet, 'office-pc', simulator);
    await expect.poll(() => subscribed(simulator).map(({ url }) => url === left?.url)).toEqual([false]);
  });

  it('lets machines post over TLS where it has a certificate, and log in where it is asked to', async () => {
    const { cert, key } = officeRsa;
    const { fleet, told, log } = await watching({ listen: LISTEN, tls: { cert, key }, login: true });
    const [simulator, old] = [await pc(), await pc({ profile: 'amt-7' })];
    await join(fleet, 'office-pc', simulator);
    await join(fleet, 'old-pc', old);
    await expect.poll(() => subscribed(simulator)[0]?.login?.user).toBe('office-pc');
    expect(subscribed(simulator)[0]?.url).toMatch(/^https:/);
    await expect.poll(() => log.join()).toContain('alerts over TLS came with 11.0');
    expect(subscribed(old)).toEqual([]);
    simulator.raise('case-opened');
    await expect.poll(() => told).toHaveLength(1);
  });

  it('tells an event once, though it is pushed and logged, and what was only logged as well', async () => {
    const { fleet, told, events } = await watching({ listen: LISTEN, patience: { subscribedTailMs: 20 } });
    const simulator = await pc();
    await join(fleet, 'office-pc', simulator);
    await expect.poll(() => subscribed(simulator).length).toBe(1);
    simulator.raise('case-opened');
    simulator.raise('firmware-hang');
    simulator.raise('case-opened');
    await expect.poll(() => told.length).toBe(3);
    const before = simulator.received.of('GetRecords').length;
    await expect.poll(() => simulator.received.of('GetRecords').length).toBeGreaterThan(before + 3);
    const heard = events();
    expect(heard.toSorted().map((each) => each.split(' ')[1])).toEqual(expect.arrayContaining(['firmware-hang']));
    expect(heard.filter((each) => each.endsWith('case-opened'))).toHaveLength(2);
    expect(heard).toContain('log firmware-hang');
    expect(heard).toHaveLength(3);
  });

  it('tells what happened while the cable was out, once the link is up', async () => {
    const { fleet, events } = await watching({ listen: LISTEN });
    const simulator = await pc();
    await join(fleet, 'office-pc', simulator);
    await expect.poll(() => subscribed(simulator).length).toBe(1);
    await simulator.unplug();
    await expect.poll(() => fleet.machines.get('office-pc')?.reachability).toBe('offline');
    simulator.raise('case-opened');
    await simulator.plug();
    await expect.poll(() => events().toSorted()).toEqual(['log case-opened', 'wsman link-up']);
    expect(subscribed(simulator)).toHaveLength(1);
  });

  it('reads the event log where no subscription is left, and says so once', async () => {
    const { fleet, told, log } = await watching({ listen: LISTEN, patience: { checkMs: 10 } });
    const simulator = await pc();
    simulator.firmware.change((state) => {
      state.subscriptions = Array.from({ length: 9 }, (_, i) => ({
        ...{ name: `n${i}`, group: 'Intel(r) AMT:All', url: `http://10.0.0.5/${i}`, acknowledged: false },
        ...{ parameters: '', login: undefined, expiresAt: Number.POSITIVE_INFINITY },
      }));
    });
    await join(fleet, 'office-pc', simulator);
    await expect.poll(() => log.filter((line) => line.startsWith('office-pc'))).toHaveLength(1);
    simulator.raise('case-opened');
    await expect.poll(() => told).toMatchObject([{ alert: { source: 'log', event: 'case-opened' } }]);
    await expect.poll(() => simulator.received.of('Subscribe').length).toBeGreaterThan(1);
    const [line, ...more] = log.filter((each) => each.startsWith('office-pc'));
    expect(line).toMatch(
      /^office-pc: what happens is read from its event log, since it does not push: 127\.0\.0\.1 takes no subscription/,
    );
    expect(line).toContain('It has 9 subscriptions already, to 10.0.0.5.');
    expect(more).toEqual([]);
    expect(subscribed(simulator)).toHaveLength(9);
  });

  it('renews what firmware lets expire', async () => {
    const { fleet } = await watching({ listen: LISTEN });
    const simulator = await pc({ quirks: { subscriptionSeconds: 1 } });
    await join(fleet, 'office-pc', simulator);
    await simulator.received.next('Renew');
    const [{ expiresAt } = { expiresAt: 0 }] = subscribed(simulator);
    expect(expiresAt - Date.now()).toBeGreaterThan(60_000);
  });

  it('asks again for what is gone', async () => {
    const { fleet } = await watching({ listen: LISTEN, patience: { checkMs: 10, subscribedTailMs: 20 } });
    const simulator = await pc();
    await join(fleet, 'office-pc', simulator);
    await expect.poll(() => subscribed(simulator).length).toBe(1);
    simulator.firmware.change((state) => {
      state.subscriptions = [];
    });
    await expect.poll(() => subscribed(simulator).length, { timeout: 5000 }).toBe(1);
  });

  it('goes on with event logs where its port is taken, and says so', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { fleet, told, log } = await watching({ listen: { host: '127.0.0.1', port } });
    taken.close();
    expect(log).toEqual([`Alerts cannot be listened for at 127.0.0.1:${port}: EADDRINUSE.`]);
    const simulator = await pc();
    await join(fleet, 'office-pc', simulator);
    await expect
      .poll(() => simulator.received.of('GetRecords').length + simulator.received.of('PositionToFirstRecord').length)
      .toBeGreaterThan(0);
    simulator.raise('too-hot');
    await expect.poll(() => told).toMatchObject([{ alert: { source: 'log', event: 'temperature' } }]);
  });
});

describe('A fleet with a listener, when things go wrong,', () => {
  it.each(['amt-7', 'amt-12'] as const)(
    'does not take a %s that keeps its account from subscribing for one with a wrong password',
    async (profile) => {
      const { fleet, events, log } = await watching({ listen: LISTEN });
      const simulator = await pc({ profile });
      const ha1 = digestHa1((data) => hash('md5', data, 'hex'), 'reader', simulator.firmware.identity.realm, password);
      simulator.firmware.change((state) => {
        const reader = { name: 'reader', ha1, realms: [5, 13, 19], access: 2, enabled: true, handle: 3 };
        state.users = [...state.users, reader];
      });
      await join(fleet, 'office-pc', simulator, { user: 'reader' });
      await expect.poll(() => log.join()).toContain('office-pc: what happens is read from its event log');
      simulator.raise('case-opened');
      await expect.poll(events).toEqual(['log case-opened']);
      expect(fleet.machines.get('office-pc')?.reachability).toBe('online');
      expect(subscribed(simulator)).toEqual([]);
    },
  );

  it.each(['busy', 'fault', 'hang', 'malformed', 'truncated', 'unavailable'] as const)(
    'outlives a firmware with an answer in six that is %s',
    async (answer) => {
      const { fleet, events } = await watching({ listen: LISTEN, patience: { checkMs: 20, subscribedTailMs: 20 } });
      const simulator = await pc({ faults: { answers: { [answer]: 1 / 6 }, seed: 7 } });
      await join(fleet, 'office-pc', simulator);
      await expect.poll(() => subscribed(simulator).length, { timeout: 20_000 }).toBeGreaterThan(0);
      simulator.raise('case-opened');
      await expect.poll(events, { timeout: 20_000 }).toHaveLength(1);
      simulator.setFaults();
      await expect.poll(() => subscribed(simulator).length, { timeout: 20_000 }).toBe(1);
      simulator.raise('too-hot');
      await expect.poll(events, { timeout: 20_000 }).toHaveLength(2);
    },
  );

  it('is closed in time by a machine that does not answer any more', async () => {
    const { fleet } = await watching({ listen: LISTEN, patience: { closeMs: 100 } });
    const simulator = await pc();
    await join(fleet, 'office-pc', simulator);
    await expect.poll(() => subscribed(simulator).length).toBe(1);
    await simulator.unplug({ silent: true });
    const before = performance.now();
    await fleet.close();
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe('A fleet without a listener', () => {
  it('tells what comes into the event log, and nothing of what was there', async () => {
    const simulator = await pc();
    simulator.raise('no-boot-medium');
    const { fleet, events, told } = await watching({});
    await join(fleet, 'office-pc', simulator);
    await expect.poll(() => simulator.received.of('GetRecords').length).toBeGreaterThan(0);
    simulator.raise('case-opened');
    simulator.openSessions.sol = true;
    await expect.poll(events).toEqual(['log case-opened', 'log sol-opened']);
    expect(told[0]?.alert).toMatchObject({
      at: expect.any(Date),
      entity: 'chassis',
      raw: { sensorType: 5, offset: 0 },
    });
    expect(subscribed(simulator)).toEqual([]);
  });

  it('asks as little as it can: two requests for each look', async () => {
    const simulator = await pc();
    const { fleet } = await watching({});
    await join(fleet, 'office-pc', simulator);
    simulator.raise('case-opened');
    await expect.poll(() => simulator.received.of('GetRecords').length).toBeGreaterThan(3);
    const limits = simulator.received.of('GetRecords').map(({ input }) => input.MaxReadRecords);
    // One is asked for by who shows the last event.
    expect(new Set(limits.filter((limit) => limit !== '1'))).toEqual(new Set(['10']));
  });
});

describe('A fleet with a port for traps', () => {
  it('is sent traps, tells each once however often it comes, and ends them', async () => {
    const { fleet, events, log } = await watching({ petPort: 0, advertise: '127.0.0.1', patience: { tailMs: 60_000 } });
    const trapPort = Number(/:(\d+) \(UDP\)/.exec(log.join())?.[1]);
    const simulator = await pc({ alerts: { trapPort, trapRepeats: 3 } });
    await join(fleet, 'office-pc', simulator);
    const subscribers = () => simulator.firmware.instances('AMT_SNMPEventSubscriber') ?? [];
    await expect.poll(() => subscribers().length).toBe(8);
    simulator.raise('case-opened');
    simulator.raise('link-up');
    await expect.poll(events).toEqual(['pet case-opened', 'pet link-up']);
    await fleet.close();
    expect(subscribers()).toEqual([]);
  });

  it('says that 19 sends none, and reads its event log', async () => {
    const { fleet, told, log } = await watching({ petPort: 0, advertise: '127.0.0.1' });
    const simulator = await pc({ profile: 'amt-19' });
    await join(fleet, 'new-pc', simulator);
    await expect
      .poll(() => log)
      .toContain('new-pc: it sends no traps: 127.0.0.1 sends no SNMP traps; firmware before 18 does.');
    simulator.raise('case-opened');
    await expect.poll(() => told).toMatchObject([{ alert: { source: 'log' } }]);
  });
});

scenario('one machine says who is told of its alerts, and lets it end', {
  power: 'on',
  run: async ({ machine, simulator }) => {
    expect(await machine.alerts.groups()).toEqual(['Intel(r) AMT:All']);
    const made = await machine.alerts.subscribe({ url: 'http://127.0.0.1:9/x', argument: 'a&b', expiresSeconds: 60 });
    expect(await machine.alerts.subscriptions()).toMatchObject([{ url: 'http://127.0.0.1:9/x', acknowledged: true }]);
    expect(simulator.firmware.state.subscriptions[0]?.parameters).toBe('<m:arg xmlns:m="http://x.com">a&amp;b</m:arg>');
    const renewed = await machine.alerts.renew(made, 3600);
    expect((renewed.expiresAt?.getTime() ?? 0) - (made.expiresAt?.getTime() ?? 0)).toBeGreaterThan(3_500_000);
    await machine.alerts.unsubscribe(renewed);
    expect(await machine.alerts.subscriptions()).toEqual([]);
  },
});

/** A port that nobody had a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
