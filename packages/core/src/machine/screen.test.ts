import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, ConnectFailed, ConsentRequired, MethodFailed, RedirectionRefused, TimedOut } from '../errors.ts';
import { ScreenFirmware, type ScreenFirmwareOptions } from '../testing/screen-firmware.ts';
import { faulty } from '../transport/faulty.ts';
import { type ByteStream, memoryPair } from '../transport/stream.ts';
import type { Consent, ConsentInfo, Displays } from './machine.ts';
import type { RedirectionDoor } from './redirection.ts';
import { openScreen } from './screen.ts';
import type { ScreenOptions, ScreenSession, ScreenUpdate } from './screen-session.ts';

const open: ByteStream[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const stream of open.splice(0)) await stream.close();
});

const LEFT = { x: 0, y: 0 };
const RIGHT = { x: 64, y: 0 };
const WHOLE = { x: 0, y: 0, width: 128, height: 64 };
const RED = '00 f8';
const GREEN = 'e0 07';
const BLUE = '1f 00';

/** Nobody has to agree. */
const NO_CONSENT: ConsentInfo = { required: 'none', state: 'not-started' };

/** A consent that goes through these states, one at each look, and stays in the last. */
class PretendConsent implements Consent {
  readonly asked: string[] = [];
  info: ConsentInfo;
  code = '123456';

  constructor(info: ConsentInfo = NO_CONSENT) {
    this.info = info;
  }

  async read() {
    this.asked.push('read');
    return this.info;
  }

  async request() {
    this.asked.push('request');
    this.info = { ...this.info, state: 'displayed' };
    return this.info;
  }

  async send(code: string) {
    this.asked.push(`send ${code}`);
    if (code === this.code) this.info = { ...this.info, state: 'received' };
    else {
      const names = { className: 'IPS_OptInService', method: 'SendOptInCode', returnName: 'Wrong' };
      throw new MethodFailed('office-pc did not accept the consent code.', { ...names, returnValue: 2 });
    }
  }

  async cancel() {
    this.asked.push('cancel');
    this.info = { ...this.info, state: 'not-started' };
  }
}

/** A machine with a screen that says what a test says. */
class Pc {
  readonly firmware: ScreenFirmware;
  readonly kept = new Set<{ close(): Promise<void> }>();
  readonly consent: PretendConsent;
  readonly near: ByteStream;
  opened = 0;
  /** Displays that were chosen, and how many sessions there were by then. */
  readonly chosen: string[] = [];
  readonly #door: RedirectionDoor;

  constructor(
    options: ScreenFirmwareOptions & { consent?: ConsentInfo; wrap?: (stream: ByteStream) => ByteStream } = {},
  ) {
    const { consent, wrap = (stream) => stream, ...greeting } = options;
    const [near, far] = memoryPair();
    open.push(near, far);
    this.near = near;
    this.consent = new PretendConsent(consent);
    this.firmware = new ScreenFirmware(far, greeting);
    this.#door = {
      open: async () => {
        this.opened++;
        return wrap(near);
      },
      keep: (session) => {
        this.kept.add(session);
        return () => this.kept.delete(session);
      },
      setPassword: () => {},
      close: async () => {},
    };
  }

  screen(options: ScreenOptions = {}): Promise<ScreenSession> {
    const displays: Displays = {
      list: async () => [],
      choose: async (number) => {
        this.chosen.push(`${number} of ${this.opened} sessions`);
        return { number, width: 0, height: 0, x: 0, y: 0, primary: true, captured: true };
      },
    };
    return openScreen(this.#door, { host: 'office-pc', consent: this.consent, displays }, options);
  }

  /** A session whose first picture is there: red on the left, green on the right. */
  async shown(options: ScreenOptions = {}): Promise<ScreenSession> {
    const screen = await this.screen(options);
    await this.firmware.paint({ ...LEFT, colour: RED }, { ...RIGHT, colour: GREEN });
    await vi.waitFor(() => expect(screen.framebuffer.complete).toBe(true));
    return screen;
  }

  requests(): readonly object[] {
    return this.firmware.messages('FramebufferUpdateRequest');
  }
}

/** Lets everything happen that waits for nothing from outside. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function colourAt({ framebuffer }: ScreenSession, x: number, y: number): number[] {
  const at = 4 * (y * framebuffer.width + x);
  return [...framebuffer.pixels.subarray(at, at + 4)];
}

/** All that changes until the session ends. */
async function readAll(screen: ScreenSession): Promise<ScreenUpdate[]> {
  const areas: ScreenUpdate[] = [];
  for await (const area of screen.updates()) areas.push(area);
  return areas;
}

