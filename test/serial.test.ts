/** A person works on the serial port of a PC. */
import {
  AuthenticationFailed,
  ConnectFailed,
  type ConnectOptions,
  connect,
  MethodFailed,
  RedirectionRefused,
  type SerialSession,
  Untrusted,
} from '@amtkit/core';
import type { ProfileName, Quirks, Simulator } from '@amtkit/simulator';
import { describe, expect, vi } from 'vitest';
import { reach, scenario } from './support/scenario.ts';
import { readUntil, type SerialPc, serialPc } from './support/serial-pc.ts';

/** A conversation over the port: a prompt, an answer, what the answer looks like at the other end. */
async function logInOver(serial: SerialSession, { port }: SerialPc): Promise<void> {
  await port.write(new TextEncoder().encode('login: '));
  expect(await readUntil(serial, 'login: ')).toBe('login: ');
  await serial.write('root\r');
  expect(await readUntil(port, '\r')).toBe('root\r');
  await port.write(new TextEncoder().encode('grüß Gott\r\n'));
  expect(await readUntil(serial, '\n')).toBe('grüß Gott\r\n');
}

/** All sessions are over. */
async function allClosed(simulator: Simulator): Promise<void> {
  await vi.waitFor(() => expect(simulator.openSessions.sol).toBe(0));
}

const plain: Partial<ConnectOptions> = { tls: 'off' };
const old: Partial<ConnectOptions> = { tls: 'on', legacyTls: true };
const ways: readonly [string, ProfileName, Partial<ConnectOptions>, Partial<Quirks>][] = [
  ['AMT 7 in clear, with user and password', 'amt-7', plain, { redirectionLogins: [1] }],
  ['AMT 7 in clear, with the older digest', 'amt-7', plain, { redirectionLogins: [1, 3] }],
  ['AMT 7 in clear, with the newer digest', 'amt-7', plain, {}],
  ['AMT 7 with TLS, with user and password', 'amt-7', old, { redirectionLogins: [1] }],
  ['AMT 12 in clear', 'amt-12', plain, {}],
  ['AMT 12 with TLS', 'amt-12', { tls: 'on' }, {}],
  ['AMT 16, which has only TLS', 'amt-16', {}, {}],
  ['Standard Manageability', 'ism', {}, {}],
];

describe('The serial port', () => {
  for (const [name, profile, how, quirks] of ways) {
    const pc = serialPc();
    scenario(`of ${name} is read and typed into`, {
      profile,
      quirks,
      hardware: pc.hardware,
      connect: how,
      async run({ machine, simulator }) {
        const serial = await machine.serial();
        await vi.waitFor(() => expect(serial.controls).toMatchObject({ powered: true }));
        expect(simulator.openSessions.sol).toBe(1);
        await logInOver(serial, pc);
        await serial.close();
        await allClosed(simulator);
        expect(simulator.received.messages('EndRedirectionSession')).toHaveLength(1);
        expect(simulator.received.nonsense).toEqual([]);
      },
    });
  }

  const split = serialPc();
  scenario('is the same over a network that delivers single bytes', {
    hardware: split.hardware,
    async run({ machine, simulator }) {
      simulator.setFaults({ splitBytes: 1 });
      const serial = await machine.serial();
      await logInOver(serial, split);
      await serial.close();
      await allClosed(simulator);
      expect(simulator.received.nonsense).toEqual([]);
    },
  });

  const asleep = serialPc();
  scenario('needs no consent where everything else does, and tells when the PC is switched off', {
    consent: 'all',
    hardware: asleep.hardware,
    async run({ machine }) {
      await using serial = await machine.serial();
      await vi.waitFor(() => expect(serial.controls?.powered).toBe(true));
      const changes: boolean[] = [];
      serial.onControls(({ powered }) => changes.push(powered));
      asleep.hardware.losePower();
      await vi.waitFor(() => expect(changes).toEqual([false]));
    },
  });

  const changed = serialPc();
  scenario('opens with the password as it is now', {
    hardware: changed.hardware,
    async run({ machine }) {
      await machine.users.setAdminPassword('N3w-P@ssw0rd');
      await using serial = await machine.serial();
      await logInOver(serial, changed);
    },
  });

  const relayed = serialPc();
  scenario('is lent as bytes to who speaks the protocol elsewhere', {
    hardware: relayed.hardware,
    async run({ machine }) {
      await using stream = await machine.redirect('sol');
      await stream.write(Uint8Array.from([0x20, 0, 0, 0, 1, 0, 0, 0, 0x10, 0x27, 100, 0, ...new Array(12).fill(0)]));
      const { value } = await stream[Symbol.asyncIterator]().next();
      expect(value?.[0]).toBe(0x21);
    },
  });

  const traced = serialPc();
  scenario('is traced without the password and without what was typed', {
    profile: 'amt-7',
    quirks: { redirectionLogins: [1] },
    hardware: traced.hardware,
    connect: { tls: 'off' },
    async run({ machine }) {
      const lines: string[] = [];
      const serial = await machine.serial({ trace: (line) => lines.push(line) });
      await logInOver(serial, traced);
      await serial.close();
      expect(lines).toContain('> AuthenticateSession method=UserPassword data=<16 bytes>');
      expect(lines.some((line) => line.startsWith('> SolDataToHost'))).toBe(true);
      expect(lines.at(-1)).toBe('> close');
      expect(lines.join()).not.toMatch(/P@ssw0rd|root/);
    },
  });
});

