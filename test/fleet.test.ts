/** Many machines at once, watched over by one process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleet, type FleetChange, openState, type ScreenPicture } from '@amtkit/core/automation';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { bookOf } from './support/book.ts';
import { difference, pngPicture } from './support/same-picture.ts';
import { password, reach } from './support/scenario.ts';
import { screenPc } from './support/screen-pc.ts';

const patience = {
  pollMs: 50,
  transitionPollMs: 20,
  offlinePollMs: 100,
  slowPollMs: 60_000,
  busyRetryMs: 20,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 100 },
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function fleetOf(count: number, options: Parameters<typeof createSimulator>[0] = {}) {
  const simulators: Simulator[] = [];
  for (let i = 0; i < count; i++) simulators.push(await createSimulator({ speed: 0, password, ...options }));
  open.push(...simulators);
  const fleet = await createFleet({ patience });
  open.push(fleet);
  const changes: FleetChange[] = [];
  const watching = fleet.watch();
  void (async () => {
    for await (const change of watching) changes.push(change);
  })();
  const names: string[] = [];
  for (const [index, simulator] of simulators.entries()) {
    const { ports } = reach(simulator);
    names.push(
      await fleet.add({
        name: `pc-${index + 1}`,
        host: simulator.host,
        password,
        tls: 'off',
        ports: ports ?? {},
      } as never),
    );
  }
  return { simulators, fleet, changes, names };
}

describe('A fleet of some machines of a book', () => {
  it('lets those go that it is not for any more, and takes those on that it is for now', async () => {
    const names = ['pc-1', 'pc-2', 'pc-3'];
    const pcs: Record<string, Simulator> = {};
    for (const name of names) pcs[name] = await createSimulator({ speed: 0, password });
    open.push(...Object.values(pcs));
    await using shelf = await bookOf(pcs);
    const wanted = new Set(['pc-1', 'pc-2']);
    const fleet = await createFleet({ book: shelf.book, patience, only: (name) => wanted.has(name) });
    open.push(fleet);
    const online = () =>
      [...fleet.machines].flatMap(([name, { reachability }]) => (reachability === 'online' ? name : []));
    await expect.poll(online).toEqual(['pc-1', 'pc-2']);
    wanted.delete('pc-1');
    wanted.add('pc-3');
    await fleet.sync();
    await expect.poll(online).toEqual(['pc-2', 'pc-3']);
    const before = pcs['pc-1']?.received.count;
    await pcs['pc-2']?.received.next('CIM_AssociatedPowerManagementService');
    await pcs['pc-2']?.received.next('CIM_AssociatedPowerManagementService');
    expect(pcs['pc-1']?.received.count).toBe(before);
  });

  it('says that a machine is busy while a command runs and while a power change is under way', async () => {
    const { fleet, names, simulators } = await fleetOf(1);
    const [name = ''] = names;
    const busy = () => fleet.machines.get(name)?.busy;
    await expect.poll(() => fleet.machines.get(name)?.reachability).toBe('online');
    expect(busy()).toBe(false);
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    simulators[0]?.use({
      name: 'wait while it is commanded',
      async invoke(_firmware, { method }) {
        if (method === 'RequestPowerStateChange') await gate;
        return undefined;
      },
    });
    const done = fleet.run(name, 'power.on');
    await expect.poll(busy).toBe(true);
    release();
    await done;
    expect(busy()).toBe(true);
    await expect.poll(busy, { timeout: 5000 }).toBe(false);
  });
});

describe('A fleet', () => {
  it('polls as often as it is told while it runs, and asks nobody who refused the login', async () => {
    const simulator = await createSimulator({ speed: 0, password });
    const refusing = await createSimulator({ speed: 0, password });
    open.push(simulator, refusing);
    const fleet = await createFleet({ patience: { ...patience, pollMs: 3_600_000 } });
    open.push(fleet);
    const where = ({ host, ports: { wsman = 0 } }: Simulator) => ({ host, tls: 'off', ports: { wsman } }) as const;
    await fleet.add({ name: 'pc', ...where(simulator), password });
    await fleet.add({ name: 'stranger', ...where(refusing), password: 'Wr0ng-one!' });
    const reached = () => [...fleet.machines.values()].map(({ reachability }) => reachability);
    await expect.poll(reached).toEqual(['online', 'refused']);
    await expect.poll(() => fleet.machines.get('pc')?.values.has('net.mac')).toBe(true);
    const asked = refusing.received.logins.length;
    await simulator.firmware.hardware.apply('on');
    expect(fleet.machines.get('pc')?.values.get('power.state')).toBe('off');
    fleet.adjust({ pollMs: 50 });
    await expect.poll(() => fleet.machines.get('pc')?.values.get('power.state')).toBe('on');
    expect(refusing.received.logins).toHaveLength(asked);
  });

  it('finds out by itself what its machines are and how they are', async () => {
    const { fleet } = await fleetOf(5);
    await expect
      .poll(() =>
        [...fleet.machines.values()].map(({ reachability, values }) => [reachability, values.get('power.state')]),
      )
      .toEqual(Array.from({ length: 5 }, () => ['online', 'off']));
    await expect.poll(() => fleet.machines.get('pc-1')?.values.get('hw.model')).toBe('Virtual vPro PC');
  });

  it('takes a picture of a screen, tells whoever watches, and does not keep it', async () => {
    const pc = screenPc(320, 200);
    const { fleet, changes } = await fleetOf(1, { hardware: pc.hardware });
    const { data } = await fleet.run('pc-1', 'screen.shot', {}, { transaction: 'look' });
    const { png, width, height } = data as ScreenPicture;
    expect([width, height]).toEqual([320, 200]);
    expect(difference(pngPicture(png), pc.screen.picture)).toBeUndefined();
    await expect
      .poll(() => changes.filter(({ type }) => type === 'picture'))
      .toEqual([{ type: 'picture', machine: 'pc-1', png, width, height }]);
    const again = await fleet.run('pc-1', 'screen.shot', {}, { transaction: 'look' });
    expect(again).toMatchObject({ repeated: true, data: { width: 320, height: 200 } });
    expect(Object.keys(again.data as object)).toEqual(['width', 'height']);
  });

  it('runs a command once, however often its transaction comes', async () => {
    const { fleet, simulators } = await fleetOf(1);
    const [first, second] = await Promise.all([
      fleet.run('pc-1', 'power.on', {}, { transaction: 't1' }),
      fleet.run('pc-1', 'power.on', {}, { transaction: 't1' }),
    ]);
    expect(first.repeated).toBeUndefined();
    expect(second.repeated).toBe(true);
    expect(simulators[0]?.received.of('RequestPowerStateChange')).toHaveLength(1);
  });

  it('does not run a command again that an earlier process has run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'amtkit-fleet-'));
    try {
      const simulator = await createSimulator({ speed: 0, password, power: 'on' });
      open.push(simulator);
      const run = async (transaction?: string) => {
        const state = await openState(join(folder, 'state.json'));
        await using fleet = await createFleet({ state, poll: false });
        await fleet.add({ ...reach(simulator), name: 'pc', tls: 'off' });
        return await fleet.run('pc', 'power.reset', {}, transaction === undefined ? {} : { transaction });
      };
      expect((await run('t1')).repeated).toBeUndefined();
      expect(await run('t1')).toMatchObject({ repeated: true, id: 'power.reset', message: 'pc: Reset: done.' });
      expect(simulator.received.of('RequestPowerStateChange')).toHaveLength(1);
      await run();
      expect(simulator.received.of('RequestPowerStateChange')).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('does two commands for one machine one after the other', async () => {
    const { fleet, simulators } = await fleetOf(1, { power: 'on' });
    await Promise.all([fleet.run('pc-1', 'power.reset'), fleet.run('pc-1', 'boot.bios', { now: false })]);
    expect(simulators[0]?.received.of('RequestPowerStateChange')).toHaveLength(1);
    expect(simulators[0]?.received.of('SetBootConfigRole')).toHaveLength(1);
  });

  it('remembers what it set for the next start until the machine starts', async () => {
    const { fleet } = await fleetOf(1, { power: 'on' });
    await expect.poll(() => fleet.machines.get('pc-1')?.values.get('boot.next')).toBe('unknown');
    await fleet.run('pc-1', 'boot.next', 'pxe');
    await expect.poll(() => fleet.machines.get('pc-1')?.values.get('boot.next')).toBe('pxe');
    await fleet.run('pc-1', 'power.reset');
    await expect.poll(() => fleet.machines.get('pc-1')?.values.get('boot.next')).toBe('none');
  });

  it('tries a wrong password once and then leaves the machine alone', async () => {
    const simulator = await createSimulator({ speed: 0, password });
    const fleet = await createFleet({ patience });
    open.push(simulator, fleet);
    const { ports } = reach(simulator);
    await fleet.add({
      name: 'pc',
      host: simulator.host,
      password: 'Wr0ng!pass',
      tls: 'off',
      ports: ports ?? {},
    } as never);
    await expect.poll(() => fleet.machines.get('pc')?.reachability).toBe('refused');
    const later = performance.now() + 300;
    await expect.poll(() => performance.now() > later).toBe(true);
    expect(simulator.received.logins.filter(({ ok }) => !ok)).toHaveLength(1);
  });

  it('sees a pulled cable and its return', async () => {
    const { fleet, simulators } = await fleetOf(1);
    await expect.poll(() => fleet.machines.get('pc-1')?.reachability).toBe('online');
    await simulators[0]?.unplug();
    await expect.poll(() => fleet.machines.get('pc-1')?.reachability).toBe('offline');
    await simulators[0]?.plug();
    await expect.poll(() => fleet.machines.get('pc-1')?.reachability, { timeout: 5000 }).toBe('online');
  });

  it('lets a guard say no before anything is sent, and says who and why', async () => {
    const simulator = await createSimulator({ speed: 0, password, power: 'on' });
    const guards = [
      ({ effect }: { effect: string }) => (effect === 'destructive' ? { by: 'permit', reason: 'not now' } : undefined),
    ];
    const fleet = await createFleet({ patience, guards });
    open.push(simulator, fleet);
    const { ports } = reach(simulator);
    await fleet.add({ name: 'pc', host: simulator.host, password, tls: 'off', ports: ports ?? {} } as never);
    await expect(fleet.run('pc', 'power.off')).rejects.toMatchObject({
      code: 'VETOED',
      by: 'permit',
      reason: 'not now',
    });
    expect(simulator.received.of('RequestPowerStateChange')).toEqual([]);
  });
});