describe('A screen session', () => {
  it('has the display captured that is wanted, before it begins', async () => {
    const pc = new Pc();
    await using _screen = await pc.shown({ display: 2 });
    expect(pc.chosen).toEqual(['2 of 0 sessions']);
  });

  it('shows the screen, tells what changes, types, points, and ends', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    expect(pc.kept.size).toBe(1);
    expect([screen.framebuffer.width, screen.framebuffer.height]).toEqual([128, 64]);
    expect([colourAt(screen, 63, 63), colourAt(screen, 64, 0)]).toEqual([
      [255, 0, 0, 255],
      [0, 255, 0, 255],
    ]);
    const updates = screen.updates();
    expect(await updates.next()).toEqual({ done: false, value: WHOLE });
    const next = updates.next();
    await pc.firmware.paint({ ...RIGHT, colour: BLUE });
    expect(await next).toEqual({ done: false, value: { ...RIGHT, width: 64, height: 64 } });
    expect(colourAt(screen, 64, 0)).toEqual([0, 0, 255, 255]);
    screen.key('Enter', true);
    screen.key(0xff0d, false);
    screen.pointer(12.7, 999, 1);
    await screen.close();
    expect(await updates.next()).toEqual({ done: true, value: undefined });
    expect(pc.firmware.heard.slice(0, 3)).toEqual([
      { type: 'SetEncodings', encodings: [16, 0, -223] },
      expect.objectContaining({ type: 'SetPixelFormat', bitsPerPixel: 16, redMax: 31, greenMax: 63, redShift: 11 }),
      { type: 'FramebufferUpdateRequest', incremental: 0, x: 0, y: 0, width: 128, height: 64 },
    ]);
    expect(pc.firmware.heard.filter(({ type }) => /Key|Pointer/.test(type))).toEqual([
      { type: 'KeyEvent', down: 1, keysym: 0xff0d },
      { type: 'KeyEvent', down: 0, keysym: 0xff0d },
      { type: 'PointerEvent', buttons: 1, x: 12, y: 63 },
      // What is held is let go.
      { type: 'PointerEvent', buttons: 0, x: 12, y: 63 },
    ]);
    expect(pc.firmware.ended).toBe(true);
    expect(pc.kept.size).toBe(0);
    await screen.close();
  });

  it('is the same through a network that delivers single bytes', async () => {
    const pc = new Pc({ wrap: (stream) => faulty(stream, { splitBytes: 1 }) });
    const screen = await pc.shown({ format: 'rgb565' });
    expect([colourAt(screen, 0, 0), colourAt(screen, 127, 63)]).toEqual([
      [255, 0, 0, 255],
      [0, 255, 0, 255],
    ]);
    await screen.close();
  });

  it('asks for what the caller wants: pixels, compression, size', async () => {
    const pc = new Pc();
    const options = { format: 'rgb332', rle: false, compression: true, decimation: 'off' } as const;
    const screen = await pc.screen(options);
    await settle();
    expect(pc.firmware.messages('SetEncodings')).toEqual([{ type: 'SetEncodings', encodings: [0, -223] }]);
    expect(pc.firmware.messages('SetPixelFormat')).toMatchObject([{ bitsPerPixel: 8, redMax: 7, blueMax: 3 }]);
    expect(pc.firmware.messages('ClientCutText')).toHaveLength(4);
    await screen.close();
  });

  it('follows the PC into another mode', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    const updates = screen.updates();
    await updates.next();
    await pc.firmware.resize(192, 64);
    expect(await updates.next()).toMatchObject({ value: { x: 0, y: 0, width: 192, height: 64 } });
    expect(screen.framebuffer).toMatchObject({ width: 192, complete: false });
    await settle();
    expect(pc.requests().at(-1)).toMatchObject({ incremental: 0, width: 192 });
    await screen.close();
  });

  it('paints on the framebuffer it is given', async () => {
    const pc = new Pc();
    const first = await pc.shown();
    const again = new Pc();
    const second = await again.shown({ framebuffer: first.framebuffer });
    expect(second.framebuffer).toBe(first.framebuffer);
    await Promise.all([first.close(), second.close()]);
  });

  it('is left alone by the signal of its opening', async () => {
    const pc = new Pc();
    const abort = new AbortController();
    const screen = await pc.shown({ signal: abort.signal });
    abort.abort();
    screen.key('KeyA', true);
    await settle();
    expect(pc.firmware.kinds()).toContain('KeyEvent');
    await screen.close();
  });

  it('is closed with the machine', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    const reading = readAll(screen);
    for (const session of pc.kept) await session.close();
    expect(await reading).toEqual([WHOLE]);
    expect(() => screen.key('KeyA', true)).toThrow('Nothing can be typed: the screen session with office-pc is over.');
  });
});

