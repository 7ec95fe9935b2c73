/** Screens that somebody has to agree to: the form for the console, the code for the person at the machine. */
import { describe, expect, test } from 'vitest';
import { pixelsOf } from '../hardware/screen.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { BareScreen } from '../testing/bare-screen.ts';
import { TestConsole } from '../testing/console.ts';
import { desk, settled } from '../testing/redirection.ts';
import { lettersOf } from '../testing/screen-reader.ts';
import { greet, Viewer } from '../testing/viewer.ts';

const GREEN = 0x00ff00;

/** A PC that is green all over, and somebody who has logged in to see it. */
async function asking(options: SimulatorOptions = { consent: 'kvm' }) {
  const made = await desk(options);
  const screen = new BareScreen(720, 400);
  made.pc.screen = screen;
  screen.fill({ x: 0, y: 0, width: 720, height: 400 }, GREEN);
  const { simulator } = made;
  const type = async (keysyms: readonly number[]) => {
    for (const keysym of keysyms) {
      await console.say(`04 01 00 00 ${bytesOf(keysym)}`, `04 00 00 00 ${bytesOf(keysym)}`);
    }
  };
  const console = await made.enter('kvm');
  const viewer = await Viewer.open(console);
  return {
    ...made,
    screen,
    console,
    viewer,
    type,
    say: (code: string) => type([...code].map((digit) => digit.charCodeAt(0))),
    consent: () => simulator.firmware.state.consent,
    /** What the console is shown, as far as it is letters in the middle. */
    async form(y: number) {
      await viewer.refresh();
      const { pixels, width, height } = viewer;
      const picture = { width, height, read: (_: unknown, into: Uint32Array) => into.set(pixels) };
      return lettersOf(picture, { x: 104, y: 112 + y, columns: 60, rows: 1, pitch: 8 });
    },
    /** Whether the console sees the PC. */
    async seesThePc() {
      await viewer.refresh();
      return viewer.pixels.every((pixel) => pixel === 0x07e0);
    },
  };
}

function bytesOf(keysym: number): string {
  return [24, 16, 8, 0].map((shift) => ((keysym >>> shift) & 255).toString(16).padStart(2, '0')).join(' ');
}

/** The code as the person at the machine reads it. */
function readOut(monitor: { readonly width: number; readonly height: number } & Parameters<typeof lettersOf>[0]) {
  const pixels = pixelsOf(monitor);
  const small = {
    width: 240,
    height: 40,
    // The digits are three times as large as letters.
    read(_: unknown, into: Uint32Array) {
      for (let i = 0; i < 240 * 16; i++) {
        const [x, y] = [160 + 128 + 3 * (i % 240), 140 + 60 + 3 * Math.floor(i / 240)];
        into[i] = pixels[y * monitor.width + x] ?? 0;
      }
    },
  };
  return lettersOf(small, { x: 0, y: 0, columns: 6, rows: 1, pitch: 8 });
}

