import { afterEach, describe, expect, test } from 'vitest';
import {
  AuthenticationFailed,
  ConnectFailed,
  ConsentRequired,
  NotSupported,
  RedirectionRefused,
  TimedOut,
} from '../errors.ts';
import type { FeatureState } from '../machine/machine.ts';
import type { ScreenOptions, ScreenSession } from '../machine/screen-session.ts';
import { screenshot } from '../machine/screenshot.ts';
import {
  openScreenLine,
  type ScreenLine,
  type ScreenLineEvent,
  type ScreenLineOptions,
  type ScreenMachine,
} from './screen-line.ts';
import { PretendScreen } from './testing/pretend-screen.ts';

const lines: ScreenLine[] = [];
afterEach(async () => {
  for (const line of lines.splice(0)) await line.close();
});

const WHOLE = { x: 0, y: 0, width: 128, height: 64 };
const LOST = new ConnectFailed('The screen of pc was lost: the PC is changing its screen mode.');

/** A machine whose screen is opened as a test says, one attempt after the other. */
class Pc implements Pick<ScreenMachine, 'host' | 'screen'> {
  readonly host = 'pc';
  /** What the next attempts meet; none left: a session. */
  readonly attempts: Error[] = [];
  readonly sessions: PretendScreen[] = [];
  size: readonly [number, number] = [128, 64];
  answers: () => Error | undefined = () => undefined;
  asked = 0;
  switches: FeatureState = {
    sol: true,
    ider: true,
    kvm: true,
    listener: true,
    consent: 'none',
    consentChangeable: true,
  };
  readonly power = {
    state: async () => {
      this.asked++;
      const problem = this.answers();
      if (problem !== undefined) throw problem;
      return 'on';
    },
  } as unknown as ScreenMachine['power'];
  readonly features: ScreenMachine['features'] = {
    read: async () => this.switches,
    set: async (changes) => {
      this.switches = { ...this.switches, ...changes };
      return this.switches;
    },
  };

  async screen(options: ScreenOptions = {}): Promise<ScreenSession> {
    const problem = this.attempts.shift();
    if (problem !== undefined) throw problem;
    const session = new PretendScreen(options, this.size);
    this.sessions.push(session);
    return session;
  }

  get now(): PretendScreen {
    return this.sessions.at(-1) as PretendScreen;
  }

  /** The nth session is open. */
  async session(count: number): Promise<PretendScreen> {
    await expect.poll(() => this.sessions.length).toBe(count);
    return this.now;
  }
}

async function lineOf(pc: Pc, options: ScreenLineOptions = {}) {
  const events: ScreenLineEvent[] = [];
  const line = await openScreenLine(pc, {
    patience: { firstRetryMs: 1, longestRetryMs: 4, ...options.patience },
    onEvent: (event) => events.push(event),
    ...options,
  });
  lines.push(line);
  return { line, events, kinds: () => events.map(({ type }) => type) };
}

