/** A person looks at the screen of a PC and types at it. */
import {
  AuthenticationFailed,
  ConnectFailed,
  type ConnectOptions,
  connect,
  type Machine,
  MethodFailed,
  pressKeys,
  type ScreenOptions,
  screenshot,
  typeText,
  Untrusted,
} from '@amtkit/core';
import { openScreenLine, type ScreenLineEvent } from '@amtkit/core/automation';
import type { ProfileName, Simulator } from '@amtkit/simulator';
import { describe, expect, vi } from 'vitest';
import { difference, pngPicture } from './support/same-picture.ts';
import { reach, scenario } from './support/scenario.ts';
import { end, screenPc, shows } from './support/screen-pc.ts';

async function closed(simulator: Simulator): Promise<void> {
  await vi.waitFor(() => expect(simulator.openSessions.kvm).toBe(false));
}

const plain: Partial<ConnectOptions> = { tls: 'off' };
const old: Partial<ConnectOptions> = { tls: 'on', legacyTls: true };
const ways: readonly [string, ProfileName, Partial<ConnectOptions>, ScreenOptions, 8 | 16][] = [
  ['AMT 7 in clear', 'amt-7', plain, {}, 16],
  ['AMT 7 with TLS', 'amt-7', old, {}, 16],
  ['AMT 11 in clear, in 8 bits', 'amt-11', plain, { format: 'rgb332' }, 8],
  ['AMT 12 in clear', 'amt-12', plain, {}, 16],
  ['AMT 12 with TLS, in 8 bits', 'amt-12', { tls: 'on' }, { format: 'rgb332' }, 8],
  ['AMT 16, which has only TLS', 'amt-16', {}, {}, 16],
  ['AMT 16 in 8 bits, deflated', 'amt-16', {}, { format: 'rgb332', compression: true }, 8],
  ['AMT 19 without compression of any kind', 'amt-19', {}, { rle: false }, 16],
];

describe('The screen', () => {
  for (const [name, profile, how, options, bits] of ways) {
    const pc = screenPc();
    scenario(`of ${name} is seen, every pixel of it, and typed at`, {
      profile,
      hardware: pc.hardware,
      connect: how,
      async run({ machine, simulator }) {
        const session = await machine.screen(options);
        expect(simulator.openSessions.kvm).toBe(true);
        await shows(session, pc.screen, bits);
        pc.screen.fill({ x: 100, y: 70, width: 300, height: 200 }, 0xcc2200);
        await shows(session, pc.screen, bits);
        await typeText(session, 'Hi!', 'us', { strokeMs: 1 });
        await vi.waitFor(() => expect(pc.screen.input.join(' ')).toBe('+e1 +0b -0b -e1 +0c -0c +e1 +1e -1e -e1'));
        session.pointer(10, 20, 1);
        await vi.waitFor(() => expect(pc.screen.input.at(-1)).toBe('10,20 1'));
        expect(difference(pngPicture(await screenshot(session)), pc.screen.picture, bits)).toBeUndefined();
        await session.close();
        // What was held is let go.
        await vi.waitFor(() => expect(pc.screen.input.at(-1)).toBe('10,20 0'));
        await closed(simulator);
      },
    });
  }
});

