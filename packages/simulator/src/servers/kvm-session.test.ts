/** The life of a screen session: what is asked for and sent, what ends it, and what is written down of it. */
import { PixelFormats } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { pixelsOf } from '../hardware/screen.ts';
import type { BareScreen } from '../testing/bare-screen.ts';
import { TestConsole } from '../testing/console.ts';
import { desk, settled } from '../testing/redirection.ts';
import { greet, LEFT, RIGHT, Viewer, viewing, withScreen } from '../testing/viewer.ts';

const places = (rectangles: readonly { readonly x: number; readonly y: number }[]) =>
  rectangles.map(({ x, y }) => `${x},${y}`);

describe('an update', () => {
  test('comes only when something changed, and holds only that', async () => {
    const { viewer, console, screen } = await viewing({}, {}, [200, 130]);
    await viewer.ask(true);
    expect(await viewer.update()).toHaveLength(12);
    await viewer.ask(true);
    expect(await console.heard()).toBe('');
    screen.fill({ x: 60, y: 70, width: 10, height: 10 }, 0xabcdef);
    expect(places(await viewer.update())).toEqual(['0,64', '64,64']);
    screen.fill({ x: 0, y: 0, width: 5, height: 5 }, 0xabcdef);
    screen.fill({ x: 199, y: 129, width: 1, height: 1 }, 0xabcdef);
    expect(await console.heard()).toBe('');
    await viewer.ask(true);
    expect(places(await viewer.update())).toEqual(['0,0', '192,128']);
  });

  test('is not made of what was painted and looks the same', async () => {
    const { viewer, console, screen } = await viewing();
    await viewer.refresh();
    await viewer.ask(true);
    screen.damage();
    expect(await console.heard()).toBe('');
  });

  test('is all of an area when it is asked for as it is', async () => {
    const { viewer } = await viewing();
    await viewer.refresh();
    await viewer.ask(false, [70, 0, 10, 10]);
    expect(places(await viewer.update())).toEqual(['64,0']);
  });

  test('leaves alone what lies outside the area, until that is asked for', async () => {
    const { viewer, console, screen } = await viewing();
    await viewer.refresh();
    screen.fill(LEFT, 1 << 23);
    screen.fill(RIGHT, 1 << 23);
    await viewer.ask(true, [0, 0, 64, 64]);
    expect(places(await viewer.update())).toEqual(['0,0']);
    await viewer.ask(true, [0, 0, 64, 64]);
    expect(await console.heard()).toBe('');
    await viewer.ask(true);
    expect(places(await viewer.update())).toEqual(['64,0']);
  });

  test('answers two requests that waited as one', async () => {
    const { viewer, screen } = await viewing();
    await viewer.refresh();
    await viewer.ask(true, [64, 0, 64, 64]);
    await viewer.ask(true, [0, 0, 10, 10]);
    screen.fill({ x: 60, y: 0, width: 8, height: 8 }, 0x123456);
    expect(places(await viewer.update())).toEqual(['0,0', '64,0']);
  });

  test('goes left to right and then down, and leaves in one write for each rectangle', async () => {
    const { viewer } = await viewing({}, {}, [800, 600]);
    const rectangles = await viewer.refresh();
    expect(rectangles).toHaveLength(130);
    expect(places(rectangles).slice(11, 15)).toEqual(['704,0', '768,0', '0,64', '64,64']);
    expect(rectangles[12]).toMatchObject({ x: 768, width: 32, height: 64 });
    expect(rectangles.at(-1)).toMatchObject({ x: 768, y: 576, width: 32, height: 24 });
  });

  test.each([
    ['rectangle', [4, 16 + 2 + 5 + 3, 16 + 5 + 3]],
    ['update', [4 + 16 + 2 + 5 + 3 + 16 + 5 + 3]],
  ] as const)('leaves as one %s, if a profile says so', async (kvmWrites, sizes) => {
    const { console, viewer } = await viewing({ quirks: { kvmWrites } });
    const before = console.chunks.length;
    await viewer.ask(false);
    expect(console.chunks.slice(before)).toEqual(sizes);
  });

  test('leaves in segments of Ethernet, if a profile says so', async () => {
    const { console, viewer, screen } = await viewing({ quirks: { kvmWrites: 'segment' } }, { encodings: [0, -223] });
    screen.damage();
    const before = console.chunks.length;
    await viewer.refresh();
    expect(new Set(console.chunks.slice(before, -1))).toEqual(new Set([1460]));
  });

  test('is captured so often and no oftener', async () => {
    const { viewer, console, screen, clock } = await viewing({ speed: 1, quirks: { kvmFrameMs: 50 } });
    await viewer.refresh();
    await viewer.ask(true);
    screen.fill(LEFT, 0x112233);
    clock.advance(49);
    expect(await console.heard()).toBe('');
    screen.fill(LEFT, 0x445566);
    clock.advance(1);
    expect(places(await viewer.update())).toEqual(['0,0']);
    expect(viewer.pixels[0]).toBe(0x42ac);
  });

  test('waits for a viewer that does not read, and then is one of what is there', async () => {
    const { viewer, console, screen } = await viewing({}, { encodings: [0, -223] }, [640, 480]);
    console.pause();
    await viewer.ask(false);
    for (let i = 0; i < 500; i++) {
      screen.fill({ x: 0, y: 0, width: 640, height: 480 }, i * 0x10101);
      await viewer.ask(true);
    }
    console.resume();
    await viewer.update();
    await viewer.update();
    await settled();
    expect(await console.heard()).toBe('');
    const expected = (pixel: number) => ((pixel >> 8) & 0xf800) | ((pixel >> 5) & 0x7e0) | ((pixel >> 3) & 31);
    expect(new Set(viewer.pixels)).toEqual(new Set([expected(pixelsOf(screen)[0] as number)]));
  });
});