describe('a screen line', () => {
  test('goes on in a new session when one is lost, with the picture it had, and says why', async () => {
    const pc = new Pc();
    const { line, events, kinds } = await lineOf(pc);
    const { framebuffer } = line;
    const updates = line.updates();
    pc.now.paint(7);
    expect(await updates.next()).toEqual({ done: false, value: WHOLE });
    pc.attempts.push(
      new RedirectionRefused('Nothing is to be seen.'),
      new RedirectionRefused('Nothing is to be seen.'),
    );
    pc.now.cut(LOST);
    const second = await pc.session(2);
    expect(line.framebuffer).toBe(framebuffer);
    expect([framebuffer.complete, framebuffer.pixels[0]]).toEqual([false, 7]);
    second.paint(9, { x: 64, y: 0, width: 64, height: 64 });
    expect(await updates.next()).toEqual({ done: false, value: { x: 64, y: 0, width: 64, height: 64 } });
    expect(kinds()).toEqual(['interrupted', 'waiting', 'reconnected']);
    expect(events[0]).toMatchObject({ error: LOST });
    second.resize(192, 64);
    expect(await updates.next()).toMatchObject({ value: { width: 192 } });
    await line.close();
    expect(await updates.next()).toMatchObject({ done: true });
    expect(second.open).toBe(false);
  });

  test('takes no screenshot of a picture that is over', async () => {
    const pc = new Pc();
    const { line } = await lineOf(pc);
    pc.now.paint(7);
    await screenshot(line);
    pc.now.cut(LOST);
    await pc.session(2);
    let taken = false;
    const shot = screenshot(line).then(() => {
      taken = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(false);
    pc.now.paint(9);
    await shot;
  });

  test('types into the session there is, and refuses to where there is none', async () => {
    const pc = new Pc();
    const { line } = await lineOf(pc, { patience: { firstRetryMs: 60_000 } });
    line.key('Enter', true);
    expect(pc.now.typed).toEqual([0xff0d]);
    pc.now.paint(7);
    expect(line.framebuffer.complete).toBe(true);
    pc.now.cut(LOST);
    await expect.poll(() => line.open).toBe(false);
    // The picture is one of before.
    expect([line.framebuffer.complete, line.framebuffer.pixels[0]]).toEqual([false, 7]);
    expect(() => line.key('Enter', true)).toThrow('pc has no screen session at this moment; nothing was typed.');
    line.releaseAll();
    await line.close();
  });

  test('without reconnect ends with what ended the session', async () => {
    const pc = new Pc();
    const { line } = await lineOf(pc, { reconnect: false });
    const updates = line.updates();
    await updates.next();
    pc.now.cut(LOST);
    await expect(updates.next()).rejects.toBe(LOST);
    await expect(line.updates().next()).resolves.toMatchObject({ done: false });
  });

  test.each([new AuthenticationFailed('no'), new NotSupported('never'), new TypeError('a bug')])(
    'does not try again what waiting does not cure: $name',
    async (error) => {
      const pc = new Pc();
      const { line } = await lineOf(pc);
      const updates = line.updates();
      await updates.next();
      pc.attempts.push(error);
      pc.now.cut(LOST);
      await expect(updates.next()).rejects.toBe(error);
    },
  );

  test('ends with a session that is lost by what waiting does not cure, and opens no other', async () => {
    const pc = new Pc();
    const { line, kinds } = await lineOf(pc);
    const updates = line.updates();
    await updates.next();
    const bug = new TypeError('a bug');
    pc.now.cut(bug);
    await expect(updates.next()).rejects.toBe(bug);
    expect([pc.sessions.length, kinds()]).toEqual([1, []]);
  });

  test('fails to open with what the first attempt failed with, or goes on trying', async () => {
    const pc = new Pc();
    pc.attempts.push(LOST);
    await expect(lineOf(pc)).rejects.toBe(LOST);
    pc.attempts.push(LOST);
    const { line, kinds } = await lineOf(pc, { patientStart: true });
    await expect.poll(() => line.open).toBe(true);
    expect(kinds()).toEqual(['waiting', 'reconnected']);
    pc.attempts.push(new AuthenticationFailed('no'));
    await expect(lineOf(pc, { patientStart: true })).rejects.toThrow(AuthenticationFailed);
  });

  test('waits for a consent that is given in another way, and asks nobody twice who did not give it', async () => {
    const pc = new Pc();
    const { line, events } = await lineOf(pc);
    pc.attempts.push(new ConsentRequired('pc shows its screen only with consent.'));
    pc.now.cut(LOST);
    await pc.session(2);
    expect(events[1]).toMatchObject({ type: 'waiting', error: { code: 'CONSENT_REQUIRED' } });
    await line.close();

    const other = new Pc();
    const { line: asking } = await lineOf(other, { consentCode: async () => '123456' });
    const updates = asking.updates();
    await updates.next();
    other.attempts.push(new ConsentRequired('Nobody consented.'));
    other.now.cut(LOST);
    await expect(updates.next()).rejects.toThrow('Nobody consented.');
  });

  test('tries fewer bits when the firmware closes twice before the first picture', async () => {
    const pc = new Pc();
    await lineOf(pc);
    pc.now.cut(LOST);
    (await pc.session(2)).cut(LOST);
    (await pc.session(3)).paint(7);
    expect(pc.sessions.map(({ options }) => options.format)).toEqual([undefined, undefined, 'rgb332']);
    await new Promise((resolve) => setImmediate(resolve));
    pc.now.cut(LOST);
    await pc.session(4);
    expect(pc.now.options.format).toBeUndefined();
  });

  test('keeps the bits it was told', async () => {
    const pc = new Pc();
    await lineOf(pc, { format: 'rgb565' });
    pc.now.cut(LOST);
    (await pc.session(2)).cut(LOST);
    expect((await pc.session(3)).options.format).toBe('rgb565');
  });

  test('switches KVM on where it is asked to', async () => {
    const pc = new Pc();
    pc.switches = { ...pc.switches, kvm: false, listener: false };
    await lineOf(pc);
    expect(pc.switches).toMatchObject({ kvm: false });
    await lineOf(pc, { enable: true });
    expect(pc.switches).toMatchObject({ kvm: true, listener: true });
  });

  test('gives up a session whose machine does not answer any more, and tries another', async () => {
    const pc = new Pc();
    const gone = new TimedOut('pc does not answer.');
    const { events } = await lineOf(pc, { patience: { firstRetryMs: 1, checkMs: 5 } });
    pc.now.paint(7);
    await expect.poll(() => pc.asked).toBeGreaterThan(3);
    expect(pc.sessions).toHaveLength(1);
    let missed = 0;
    pc.answers = () => (missed++ < 2 ? gone : undefined);
    await pc.session(2);
    expect(pc.sessions[0]?.open).toBe(false);
    expect(events[0]).toEqual({ type: 'interrupted', error: gone });
  });

  test('is closed while it waits for the next try', async () => {
    const pc = new Pc();
    const { line } = await lineOf(pc, { patience: { firstRetryMs: 60_000 } });
    const updates = line.updates();
    await updates.next();
    pc.now.cut(LOST);
    await expect.poll(() => line.open).toBe(false);
    await line.close();
    expect(await updates.next()).toMatchObject({ done: true });
    await line.close();
  });
});
