import { afterEach, describe, expect, it } from 'vitest';
import { vncResponse } from '../auth/vnc-challenge.ts';
import { PretendScreen } from '../automation/testing/pretend-screen.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import { ConnectFailed, TimedOut } from '../errors.ts';
import { type ByteStream, memoryPair } from '../transport/stream.ts';
import {
  type SharedScreen,
  type ShareOptions,
  shareScreen,
  type ViewerEvent,
  type ViewerOptions,
} from './share-screen.ts';

const V38 = '52 46 42 20 30 30 33 2e 30 30 38 0a';
/** The whole of 128 × 64 pixels: asked for as it is, and as it changes. */
const WHOLE = '03 00 00 00 00 00 00 80 00 40';
const CHANGES = '03 01 00 00 00 00 00 80 00 40';
/** One raw rectangle: all of the screen, its lower half. */
const WHOLE_RAW = '00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00';
const PIXELS = 128 * 64 * 4;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function share(options: Partial<ShareOptions> = {}) {
  const screen = new PretendScreen();
  const events: ViewerEvent[] = [];
  const shared = shareScreen(screen, { title: 'PC', onEvent: (event) => events.push(event), ...options });
  open.push(shared, screen);
  return { screen, shared, events };
}

/** The far end of a viewer's stream: bytes that are written down, bytes that are awaited. */
class Viewer {
  readonly served: Promise<void>;
  readonly #stream: ByteStream;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #unread = new Uint8Array(0);

  constructor(shared: SharedScreen, options?: ViewerOptions, wrap = (stream: ByteStream): ByteStream => stream) {
    const [here, there] = memoryPair(['here', 'a viewer']);
    this.#stream = here;
    this.#chunks = here[Symbol.asyncIterator]();
    this.served = shared.serve(wrap(there), options);
    open.push(here);
  }

  async says(hex: string): Promise<void> {
    await this.#stream.write(fromHex(hex));
  }

  async hears(length: number): Promise<string> {
    return toHex(await this.takes(length));
  }

  async takes(length: number): Promise<Uint8Array> {
    while (this.#unread.length < length) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error(`The stream ended ${length - this.#unread.length} bytes too soon.`);
      this.#unread = Uint8Array.of(...this.#unread, ...value);
    }
    const taken = this.#unread.slice(0, length);
    this.#unread = this.#unread.slice(length);
    return taken;
  }

  /** Asks for changes, and waits until that was heard: there is a key behind it. */
  async asks(screen: PretendScreen): Promise<void> {
    const before = screen.typed.length;
    await this.says(`${CHANGES} 04 01 00 00 00 00 00 61 04 00 00 00 00 00 00 61`);
    await expect.poll(() => screen.typed.length).toBe(before + 1);
  }

  /** Goes through the greeting of a viewer that is asked for nothing. */
  async joins(): Promise<this> {
    expect(await this.hears(12)).toBe(V38);
    await this.says(`${V38} 01 01`);
    expect(await this.hears(2 + 4 + 24 + 2)).toMatch(/^01 01 00 00 00 00 00 80 00 40 20 18 00 01 .* 50 43$/);
    return this;
  }