describe('updates back to back', () => {
  const KVM = 'IPS_KVMRedirectionSettingData';

  test('come unasked while they are switched on, and end with the session', async () => {
    const { viewer, console, screen, simulator } = await viewing();
    const settings = new TestConsole(simulator, { password: 'P@ssw0rd' });
    await viewer.refresh();
    await settings.put(KVM, { BackToBackFbMode: true });
    await viewer.refresh();
    for (const colour of [0x808080, 0x404040]) {
      screen.fill(LEFT, colour);
      expect(places(await viewer.update())).toEqual(['0,0']);
    }
    await settings.put(KVM, { BackToBackFbMode: false });
    screen.fill(LEFT, 0);
    await viewer.update();
    screen.fill(LEFT, 0x808080);
    expect(await console.heard()).toBe('');
    await settings.put(KVM, { BackToBackFbMode: true });
    await console.close();
    expect(await settings.get(KVM)).toMatchObject({ BackToBackFbMode: 'false' });
  });

  test('cannot be switched on while nobody looks', async () => {
    const { simulator } = await desk();
    const settings = new TestConsole(simulator, { password: 'P@ssw0rd' });
    expect(await settings.put(KVM, { BackToBackFbMode: true })).toMatchObject({ BackToBackFbMode: 'false' });
  });
});

test('the size of the screen stands in its settings', async () => {
  const made = await desk();
  const settings = new TestConsole(made.simulator, { password: 'P@ssw0rd' });
  expect(await settings.get('IPS_ScreenSettingData')).toMatchObject({
    IsActive: ['true', 'false', 'false', 'false'],
    ResolutionX: ['128', '0', '0', '0'],
    UpperLeftX: ['0', '-1', '-1', '-1'],
  });
  made.pc.screen = undefined;
  expect(await settings.get('IPS_ScreenSettingData')).toMatchObject({
    IsActive: ['false', 'false', 'false', 'false'],
    ResolutionY: ['0', '0', '0', '0'],
  });
});

