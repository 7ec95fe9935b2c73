/** A person looks at the screen of a PC and types at it. */
import { type ConnectOptions, type ScreenOptions, type ScreenSession, screenshot, typeText } from '@amtkit/core';
import type { ProfileName, Simulator } from '@amtkit/simulator';
import { describe, expect, vi } from 'vitest';
import { difference } from './support/same-picture.ts';
import { scenario } from './support/scenario.ts';
import { screenPc, type TestScreen } from './support/screen-pc.ts';

/** The picture of the PC arrives, every pixel of it. */
async function shows(session: ScreenSession, screen: TestScreen, bits: 8 | 16 = 16): Promise<void> {
  await expect.poll(() => difference(session.framebuffer, screen.picture, bits), { timeout: 5_000 }).toBeUndefined();
}

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
        const png = await screenshot(session);
        expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
        await session.close();
        // What was held is let go.
        await vi.waitFor(() => expect(pc.screen.input.at(-1)).toBe('10,20 0'));
        await closed(simulator);
      },
    });
  }
});