describe('without consent', () => {
  test('a console gets a form, and the PC after the right code', async () => {
    const { simulator, say, consent, form, seesThePc, screen, viewer } = await asking();
    expect(await form(16)).toContain('consent is needed');
    expect(consent().state).toBe('displayed');
    const code = readOut(simulator.monitor ?? (viewer as never));
    expect(code).toBe(consent().code);
    expect(await seesThePc()).toBe(false);
    await say(code);
    expect(await seesThePc()).toBe(true);
    expect(consent().state).toBe('in-session');
    expect(screen.input).toEqual([]);
    const { audit } = simulator.firmware.state;
    expect(audit.records.map(({ application, event }) => `${application}/${event}`)).toEqual(['18/8', '30/1']);
  });

  test('keys go to the form and the pointer nowhere', async () => {
    const { console, say, type, consent, screen, seesThePc } = await asking();
    await console.say('05 01 00 05 00 06');
    const { code = '' } = consent();
    await say(code.slice(0, 3));
    await type([0x61, 0xff08, 0xff08]);
    await type([...code.slice(1)].map((digit) => 0xffb0 + Number(digit)));
    expect(await seesThePc()).toBe(true);
    await type([0x61]);
    await console.say('05 01 00 05 00 06');
    expect(screen.input).toEqual(['+04', '-04', '5,6 1']);
  });

  test('a wrong code is said to be one, and three of them end the session', async () => {
    const { say, consent, form, console } = await asking();
    const wrong = consent().code === '111111' ? '222222' : '111111';
    await say(wrong);
    expect(await form(144)).toBe('Wrong code');
    await say(wrong);
    expect(console.ended).toBe(false);
    await say(wrong);
    expect(console.ended).toBe(true);
    expect(consent().state).toBe('not-started');
  });

  test('nothing is shown of a PC that paints, and the form stays', async () => {
    const { viewer, screen, console } = await asking();
    await viewer.refresh();
    await viewer.ask(true);
    screen.fill({ x: 0, y: 0, width: 720, height: 400 }, 0xff0000);
    expect(await console.heard()).toBe('');
  });

  test('a code that does not come in time ends the session', async () => {
    const { console, clock } = await asking();
    for (let seconds = 0; seconds < 299; seconds += 23) {
      clock.advance(23_000);
      await console.say('05 00 00 00 00 00');
    }
    expect(console.ended).toBe(false);
    clock.advance(1000);
    await settled();
    expect(console.ended).toBe(true);
  });

  test('somebody who says no ends the session', async () => {
    const { simulator, console } = await asking();
    const settings = new TestConsole(simulator, { password: 'P@ssw0rd' });
    expect(await settings.result('IPS_OptInService', 'CancelOptIn')).toBe(0);
    await settled();
    expect(console.ended).toBe(true);
  });

  test('there is no code on a PC that is off, until it is on', async () => {
    const { say, consent, form, pc, simulator, seesThePc } = await asking({ consent: 'kvm', speed: 1 });
    expect(consent().state).toBe('requested');
    const { code = '', state } = { ...consent(), state: simulator.firmware.state };
    state.power = 'off';
    await say(code);
    expect(await form(144)).toBe('The PC shows no code yet');
    pc.tell({ kind: 'power', power: 'on' });
    await settled();
    await say(code);
    expect(await seesThePc()).toBe(true);
  });

  test('nobody is asked after too many failures', async () => {
    const made = await desk({ consent: 'all' });
    made.simulator.firmware.change((state) => {
      state.consent.blockedUntil = made.clock.now() + 60_000;
    });
    const console = await made.enter('kvm');
    await console.say('40 00 00 00 00 00 00 00', '52 46 42 20 30 30 33 2e 30 30 38 0a', '01', '01');
    expect(console.ended).toBe(true);
  });
});

describe('with consent', () => {
  test('given before, the PC is there at once', async () => {
    const made = await desk({ consent: 'all' });
    made.simulator.firmware.change((state) => {
      state.consent.state = 'received';
    });
    const console = await made.enter('kvm');
    await greet(console);
    expect(made.simulator.firmware.state.consent.state).toBe('in-session');
    await console.close();
    expect(made.simulator.firmware.state.consent.state).toBe('received');
  });

  test('taken back, the session ends', async () => {
    const { say, consent, simulator, console } = await asking();
    await say(consent().code ?? '');
    const settings = new TestConsole(simulator, { password: 'P@ssw0rd' });
    expect(await settings.result('IPS_OptInService', 'CancelOptIn')).toBe(0);
    await settled();
    expect(console.ended).toBe(true);
  });

  test('the person at the machine sees a frame while somebody looks', async () => {
    const { say, consent, simulator, console, seesThePc } = await asking();
    await say(consent().code ?? '');
    const { monitor } = simulator;
    const corner = () => monitor && pixelsOf(monitor)[0];
    expect(corner()).toBe(0xe03131);
    expect(await seesThePc()).toBe(true);
    await console.close();
    expect(corner()).toBe(GREEN);
  });
});