describe('A serial port under load', () => {
  const flooded = serialPc();
  scenario('gives all to a slow reader and holds the PC back meanwhile', {
    hardware: flooded.hardware,
    async run({ machine }) {
      const serial = await machine.serial();
      const line = new Uint8Array(4096).fill(0x2e);
      let written = 0;
      const flooding = (async () => {
        for (; written < 2000; written++) await flooded.port.write(line);
      })();
      let before = -1;
      await expect
        .poll(
          () => {
            const stands = written === before;
            before = written;
            return stands;
          },
          { timeout: 10_000, interval: 200 },
        )
        .toBe(true);
      expect(written).toBeLessThan(2000);
      const typing = serial.write('x'.repeat(2000));
      const typed = (async () => {
        let length = 0;
        for await (const bytes of flooded.port) {
          length += bytes.length;
          if (length === 2000) break;
        }
        return length;
      })();
      expect(await typed).toBe(2000);
      await typing;
      await flooding.catch(() => {});
      await serial.close();
    },
  });
});

describe('A serial port that is lost', () => {
  const unplugged = serialPc();
  scenario('says so to who reads and to who types', {
    hardware: unplugged.hardware,
    async run({ machine, simulator }) {
      const serial = await machine.serial();
      await logInOver(serial, unplugged);
      await simulator.unplug();
      await expect(readUntil(serial, 'never')).rejects.toThrow(ConnectFailed);
      await expect(serial.write('x')).rejects.toThrow(ConnectFailed);
      await serial.close();
    },
  });

  const cut = serialPc();
  scenario('anywhere is an error of its own, and never hangs', {
    hardware: cut.hardware,
    async run({ machine, simulator }) {
      for (let cutAfter = 1; cutAfter < 260; cutAfter += 7) {
        simulator.setFaults({ cutAfter });
        const attempt = (async () => {
          const serial = await machine.serial();
          await serial.write('x'.repeat(300));
          await readUntil(serial, 'never');
        })();
        await expect(attempt, `cut after ${cutAfter} bytes`).rejects.toThrow(ConnectFailed);
      }
      simulator.setFaults();
      await allClosed(simulator);
      await using serial = await machine.serial();
      await logInOver(serial, cut);
    },
  });

  const closed = serialPc();
  scenario('with its machine is closed in good order', {
    hardware: closed.hardware,
    async run({ machine, simulator }) {
      const serial = await machine.serial();
      await machine.close();
      await allClosed(simulator);
      expect(simulator.received.messages('EndSolRedirection')).toHaveLength(1);
      await expect(serial.write('x')).rejects.toThrow(ConnectFailed);
    },
  });
});

describe('A serial port that is refused', () => {
  scenario('for a wrong password is asked for once', {
    async run({ machine, simulator }) {
      simulator.firmware.change((state) => {
        state.admin = { ...state.admin, ha1: '0'.repeat(32) };
      });
      simulator.received.clear();
      await expect(machine.serial()).rejects.toThrow(AuthenticationFailed);
      expect(simulator.received.logins.map(({ ok }) => ok)).toEqual([false]);
    },
  });

  scenario('because somebody has it opens when he is gone', {
    async run({ machine, simulator }) {
      await using other = await connect(reach(simulator));
      const theirs = await other.serial();
      await expect(machine.serial()).rejects.toMatchObject({ code: 'REDIRECTION_REFUSED', busy: true });
      await theirs.close();
      await using ours = await machine.serial();
      await ours.write('x');
    },
  });

  scenario('because it is switched off says which switch', {
    async run({ machine }) {
      await machine.features.set({ sol: false });
      await expect(machine.serial()).rejects.toThrow(RedirectionRefused);
      await expect(machine.serial()).rejects.toMatchObject({ hint: expect.stringContaining('--sol on') });
      await machine.features.set({ sol: true });
      await using serial = await machine.serial();
      await serial.write('x');
    },
  });

  scenario('because the listener is off says how to switch it on', {
    async run({ machine }) {
      await machine.features.set({ listener: false });
      await expect(machine.serial()).rejects.toMatchObject({
        code: 'CONNECT_FAILED',
        message: expect.stringContaining('the listener for redirection may be switched off'),
        hint: expect.stringContaining('--listener on'),
      });
    },
  });

  scenario('by a machine with another certificate is not told the password', {
    connect: { tls: 'on' },
    async run({ machine, simulator }) {
      await simulator.renewCertificate();
      simulator.received.clear();
      await expect(machine.serial()).rejects.toThrow(Untrusted);
      expect(simulator.received.messages()).toEqual([]);
    },
  });
});

describe('A power request while the serial port is open', () => {
  const watched = serialPc();
  scenario('is refused, or drops the session when that is asked for', {
    hardware: watched.hardware,
    async run({ machine, simulator }) {
      const serial = await machine.serial();
      await expect(machine.power.cycle()).rejects.toThrow(MethodFailed);
      await logInOver(serial, watched);
      await machine.power.request('cycle', { sessions: 'drop' });
      await expect(readUntil(serial, 'never')).rejects.toThrow(ConnectFailed);
      await allClosed(simulator);
      await using again = await machine.serial();
      await logInOver(again, watched);
    },
  });

  const reset = serialPc();
  scenario('that only resets leaves it open', {
    hardware: reset.hardware,
    async run({ machine }) {
      await using serial = await machine.serial();
      await machine.power.reset();
      await logInOver(serial, reset);
    },
  });
});