describe('Readers of updates', () => {
  it('each get all changes at their own pace, what changed twice once', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    const [quick, slow] = [screen.updates(), screen.updates()];
    await quick.next();
    await slow.next();
    for (const colour of [BLUE, RED, GREEN]) {
      await pc.firmware.paint({ ...RIGHT, colour });
      expect(await quick.next()).toMatchObject({ value: RIGHT });
    }
    await pc.firmware.paint({ ...LEFT, colour: BLUE });
    await quick.next();
    await pc.firmware.hangUp();
    const rest: ScreenUpdate[] = [];
    await expect(
      (async () => {
        for await (const area of slow) rest.push(area);
      })(),
    ).rejects.toThrow(ConnectFailed);
    expect(rest).toEqual([WHOLE]);
  });

  it('do not hold the firmware back, and cost the same however much goes unread', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    const unread = screen.updates();
    for (let i = 0; i < 500; i++) await pc.firmware.paint({ ...LEFT, colour: RED }, { ...RIGHT, colour: BLUE });
    await pc.firmware.paint({ ...LEFT, colour: GREEN });
    await vi.waitFor(() => expect(colourAt(screen, 0, 0)).toEqual([0, 255, 0, 255]));
    expect(await unread.next()).toEqual({ done: false, value: WHOLE });
    await screen.close();
    expect(await unread.next()).toEqual({ done: true, value: undefined });
  });

  it('get no area of a screen that has another size by now', async () => {
    const pc = new Pc({ width: 128, height: 128 });
    const screen = await pc.screen();
    const updates = screen.updates();
    await updates.next();
    // Two areas, of which one is handed over before the screen becomes smaller.
    await pc.firmware.paint({ x: 0, y: 0, colour: RED }, { x: 64, y: 64, colour: RED });
    expect(await updates.next()).toMatchObject({ value: { x: 0, y: 0, width: 64, height: 64 } });
    await pc.firmware.resize(64, 64);
    await vi.waitFor(() => expect(screen.framebuffer.width).toBe(64));
    expect(await updates.next()).toEqual({ done: false, value: { x: 0, y: 0, width: 64, height: 64 } });
    await screen.close();
    expect(await updates.next()).toMatchObject({ done: true });
  });

  it('leave alone, and are left alone by, the session and the others', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    const other = screen.updates();
    await other.next();
    for await (const area of screen.updates()) {
      expect(area).toEqual(WHOLE);
      break;
    }
    const waiting = other.next();
    await other.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    screen.key('KeyA', true);
    await screen.close();
  });
});

describe('The pace of a screen session', () => {
  it('is that of the firmware: the next update is asked for while the last one is still arriving', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    await settle();
    expect(pc.requests()).toHaveLength(2);
    await screen.close();
  });

  it('is that of the caller where he names one', async () => {
    vi.useFakeTimers();
    const pc = new Pc();
    const opening = pc.screen({ updatesPerSecond: 4 });
    await vi.advanceTimersByTimeAsync(0);
    const screen = await opening;
    const asked: number[] = [];
    for (let ms = 0; ms < 1000; ms += 50) {
      await vi.advanceTimersByTimeAsync(50);
      if (pc.requests().length > asked.length) {
        asked.push(ms);
        await pc.firmware.paint({ ...LEFT, colour: RED });
      }
    }
    expect(asked).toEqual([0, 200, 450, 700, 950]);
    const closing = screen.close();
    await vi.advanceTimersByTimeAsync(2_000);
    await closing;
  });

  it('keeps the session alive by touching the pointer where it is, or does not', async () => {
    vi.useFakeTimers();
    for (const [options, touched] of [
      [{}, 4],
      [{ keepAwake: false }, 0],
    ] as const) {
      const pc = new Pc();
      const opening = pc.screen(options);
      await vi.advanceTimersByTimeAsync(0);
      await opening;
      await vi.advanceTimersByTimeAsync(180_000);
      const touches = pc.firmware.messages('PointerEvent');
      expect(touches).toHaveLength(touched);
      for (const touch of touches) expect(touch).toEqual({ type: 'PointerEvent', buttons: 0, x: 64, y: 32 });
    }
  });
});