  async ends(): Promise<boolean> {
    for (;;) if ((await this.#chunks.next()).done) return true;
  }

  async leaves(): Promise<void> {
    await this.#stream.close();
    await this.served;
  }
}

describe('a shared screen', () => {
  it('shows several viewers the same picture, and each what it asks for', async () => {
    const { screen, shared, events } = share();
    const one = await new Viewer(shared).joins();
    const two = await new Viewer(shared).joins();
    screen.paint(0x55);
    for (const viewer of [one, two]) {
      await viewer.says(WHOLE);
      expect(await viewer.hears(16)).toBe(WHOLE_RAW);
      const pixels = await viewer.takes(PIXELS);
      expect([pixels[0], pixels[1], pixels[2], pixels.at(-2)]).toEqual([0x55, 0x55, 0x55, 0x55]);
    }
    expect(shared.viewers).toBe(2);
    await one.says(CHANGES);
    screen.paint(0xaa);
    expect(await one.hears(16)).toBe(WHOLE_RAW);
    expect((await one.takes(PIXELS))[0]).toBe(0xaa);
    await one.leaves();
    expect(shared.viewers).toBe(1);
    expect(events.map(({ type, viewer }) => `${type} ${viewer}`)).toEqual(['joined 1', 'joined 2', 'left 1']);
  });

  it('sends a viewer that was behind the newest picture, and never one that was overtaken', async () => {
    const { screen, shared } = share();
    const viewer = await new Viewer(shared).joins();
    for (const level of [1, 2, 3]) screen.paint(level);
    await viewer.says(WHOLE);
    await viewer.hears(16);
    expect((await viewer.takes(PIXELS))[0]).toBe(3);
  });

  it('tells of the first change at once, and of those that follow it as one', async () => {
    const { screen, shared } = share({ now: () => 0 });
    screen.paint(0);
    const viewer = await new Viewer(shared).joins();
    await viewer.asks(screen);
    screen.paint(1, { x: 0, y: 0, width: 64, height: 64 });
    expect(await viewer.hears(16)).toBe('00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 00');
    await viewer.takes(64 * 64 * 4);
    await viewer.asks(screen);
    screen.paint(2, { x: 0, y: 0, width: 64, height: 64 });
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    screen.paint(2, { x: 64, y: 0, width: 64, height: 64 });
    expect(await viewer.hears(16)).toBe(WHOLE_RAW);
  });

  it('sends what changes while a viewer is slow to take the last picture, once it has', async () => {
    // No heartbeat, which would send it, too.
    const { screen, shared } = share({ patience: { checkMs: 600_000 } });
    screen.paint(0);
    let open = (): void => {};
    let gate: Promise<void> | undefined;
    const slow = await new Viewer(shared, {}, (stream) => ({
      ...stream,
      [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
      async write(bytes) {
        await stream.write(bytes);
        await gate;
      },
    })).joins();
    const quick = await new Viewer(shared).joins();
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const [left, right] = ['00 00', '00 40'].map((x) => `00 00 00 01 ${x} 00 00 00 40 00 40 00 00 00 00`);
    for (const viewer of [slow, quick]) await viewer.asks(screen);
    screen.paint(1, { x: 0, y: 0, width: 64, height: 64 });
    for (const viewer of [slow, quick]) {
      expect(await viewer.hears(16)).toBe(left);
      await viewer.takes(64 * 64 * 4);
      await viewer.asks(screen);
    }
    screen.paint(2, { x: 64, y: 0, width: 64, height: 64 });
    expect(await quick.hears(16)).toBe(right);
    open();
    expect(await slow.hears(16)).toBe(right);
  });

  it('passes on keys and pointer of every viewer, and lets go what one held when it vanishes', async () => {
    const { screen, shared } = share();
    const one = await new Viewer(shared).joins();
    const two = await new Viewer(shared).joins();
    await one.says('04 01 00 00 00 00 ff e3');
    await two.says('04 01 00 00 00 00 ff 0d 04 00 00 00 00 00 ff 0d 05 01 00 0a 00 14');
    await expect
      .poll(() => [[...screen.held], screen.typed.length, screen.pointed])
      .toEqual([[0xffe3], 2, ['10,20 1']]);
    await one.leaves();
    await two.leaves();
    expect([[...screen.held], screen.pointed]).toEqual([[], ['10,20 1', '10,20 0']]);
  });

  it('lets go what one held whose connection breaks, and stops typing what it copied', async () => {
    const { screen, shared, events } = share({ strokeMs: 600_000 });
    const [here, there] = memoryPair();
    let snap = (_error: Error): void => {};
    const broken = new Promise<never>((_resolve, reject) => {
      snap = reject;
    });
    const chunks = there[Symbol.asyncIterator]();
    const next = () => Promise.race([chunks.next(), broken]);
    const served = shared.serve({ ...there, [Symbol.asyncIterator]: () => ({ next }) }, { paste: true });
    open.push(here);
    await here.write(fromHex(`${V38} 01 01 06 00 00 00 00 00 00 01 41 05 01 00 0a 00 14`));
    await expect.poll(() => [[...screen.held], screen.pointed]).toEqual([[0xffe1], ['10,20 1']]);
    snap(new Error('reset'));
    await served;
    expect([[...screen.held], screen.pointed.at(-1)]).toEqual([[], '10,20 0']);
    await expect
      .poll(() => events.at(-1))
      .toEqual({ type: 'unpasted', viewer: 1, begun: true, reason: 'the viewer left before its end' });
  });

  it('takes no keys of one that only looks, and tells of clipboards', async () => {
    const { screen, shared, events } = share();
    const looking = await new Viewer(shared, { viewOnly: true }).joins();
    const typing = await new Viewer(shared).joins();
    await looking.says('04 01 00 00 00 00 ff 0d 05 01 00 0a 00 14');
    await typing.says('06 00 00 00 00 00 00 02 68 69');
    await expect.poll(() => events.at(-1)).toEqual({ type: 'clipboard', viewer: 2, text: 'hi' });
    expect([screen.typed, screen.pointed]).toEqual([[], []]);
  });

  it('types the clipboard of one that may paste, until somebody presses a key', async () => {
    const { screen, shared, events } = share({ layout: 'de', strokeMs: 0 });
    const pasting = await new Viewer(shared, { paste: true }).joins();
    const other = await new Viewer(shared).joins();
    const looking = await new Viewer(shared, { paste: true, viewOnly: true }).joins();
    await other.says('06 00 00 00 00 00 00 01 78');
    await looking.says('06 00 00 00 00 00 00 01 78');
    // "y", which is where a US keyboard has Z.
    await pasting.says('06 00 00 00 00 00 00 01 79');
    await expect.poll(() => events.at(-1)).toEqual({ type: 'pasted', viewer: 1, characters: 1 });
    expect(screen.typed).toEqual([0x7a]);
    await pasting.says(`06 00 00 00 00 00 03 e8 ${'79 '.repeat(1000)}`);
    await expect.poll(() => screen.typed.length).toBeGreaterThan(1);
    await other.says('04 01 00 00 00 00 ff 0d');
    await expect
      .poll(() => events.at(-1))
      .toEqual({ type: 'unpasted', viewer: 1, begun: true, reason: 'a key was pressed before its end' });
    expect([screen.typed.at(-1), [...screen.held]]).toEqual([0xff0d, [0xff0d]]);
    await pasting.says('06 00 00 00 00 00 00 01 79');
    await expect.poll(() => events.at(-1)).toMatchObject({ type: 'unpasted', reason: 'a key is held down' });
  });

  it('lets nobody in who does not know the password, and says so', async () => {
    const { shared, events } = share();
    const right = new Viewer(shared, { password: 'secret' });
    await right.hears(12);
    await right.says(`${V38} 02`);
    expect(await right.hears(2)).toBe('01 02');
    await right.says(toHex(vncResponse('secret', await right.takes(16))));
    expect(await right.hears(4)).toBe('00 00 00 00');
    const wrong = new Viewer(shared, { password: 'secret' });
    await wrong.hears(12);
    await wrong.says(`${V38} 02`);
    await wrong.hears(2);
    await wrong.says(toHex(vncResponse('Secret', await wrong.takes(16))));
    expect(await wrong.hears(4)).toBe('00 00 00 01');
    expect(await wrong.ends()).toBe(true);
    await wrong.leaves();
    expect(events).toEqual([{ type: 'rejected', viewer: 2, address: 'a viewer', reason: 'the password is not right' }]);
  });

  it('makes those wait who guess, at however many ends, and lets them in afterwards', async () => {
    let seconds = 0;
    const { shared, events } = share({ now: () => 1000 * seconds });
    const password = 'secret';
    /** Up to the question. */
    const asked = async () => {
      const viewer = new Viewer(shared, { password });
      await viewer.hears(12);
      await viewer.says(`${V38} 02`);
      await viewer.hears(2);
      return { viewer, challenge: await viewer.takes(16) };
    };
    const answer = async ({ viewer, challenge }: Awaited<ReturnType<typeof asked>>, word: string): Promise<string> => {
      await viewer.says(toHex(vncResponse(word, challenge)));
      return await viewer.hears(4);
    };
    const early = await asked();
    for (const word of ['wrong', 'worse', 'worst']) expect(await answer(await asked(), word)).toBe('00 00 00 01');
    expect(events.slice(2)).toEqual([
      { type: 'rejected', viewer: 4, address: 'a viewer', reason: 'the password is not right' },
      { type: 'slowed', viewer: 4, address: 'a viewer', tries: 3, waitMs: 2_000, everybody: false },
    ]);
    seconds = 1;
    expect(await answer(early, password)).toBe('00 00 00 01');
    expect(new TextDecoder().decode((await early.viewer.takes(4 + 42)).subarray(4))).toBe(
      'too many wrong passwords; try again in 1 s',
    );
    const refused = new Viewer(shared, { password });
    await refused.hears(12);
    await refused.says(V38);
    expect(await refused.hears(1)).toBe('00');
    expect(await refused.ends()).toBe(true);
    await new Viewer(shared).joins();
    seconds = 2;
    const right = await asked();
    expect(await answer(right, password)).toBe('00 00 00 00');
    await right.viewer.says('01');
    await right.viewer.takes(26);
    expect(events.slice(4).map(({ type, viewer }) => `${type} ${viewer}`)).toEqual(['joined 6', 'joined 7']);
    expect(await answer(await asked(), 'wrong again')).toBe('00 00 00 01');
    expect(events.at(-1)).toMatchObject({ type: 'rejected' });
  });

  it('sends one away that makes no sense, never comes in, or reads nothing', async () => {
    const patience = { joinMs: 20, stallMs: 20, checkMs: 5 };
    const { screen, shared, events } = share({ patience });
    const nonsense = await new Viewer(shared).joins();
    await nonsense.says('ee');
    await nonsense.served;
    expect(events.at(-1)).toMatchObject({ type: 'left', error: { code: 'PROTOCOL_ERROR' } });
    await new Viewer(shared).served;
    expect(events).toHaveLength(2);
    const [here, there] = memoryPair();
    const stalled: ByteStream = { ...there, unsent: 1000, [Symbol.asyncIterator]: () => there[Symbol.asyncIterator]() };
    const served = shared.serve(stalled);
    await here.write(fromHex(`${V38} 01 01 ${WHOLE}`));
    screen.paint(1);
    await served;
    expect(events.at(-1)).toMatchObject({
      type: 'left',
      error: new TimedOut('A viewer does not read what it is sent.'),
    });
  });

  it('sends viewers away with the session, and tells what that was lost by', async () => {
    const { screen, shared } = share();
    const viewer = await new Viewer(shared).joins();
    const lost = new ConnectFailed('The screen is gone.');
    screen.cut(lost);
    await expect(shared.done).rejects.toBe(lost);
    await viewer.served;
    await new Viewer(shared).served;
    expect(shared.viewers).toBe(0);
  });

  it('leaves the session open when it is closed itself', async () => {
    const { screen, shared } = share();
    const viewer = await new Viewer(shared).joins();
    await Promise.all([shared.close(), viewer.ends().then(() => viewer.leaves())]);
    await shared.done;
    expect(screen.open).toBe(true);
  });
});