describe('a change of size', () => {
  test('is told alone, and everything comes after it', async () => {
    const { viewer, console, screen } = await viewing();
    await viewer.refresh();
    await viewer.ask(true);
    screen.resize(100, 70);
    expect(await viewer.update()).toEqual([{ x: 0, y: 0, width: 100, height: 70, encoding: -223, length: 12 }]);
    // Consoles in the field ask twice now: for all of it, and for what changes.
    await viewer.ask(false);
    expect(await viewer.update()).toHaveLength(4);
    await viewer.ask(true);
    expect(await console.heard()).toBe('');
  });

  test('and back is told like any other, as everything is new', async () => {
    const { viewer, screen } = await viewing();
    await viewer.refresh();
    screen.resize(100, 70);
    screen.resize(128, 64);
    await viewer.ask(true);
    expect(await viewer.update()).toHaveLength(2);
  });

  test.each([
    ['a console that cannot be told of it', {}, [16, 0]],
    ['any console, if a profile says so', { kvmModeChange: 'drops' } as const, [16, 0, -223]],
  ])('ends the session of %s', async (_, quirks, encodings) => {
    const { viewer, console, screen } = await viewing({ quirks }, { encodings });
    await viewer.refresh();
    await viewer.ask(true);
    screen.resize(100, 70);
    await settled();
    expect(console.ended).toBe(true);
  });
});

describe('a picture too large for the firmware', () => {
  const quirks = { kvmBufferBytes: 16_000 };

  test('ends the session at the first request', async () => {
    const { viewer, console } = await viewing({ quirks });
    expect(console.ended).toBe(false);
    await viewer.ask(true);
    expect(console.ended).toBe(true);
  });

  test('fits with half the bytes a pixel', async () => {
    const { viewer, console } = await viewing({ quirks }, { format: PixelFormats.rgb332 });
    await viewer.refresh();
    await viewer.setFormat(PixelFormats.rgb565);
    expect(console.ended).toBe(false);
    await viewer.ask(true);
    expect(console.ended).toBe(true);
  });
});