describe('A screen that does not open', () => {
  it('because nothing can be captured says what that may be', async () => {
    const pc = new Pc({ greets: 'no-display' });
    const error = await pc.screen().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RedirectionRefused);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^The screen of office-pc did not open: the firmware closed .* no monitor/),
      hint: expect.stringContaining('monitor'),
      host: 'office-pc',
      busy: false,
    });
    expect(pc.kept.size).toBe(0);
  });

  it('because the firmware says nothing is given up after ten seconds', async () => {
    vi.useFakeTimers();
    const pc = new Pc({ greets: 'silent' });
    const opening = expect(pc.screen()).rejects.toThrow(TimedOut);
    await vi.advanceTimersByTimeAsync(10_000);
    await opening;
    expect(pc.kept.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('because the caller changes his mind is not opened at all', async () => {
    const pc = new Pc({ greets: 'silent' });
    const abort = new AbortController();
    const opening = pc.screen({ signal: abort.signal });
    await settle();
    abort.abort(new Error('enough'));
    await expect(opening).rejects.toThrow(Cancelled);
    expect(pc.kept.size).toBe(0);
  });

  it('because the connection is cut at any byte says so, and leaves nothing behind', async () => {
    for (let cutAfter = 1; cutAfter < 66; cutAfter++) {
      const pc = new Pc({ wrap: (stream) => faulty(stream, { cutAfter }) });
      await expect(pc.screen(), `${cutAfter} bytes`).rejects.toThrow(
        /^The screen of office-pc did not open: the firmw/,
      );
      expect(pc.kept.size).toBe(0);
    }
  });
});

describe('The end of a screen session', () => {
  it('that the firmware makes is told to readers, in words, and to whoever types', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    const reading = readAll(screen).catch((error: unknown) => error);
    await settle();
    await pc.firmware.hangUp();
    const error = await reading;
    expect(error).toBeInstanceOf(ConnectFailed);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^The screen of office-pc was lost: the firmware closed .* changing its screen mode/,
      ),
    });
    expect(() => screen.pointer(1, 1, 0)).toThrow(ConnectFailed);
    // Later readers hear the same.
    await expect(readAll(screen)).rejects.toBe(error);
    screen.releaseAll();
    await screen.close();
    expect(pc.kept.size).toBe(0);
  });

  it('by a reset of the connection means the same', async () => {
    const pc = new Pc({ wrap: (stream) => faulty(stream, { cutAfter: 17_000 }) });
    const screen = await pc.shown();
    const lost = expect(readAll(screen)).rejects.toThrow(
      /^The screen of office-pc was lost: the firmware closed the session: the PC is/,
    );
    await pc.firmware.paint({ ...LEFT, colour: RED }).catch(() => {});
    await lost;
  });

  it('at the first picture of a screen that is too large says what helps', async () => {
    const pc = new Pc({ width: 3840, height: 2160 });
    const screen = await pc.screen({ format: 'rgb565' });
    await pc.firmware.hangUp();
    const error = await readAll(screen).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RedirectionRefused);
    expect(error).toMatchObject({ message: expect.stringMatching(/3840 × 2160 needs more than .* Lower the depth/) });
  });

  it('that makes no sense is a protocol error', async () => {
    const pc = new Pc();
    const screen = await pc.shown();
    await pc.firmware.say('09');
    await expect(readAll(screen)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });
});

describe('The consent of the person at the machine', () => {
  const demanded: ConsentInfo = { required: 'kvm', state: 'not-started' };

  it('that is missing is told before anything is opened', async () => {
    const pc = new Pc({ consent: demanded });
    const error = await pc.screen().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConsentRequired);
    expect(error).toMatchObject({ hint: expect.stringContaining('have it read out') });
    expect([pc.opened, pc.consent.asked]).toEqual([0, ['read']]);
  });

  it.each(['received', 'in-session'] as const)('that is %s opens the screen', async (state) => {
    const pc = new Pc({ consent: { required: 'all', state } });
    await (await pc.shown()).close();
  });

  it('is asked for, after a wrong code again', async () => {
    const pc = new Pc({ consent: demanded });
    const codes = ['000000', ' 123456\n'];
    const screen = await pc.shown({ consentCode: async ({ attempt }) => codes[attempt - 1] as string });
    expect(pc.consent.asked.filter((asked) => asked !== 'read')).toEqual(['request', 'send 000000', 'send 123456']);
    await screen.close();
  });

  it('that is refused three times is given up, and the code goes from the screen', async () => {
    const pc = new Pc({ consent: demanded });
    const opening = pc.screen({ consentCode: async () => '000000' });
    await expect(opening).rejects.toThrow('office-pc did not accept the consent code.');
    expect(pc.consent.asked.at(-1)).toBe('cancel');
    expect(pc.opened).toBe(0);
  });

  it('that nobody brings is waited for five minutes', async () => {
    const pc = new Pc({ consent: demanded });
    vi.useFakeTimers();
    const opening = expect(pc.screen({ consentCode: () => new Promise(() => {}) })).rejects.toMatchObject({
      code: 'CONSENT_REQUIRED',
      message: 'Nobody at office-pc consented within 5 minutes.',
    });
    await vi.advanceTimersByTimeAsync(300_000);
    await opening;
    expect(pc.consent.asked.at(-1)).toBe('cancel');
  });

  it('may be given in the picture', async () => {
    const pc = new Pc({ consent: demanded });
    await (await pc.shown({ consentCode: 'in-picture' })).close();
    expect(pc.consent.asked).toEqual([]);
  });
});
