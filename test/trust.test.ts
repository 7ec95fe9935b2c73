/** Whom a console talks to, and what it refuses. */

import { join } from 'node:path';
import { AuthenticationFailed, ConnectFailed, connect, Untrusted } from '@amtkit/core';
import { createFleet, openState } from '@amtkit/core/automation';
import { createSimulator, type SimulatorOptions } from '@amtkit/simulator';
import { describe, expect, it } from 'vitest';
import { bookOf } from './support/book.ts';
import { password, reach, scenario } from './support/scenario.ts';

describe('A connection', () => {
  scenario('takes TLS where there is both', {
    async run({ machine, simulator }) {
      expect(machine.firmware.tls).toBe(true);
      expect(machine.certificate?.fingerprint).toBe(simulator.certificate?.fingerprint);
    },
  });

  it('falls back to plain where there is no TLS', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    const { ports } = reach(simulator);
    // Nobody listens on port 1.
    await using machine = await connect({ ...reach(simulator), ports: { ...ports, wsmanTls: 1 } });
    expect(machine.firmware).toMatchObject({ tls: false, port: simulator.ports.wsman });
    expect(machine.certificate).toBeUndefined();
  });

  it('refuses a changed certificate before anything is sent, naming both fingerprints', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    const pinned = Array.from({ length: 32 }, () => 'AA').join(':');
    const refused = connect({ ...reach(simulator), tls: 'on', fingerprint: pinned });
    await expect(refused).rejects.toBeInstanceOf(Untrusted);
    await expect(refused).rejects.toMatchObject({
      expected: pinned,
      presented: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
    expect(simulator.received.requests()).toEqual([]);
  });

  it('refuses old TLS with the name of the option that permits it, and takes it with that option', async () => {
    await using simulator = await createSimulator({ speed: 0, password, profile: 'amt-7' });
    const refused = connect({ ...reach(simulator), tls: 'on' });
    await expect(refused).rejects.toBeInstanceOf(Untrusted);
    await expect(refused).rejects.toThrow(/TLS/);
    await using machine = await connect({ ...reach(simulator), tls: 'on', legacyTls: true });
    expect(machine.certificate?.protocol).toMatch(/^TLSv1(\.1)?$/);
  });

  it('to a machine that speaks only TLS, asked for plain, says so', async () => {
    await using simulator = await createSimulator({ speed: 0, password, profile: 'amt-16' });
    // Nobody listens on port 1.
    const refused = connect({ ...reach(simulator), ports: { ...simulator.ports, wsman: 1 }, tls: 'off' });
    await expect(refused).rejects.toBeInstanceOf(ConnectFailed);
    await expect(refused).rejects.toThrow('127.0.0.1 speaks only TLS');
  });

  it('with a wrong password is tried once and never again by itself', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    const refused = connect({ ...reach(simulator), tls: 'off', password: 'Wr0ng!pass' });
    await expect(refused).rejects.toBeInstanceOf(AuthenticationFailed);
    await expect(refused).rejects.not.toThrow(/Wr0ng/);
    expect(simulator.received.logins.filter(({ ok }) => !ok)).toHaveLength(1);
  });

  it('works with a password of every printable character that firmware takes', async () => {
    const odd = " !#$%&'()*+-./0123;<=>?@ABZ[\\]^_`a";
    await using simulator = await createSimulator({ speed: 0, password: odd.slice(0, 32) });
    await using machine = await connect({ ...reach(simulator), password: odd.slice(0, 32) });
    expect(machine.firmware.version).toMatch(/^12\./);
  });
});

describe('A machine of the book', () => {
  /** One PC at an address, known from an earlier process, and then another one at the same. */
  async function replaced(first: SimulatorOptions, second: SimulatorOptions) {
    const before = await createSimulator({ speed: 0, password, tls: false, ...first });
    const { book, path, rewrite, ...end } = await bookOf({ pc: before });
    await book.editMachine('pc', { uuid: before.uuid });
    const state = await openState(join(path, '..', 'state.json'));
    const { ports, uuid } = before;
    await using earlier = await createFleet({ book, state });
    await earlier.machine('pc');
    await earlier.close();
    await before.close();
    const after = await createSimulator({ speed: 0, password, tls: false, ports, ...second });
    const fleet = await createFleet({ book, state });
    return {
      fleet,
      state,
      uuid,
      after,
      [Symbol.asyncDispose]: async () => {
        await fleet.close();
        await after.close();
        await end[Symbol.asyncDispose]();
      },
    };
  }

  it('is known by its realm where there is no certificate: another one at its address gets no log-in', async () => {
    await using place = await replaced({ seed: 1 }, { seed: 2 });
    const refused = place.fleet.run('pc', 'power.on');
    await expect(refused).rejects.toMatchObject({ code: 'UNTRUSTED', stranger: true });
    expect(place.after.received.logins).toEqual([]);
    expect(place.after.firmware.state.power).toBe('off');
  });

  it('that was trusted by another process is reached again by the one that runs', async () => {
    await using place = await replaced({ seed: 1 }, { seed: 2, uuid: UUID });
    await expect(place.fleet.run('pc', 'power.on')).rejects.toMatchObject({ stranger: true });
    const elsewhere = await openState(place.state.path);
    elsewhere.forget('pc', ['realm']);
    await elsewhere.flush();
    await expect(place.fleet.run('pc', 'power.on')).rejects.toThrow(
      `its UUID is ${UUID}, and the book says ${place.uuid}`,
    );
  });

  it('with another UUID than the book says is left alone, whatever else it looks like', async () => {
    await using place = await replaced({ seed: 1 }, { seed: 1, uuid: UUID });
    await expect(place.fleet.run('pc', 'power.on')).rejects.toMatchObject({ code: 'UNTRUSTED', stranger: true });
    expect(place.after.received.of('RequestPowerStateChange')).toEqual([]);
    expect(place.after.firmware.state.power).toBe('off');
  });
});

const UUID = '4c4c4544-0043-4c10-8052-b4c04f564433';