describe('A screen that is watched', () => {
  const split = screenPc(100, 70);
  scenario('is the same over a network that delivers single bytes', {
    connect: plain,
    hardware: split.hardware,
    async run({ machine, simulator }) {
      simulator.setFaults({ splitBytes: 1 });
      const session = await machine.screen();
      await shows(session, split.screen);
      await pressKeys(session, 'ctrl+alt+del', { strokeMs: 0 });
      await vi.waitFor(() => expect(split.screen.input.join(' ')).toBe('+e0 +e2 +4c -4c -e2 -e0'));
      await session.close();
      await closed(simulator);
      expect(simulator.received.nonsense).toEqual([]);
    },
  });

  const resized = screenPc();
  scenario('follows the PC from mode to mode', {
    hardware: resized.hardware,
    async run({ machine }) {
      await using session = await machine.screen();
      for (const [width, height] of [
        [720, 400],
        [640, 480],
        [1366, 768],
        [1024, 768],
      ] as const) {
        resized.screen.resize(width, height);
        await shows(session, resized.screen);
      }
    },
  });

  const large = screenPc();
  scenario('goes to 8 bits where the firmware cannot hold more, and back', {
    hardware: large.hardware,
    async run({ machine, simulator }) {
      await using session = await openScreenLine(machine, { patience: { firstRetryMs: 1 } });
      await shows(session, large.screen);
      large.screen.resize(2560, 1920, 'blank');
      large.screen.fill({ x: 2000, y: 1000, width: 300, height: 300 }, 0x3080c0);
      await shows(session, large.screen, 8);
      large.screen.resize(800, 600);
      await shows(session, large.screen);
      const formats = simulator.received.messages('SetPixelFormat');
      expect(formats.map(({ message }) => (message as { bitsPerPixel: number }).bitsPerPixel)).toEqual([16, 8, 16]);
    },
  });

  const restarted = screenPc();
  scenario('stays through a reset of the PC', {
    hardware: restarted.hardware,
    async run({ machine }) {
      await using session = await machine.screen();
      await shows(session, restarted.screen);
      await machine.power.reset();
      restarted.screen.resize(720, 400);
      await shows(session, restarted.screen);
    },
  });

  const halved = screenPc(1600, 1200);
  scenario('comes halved where that is asked for', {
    profile: 'amt-16',
    hardware: halved.hardware,
    async run({ machine }) {
      await using session = await machine.screen({ decimation: 'on' });
      await expect.poll(() => session.framebuffer.width, { timeout: 5_000 }).toBe(800);
      await screenshot(session);
      session.pointer(400, 300, 0);
      await vi.waitFor(() => expect(halved.screen.input).toContain('800,600 0'));
    },
  });

  const unread = screenPc(1024, 768);
  scenario('costs no memory while nobody reads what changes', {
    hardware: unread.hardware,
    async run({ machine, simulator }) {
      await using session = await machine.screen({ rle: false });
      const forgotten = session.updates();
      await shows(session, unread.screen);
      const updates = () => simulator.received.messages('FramebufferUpdateRequest').length;
      const settled = () => {
        globalThis.gc?.();
        return process.memoryUsage().arrayBuffers;
      };
      const before = settled();
      for (let i = 0; i < 50; i++) {
        const asked = updates();
        unread.screen.fill({ x: 0, y: 0, width: 1024, height: 768 }, i * 0x010203);
        await expect.poll(updates, { interval: 1, timeout: 5_000 }).toBeGreaterThan(asked);
      }
      // Some 80 MB have passed.
      expect(settled() - before).toBeLessThan(20_000_000);
      let areas = 0;
      for await (const _area of forgotten) if (++areas === 1) break;
      expect(areas).toBe(1);
    },
  });
});

describe('A screen that is lost', () => {
  const cut = screenPc(300, 200);
  scenario('anywhere is an error of its own, and never hangs', {
    hardware: cut.hardware,
    async run({ machine, simulator }) {
      for (let cutAfter = 1; cutAfter < 900; cutAfter += 23) {
        simulator.setFaults({ cutAfter });
        const attempt = (async () => {
          const session = await machine.screen();
          throw await end(session);
        })();
        await expect(attempt, `cut after ${cutAfter} bytes`).rejects.toThrow(/^The (screen|connection)|^127\.0\.0\.1 /);
      }
      simulator.setFaults();
      await closed(simulator);
      await using session = await machine.screen();
      await shows(session, cut.screen);
    },
  });

  const unplugged = screenPc();
  scenario('says so to who looks and to who types', {
    hardware: unplugged.hardware,
    async run({ machine, simulator }) {
      const session = await machine.screen();
      await shows(session, unplugged.screen);
      await simulator.unplug();
      expect(await end(session)).toBeInstanceOf(ConnectFailed);
      await expect(typeText(session, 'x', 'us')).rejects.toThrow(ConnectFailed);
      await session.close();
    },
  });

  const line = screenPc(300, 200);
  scenario('every so many bytes comes back each time, with every pixel', {
    hardware: line.hardware,
    async run({ machine, simulator }) {
      const events: ScreenLineEvent[] = [];
      simulator.setFaults({ cutAfter: 60_000 });
      const kept = await openScreenLine(machine, {
        patience: { firstRetryMs: 1, longestRetryMs: 10 },
        onEvent: (event) => events.push(event),
      });
      for (let seed = 3; seed < 12; seed++) {
        line.screen.paint(seed);
        await shows(kept, line.screen);
      }
      expect(events.filter(({ type }) => type === 'reconnected').length).toBeGreaterThan(1);
      await kept.close();
      await closed(simulator);
    },
  });

  const dropped = screenPc();
  scenario('whenever the PC changes its mode comes back by itself, and says why it was gone', {
    hardware: dropped.hardware,
    quirks: { kvmModeChange: 'drops' },
    async run({ machine }) {
      const told: string[] = [];
      await using kept = await openScreenLine(machine, {
        patience: { firstRetryMs: 1 },
        onEvent: (event) => told.push('error' in event ? event.error.message : event.type),
      });
      await shows(kept, dropped.screen);
      for (const [width, height] of [
        [720, 400],
        [1024, 768],
      ] as const) {
        dropped.screen.resize(width, height);
        await shows(kept, dropped.screen);
        await typeText(kept, 'x', 'us', { strokeMs: 0 });
      }
      expect(told).toEqual(
        expect.arrayContaining([expect.stringContaining('is changing its screen mode'), 'reconnected']),
      );
      await vi.waitFor(() => expect(dropped.screen.input).toEqual(['+1b', '-1b', '+1b', '-1b']));
    },
  });

  const tooLarge = screenPc();
  scenario('because it is too large for the firmware says what helps', {
    hardware: tooLarge.hardware,
    quirks: { kvmBufferBytes: 800_000 },
    async run({ machine }) {
      const session = await machine.screen();
      expect(await end(session)).toMatchObject({ message: expect.stringContaining('before the first picture') });
      await using kept = await openScreenLine(machine, { patience: { firstRetryMs: 1 } });
      await shows(kept, tooLarge.screen, 8);
    },
  });
});

