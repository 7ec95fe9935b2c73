/** A person wants to see the screen of a PC, and firmware, network or the person at the PC say otherwise. */
import { ConnectFailed, ConsentRequired, MethodFailed, RedirectionRefused, screenshot, typeText } from '@amtkit/core';
import { openScreenLine, type ScreenLineEvent } from '@amtkit/core/automation';
import { manualClock, type ScreenFault, type Simulator } from '@amtkit/simulator';
import { describe, expect, vi } from 'vitest';
import { scenario } from './support/scenario.ts';
import { end, screenPc, shows } from './support/screen-pc.ts';

const patience = { firstRetryMs: 1, longestRetryMs: 10 };

/** The code that the screen of the machine shows, as the person in front of it reads it. */
function codeOn(simulator: Simulator): string {
  return simulator.firmware.state.consent.code ?? '';
}

describe('A screen session that goes wrong', () => {
  const none = screenPc(300, 200);
  scenario('because there is nothing to be captured says what that may be, and opens when there is', {
    hardware: none.hardware,
    faults: { screens: { 'no-display': { times: 2 } } },
    async run({ machine }) {
      const error = await machine.screen().catch((error: unknown) => error);
      expect(error).toBeInstanceOf(RedirectionRefused);
      expect(error).toMatchObject({ message: expect.stringContaining('no monitor is attached'), busy: false });
      await using kept = await openScreenLine(machine, { patientStart: true, patience });
      await shows(kept, none.screen);
    },
  });

  const slow = screenPc(300, 200);
  scenario('tile by tile is waited for until all of the picture is there', {
    hardware: slow.hardware,
    faults: { screens: { 'slow-tiles': 1 } },
    async run({ machine }) {
      await using session = await machine.screen();
      await screenshot(session);
      await shows(session, slow.screen);
    },
  });

  const kinds: readonly (readonly [ScreenFault, string, RegExp])[] = [
    ['drop-soon', 'a moment after its first picture', /the firmware closed the session/],
    ['half-tile', 'in the middle of a tile', /the firmware closed the session/],
    ['bad-tile', 'by a tile that does not exist', /tile|subencoding/i],
    ['bad-zlib', 'by tiles that cannot be inflated', /inflate|stream|zlib/i],
  ];
  for (const [fault, how, words] of kinds) {
    const pc = screenPc(300, 200);
    scenario(`${how} ends with words, and comes back with every pixel`, {
      hardware: pc.hardware,
      faults: { screens: { [fault]: { times: 1 } } },
      async run({ machine }) {
        const events: ScreenLineEvent[] = [];
        await using kept = await openScreenLine(machine, { patience, onEvent: (event) => events.push(event) });
        await vi.waitFor(() => expect(kept.framebuffer.complete || events.length > 0).toBe(true));
        let seed = 3;
        const lost = () => {
          pc.screen.paint(seed++ & 7);
          return events.flatMap((event) => (event.type === 'interrupted' ? [event.error.message] : []));
        };
        await expect.poll(lost, { timeout: 10_000, interval: 100 }).toEqual([expect.stringMatching(words)]);
        await shows(kept, pc.screen);
        expect(events.at(-1)).toMatchObject({ type: 'reconnected' });
      },
    });
  }

  const idle = screenPc(300, 200);
  const clock = manualClock();
  scenario('because nobody pressed a key for three minutes is only watched where that is wanted', {
    hardware: idle.hardware,
    clock,
    async run({ machine }) {
      const session = await machine.screen({ keepAwake: false });
      await shows(session, idle.screen);
      const ended = end(session);
      clock.advance(179_000);
      await typeText(session, 'x', 'us', { strokeMs: 0 });
      await vi.waitFor(() => expect(idle.screen.input).toHaveLength(2));
      clock.advance(179_000);
      idle.screen.paint(4);
      await shows(session, idle.screen);
      clock.advance(2_000);
      expect(await ended).toMatchObject({ message: expect.stringContaining('nobody pressed a key for some minutes') });
    },
  });
});

describe('A screen that needs the consent of the person at the PC', () => {
  const asked = screenPc();
  scenario('opens with the code that he reads out', {
    consent: 'kvm',
    hardware: asked.hardware,
    async run({ machine, simulator }) {
      await expect(machine.screen()).rejects.toThrow(ConsentRequired);
      const codes: string[] = [];
      const consentCode = async ({ attempt }: { attempt: number }) => {
        const code = attempt === 1 ? '999999' : codeOn(simulator);
        codes.push(code);
        return code;
      };
      await using session = await machine.screen({ consentCode });
      await shows(session, asked.screen);
      expect(codes).toHaveLength(2);
      expect((await machine.consent.read()).state).toBe('in-session');
    },
  });

  const refused = screenPc();
  scenario('stays shut where he does not give it', {
    consent: 'all',
    hardware: refused.hardware,
    async run({ machine }) {
      const wrong = machine.screen({ consentCode: async () => '999999' });
      await expect(wrong).rejects.toThrow(MethodFailed);
      expect((await machine.consent.read()).state).toBe('not-started');
    },
  });

  const typed = screenPc(800, 600);
  scenario('takes the code in the picture, in place of the PC', {
    consent: 'kvm',
    hardware: typed.hardware,
    async run({ machine, simulator }) {
      await using session = await machine.screen({ consentCode: 'in-picture' });
      await screenshot(session);
      await vi.waitFor(() => expect(codeOn(simulator)).toMatch(/^\d{6}$/));
      await typeText(session, '000000', 'us', { strokeMs: 1 });
      await typeText(session, codeOn(simulator), 'us', { strokeMs: 1 });
      await shows(session, typed.screen);
      expect(typed.screen.input).toEqual([]);
      await typeText(session, 'x', 'us', { strokeMs: 1 });
      await vi.waitFor(() => expect(typed.screen.input).toEqual(['+1b', '-1b']));
    },
  });

  const wrong = screenPc(800, 600);
  scenario('closes after wrong codes in the picture', {
    consent: 'kvm',
    hardware: wrong.hardware,
    async run({ machine }) {
      const session = await machine.screen({ consentCode: 'in-picture' });
      const ended = end(session);
      await screenshot(session);
      for (let attempt = 0; attempt < 3; attempt++) {
        await typeText(session, '000000', 'us', { strokeMs: 1 }).catch(() => {});
      }
      expect(await ended).toBeInstanceOf(ConnectFailed);
    },
  });

  const late = screenPc(800, 600);
  const watch = manualClock();
  scenario('closes where nobody brings the code in time', {
    consent: 'kvm',
    hardware: late.hardware,
    clock: watch,
    async run({ machine }) {
      const session = await machine.screen({ consentCode: 'in-picture' });
      const ended = end(session);
      await screenshot(session);
      for (let seconds = 0; seconds < 301; seconds += 43) {
        watch.advance(43_000);
        session.pointer(1, 1, 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await ended).toBeInstanceOf(ConnectFailed);
    },
  });
});