describe('a session', () => {
  test('ends after three minutes without a key or a move, however much is shown', async () => {
    const { viewer, console, screen, clock } = await viewing({ quirks: { kvmIdleTickSeconds: 0 } });
    for (let second = 0; second < 179; second++) {
      screen.fill(LEFT, second + 1);
      await viewer.refresh();
      clock.advance(1000);
    }
    await settled();
    expect(console.ended).toBe(false);
    clock.advance(1000);
    await settled();
    expect(console.ended).toBe(true);
  });

  test.each([
    ['a key', '04 01 00 00 00 00 ff e3'],
    ['the pointer', '05 00 00 00 00 00'],
    ['a clipboard', '06 00 00 00 00 00 00 01 41'],
  ])('goes on with %s', async (_, input) => {
    const { console, clock } = await viewing();
    for (let minute = 0; minute < 10; minute++) {
      clock.advance(60_000);
      await console.say(input);
    }
    expect(console.ended).toBe(false);
    clock.advance(180_000);
    await settled();
    expect(console.ended).toBe(true);
  });

  test('lasts as long as the settings say, and for ever with none', async () => {
    const made = await withScreen();
    const settings = new TestConsole(made.simulator, { password: 'P@ssw0rd' });
    await settings.put('IPS_KVMRedirectionSettingData', {
      ...{ InstanceID: 'Intel(r) KVM Redirection Settings', SessionTimeout: 0 },
      ...{ DefaultScreen: 0, Is5900PortEnabled: false, OptInPolicy: false, OptInPolicyTimeout: 300 },
    });
    made.rewind();
    const console = await made.enter('kvm');
    await greet(console);
    made.clock.advance(24 * 3_600_000);
    await settled();
    expect(console.ended).toBe(false);
  });

  test('says something every ten seconds, as relays take silence for death', async () => {
    const { viewer, console, clock } = await viewing();
    await viewer.refresh();
    await viewer.ask(true);
    clock.advance(9999);
    expect(await console.heard()).toBe('');
    clock.advance(1);
    expect(places(await viewer.update())).toEqual(['0,0']);
    clock.advance(60_000);
    expect(await console.heard()).toBe('');
  });

  test('is written down, and noticed by who looks at the settings', async () => {
    const { simulator, console, pc } = await viewing();
    const { state } = simulator.firmware;
    expect(state.sessions.kvm).toBe(true);
    expect((pc.screen as BareScreen).watchers).toBe(1);
    await console.close();
    expect(state.sessions.kvm).toBe(false);
    expect((pc.screen as BareScreen).watchers).toBe(0);
    expect(state.audit.records.map(({ application, event }) => `${application}/${event}`)).toEqual(['18/8', '18/9']);
  });

  test('ends when KVM is switched off, and lets nobody hold a key', async () => {
    const { simulator, console, screen } = await viewing();
    await console.say('04 01 00 00 00 00 ff e3', '04 01 00 00 00 00 00 61');
    const settings = new TestConsole(simulator, { password: 'P@ssw0rd' });
    await settings.invoke('CIM_KVMRedirectionSAP', 'RequestStateChange', { RequestedState: 3 });
    await settled();
    expect(console.ended).toBe(true);
    expect(screen.input).toEqual(['+e0', '+04', '-e0', '-04']);
  });

  test('ends with a message that is none', async () => {
    const { simulator, console } = await viewing();
    await console.say('09');
    expect(console.ended).toBe(true);
    expect(simulator.received.nonsense.at(-1)?.message).toContain('Message number 0x09 is unknown');
  });

  test('keeps the place of its pointer within the screen', async () => {
    const { console, screen } = await viewing();
    await console.say('05 1f ff ff ff ff');
    expect(screen.input).toEqual(['127,63 31']);
  });
});

describe('noise', () => {
  /** Bytes that follow from a seed. */
  function noise(seed: number, length: number): Uint8Array {
    let state = seed;
    return Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('number %i ends a session at most, and the next one is as ever', async (seed) => {
    const made = await viewing({ quirks: { kvmExtensions: true } });
    for (let round = 0; round < 20 && !made.console.ended; round++) {
      // Messages that exist, full of what nobody sends.
      const kind = [0, 2, 3, 4, 5, 6][(seed + round) % 6] as number;
      await made.console.say(Uint8Array.of(kind, ...noise(seed * 100 + round, 40))).catch(() => {});
    }
    await made.console.close();
    made.rewind();
    const viewer = await Viewer.open(await made.enter('kvm'));
    expect(await viewer.refresh()).toHaveLength(2);
  });

  test('in the handshake ends the session', async () => {
    const { enter, rewind, simulator } = await withScreen();
    for (let seed = 1; seed <= 10; seed++) {
      rewind();
      const console = await enter('kvm');
      await console.say('40 00 00 00 00 00 00 00', noise(seed, 64));
      expect(console.ended).toBe(true);
    }
    expect(simulator.received.nonsense).toHaveLength(10);
    expect(simulator.received.redirections.open).toBe(0);
  });

  test.each([60, 200, 320, 400, 500])(
    'on a line that is cut after %i bytes leaves nothing behind',
    async (cutAfter) => {
      const { simulator, enter, pc } = await withScreen({ faults: { cutAfter } });
      const look = async () => {
        const viewer = await Viewer.open(await enter('kvm'));
        for (;;) await viewer.refresh();
      };
      await expect(look()).rejects.toThrow();
      await settled();
      expect(simulator.openSessions.kvm).toBe(false);
      expect(simulator.received.redirections.open).toBe(0);
      expect((pc.screen as BareScreen).watchers).toBe(0);
    },
  );
});