describe('A screen that is refused', () => {
  const taken = screenPc();
  scenario('because somebody has it opens when he is gone', {
    hardware: taken.hardware,
    async run({ machine, simulator }) {
      await using other = await connect(reach(simulator));
      const theirs = await other.screen();
      await expect(machine.screen()).rejects.toMatchObject({ code: 'REDIRECTION_REFUSED', busy: true });
      await theirs.close();
      await using ours = await machine.screen();
      await shows(ours, taken.screen);
    },
  });

  const off = screenPc();
  scenario('because it is switched off says which switch', {
    hardware: off.hardware,
    async run({ machine }) {
      await machine.features.set({ kvm: false });
      await expect(machine.screen()).rejects.toMatchObject({
        code: 'REDIRECTION_REFUSED',
        busy: false,
        hint: expect.stringContaining('--kvm on'),
      });
      await using kept = await openScreenLine(machine, { enable: true });
      await shows(kept, off.screen);
    },
  });

  scenario('because the listener is off says how to switch it on', {
    async run({ machine }) {
      await machine.features.set({ listener: false });
      await expect(machine.screen()).rejects.toMatchObject({ hint: expect.stringContaining('--listener on') });
    },
  });

  scenario('by a machine without KVM says that it has none', {
    profile: 'ism',
    async run({ machine }) {
      await expect(machine.screen()).rejects.toMatchObject({ code: 'REDIRECTION_REFUSED' });
    },
  });

  scenario('for a wrong password is asked for once', {
    async run({ machine, simulator }) {
      simulator.firmware.change((state) => {
        state.admin = { ...state.admin, ha1: '0'.repeat(32) };
      });
      simulator.received.clear();
      await expect(machine.screen({ consentCode: 'in-picture' })).rejects.toThrow(AuthenticationFailed);
      expect(simulator.received.logins.map(({ ok }) => ok)).toEqual([false]);
    },
  });

  scenario('by a machine with another certificate is not told the password', {
    connect: { tls: 'on' },
    async run({ machine, simulator }) {
      await simulator.renewCertificate();
      simulator.received.clear();
      await expect(machine.screen({ consentCode: 'in-picture' })).rejects.toThrow(Untrusted);
      expect(simulator.received.messages()).toEqual([]);
    },
  });
});

describe('A power request while the screen is open', () => {
  const watched = screenPc();
  scenario('is refused, or drops the session when that is asked for, and the screen comes back', {
    hardware: watched.hardware,
    async run({ machine }: { machine: Machine }) {
      await using kept = await openScreenLine(machine, { patience: { firstRetryMs: 1 } });
      await shows(kept, watched.screen);
      await expect(machine.power.cycle()).rejects.toThrow(MethodFailed);
      await machine.power.request('cycle', { sessions: 'drop' });
      await vi.waitFor(() => expect(kept.open).toBe(true));
      watched.screen.paint(5);
      await shows(kept, watched.screen);
    },
  });
});
