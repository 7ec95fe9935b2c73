/** A person looks at one of several displays of a PC. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotSupported, Refused, screenshot } from '@amtkit/core';
import { openScreenLine } from '@amtkit/core/automation';
import { createSimulator, memoryPc, pixelsOf, realClock } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Amt } from './support/amt.ts';
import { difference, pictureOf, pngPicture } from './support/same-picture.ts';
import { password, scenario } from './support/scenario.ts';
import { screenPc, shows, TestScreen } from './support/screen-pc.ts';

/** A PC with two displays that the test paints. */
function twoDisplays() {
  const { hardware, screen } = screenPc(800, 600);
  const second = new TestScreen(640, 480);
  second.paint(3);
  return { hardware: Object.defineProperty(hardware, 'furtherScreens', { value: [second] }), screen, second };
}

const there = [
  { number: 1, width: 800, height: 600, x: 0, y: 0, primary: true, captured: true },
  { number: 2, width: 640, height: 480, x: 800, y: 0, primary: false, captured: false },
];

describe('The displays of a PC', () => {
  const chosen = twoDisplays();
  scenario('are listed, and the one that is asked for is shown, every pixel of it', {
    hardware: chosen.hardware,
    async run({ machine }) {
      expect(await machine.displays.list()).toEqual(there);
      await using session = await machine.screen({ display: 2 });
      await shows(session, chosen.second);
      session.pointer(10, 20, 1);
      session.key('KeyA', true);
      // The keyboard belongs to the PC, the pointer to the display.
      await vi.waitFor(() => expect([chosen.second.input, chosen.screen.input]).toEqual([['10,20 1'], ['+04']]));
      await session.close();
      // The firmware keeps it.
      await using again = await machine.screen();
      await shows(again, chosen.second);
      expect((await machine.displays.list()).map(({ captured }) => captured)).toEqual([false, true]);
    },
  });

  const live = twoDisplays();
  scenario('change places while somebody looks, and stay through a lost session', {
    hardware: live.hardware,
    async run({ machine, simulator }) {
      await using session = await openScreenLine(machine, { display: 2, patience: { firstRetryMs: 1 } });
      await shows(session, live.second);
      await machine.displays.choose(1);
      await shows(session, live.screen);
      await machine.displays.choose(2);
      await shows(session, live.second);
      await simulator.unplug();
      await vi.waitFor(() => expect(session.open).toBe(false));
      await simulator.plug();
      await shows(session, live.second);
    },
  });

  const alike = screenPc(640, 480);
  const twin = new TestScreen(640, 480);
  twin.paint(4);
  scenario('of one size follow each other without a pixel of the other left', {
    hardware: Object.defineProperty(alike.hardware, 'furtherScreens', { value: [twin] }),
    async run({ machine }) {
      await using session = await machine.screen();
      await shows(session, alike.screen);
      await machine.displays.choose(2);
      await shows(session, twin);
    },
  });

  const missing = twoDisplays();
  scenario('that are not there are refused in a sentence, and nothing is opened', {
    hardware: missing.hardware,
    async run({ machine, simulator }) {
      const opened = machine.screen({ display: 3 });
      await expect(opened).rejects.toThrow(Refused);
      await expect(opened).rejects.toThrow('has no display 3: display 1 (800 × 600) and display 2 (640 × 480) are on.');
      expect(simulator.received.messages()).toEqual([]);
      await expect(machine.screen({ display: 0 })).rejects.toThrow(TypeError);
    },
  });

  scenario('are unknown to firmware of version 7, which says so, and shows what it shows', {
    profile: 'amt-7',
    hardware: twoDisplays().hardware,
    connect: { tls: 'off' },
    async run({ machine }) {
      await expect(machine.displays.list()).rejects.toThrow(NotSupported);
      await expect(machine.screen({ display: 1 })).rejects.toThrow('does not tell of its displays');
      await using session = await machine.screen();
      expect(session.framebuffer.width).toBe(800);
    },
  });

  const pretend = memoryPc({ power: 'on', clock: realClock, speed: 0, displays: 2 });
  scenario('of a pretend PC are two where that is wanted', {
    hardware: pretend,
    async run({ machine }) {
      await using session = await machine.screen({ display: 2 });
      const [second] = pretend.furtherScreens ?? [];
      if (second === undefined) throw new Error('There is no second display.');
      const shown = pictureOf(second.width, second.height, pixelsOf(second));
      expect(difference(pngPicture(await screenshot(session)), shown)).toBeUndefined();
    },
  });
});

describe('Displays from the shell', { timeout: 60_000 }, () => {
  let amt: Amt;

  beforeAll(async () => {
    amt = await Amt.open();
  });

  afterAll(() => amt[Symbol.asyncDispose]());

  it('are listed, chosen, and named when there is no such one', async () => {
    const { hardware, second } = twoDisplays();
    await using simulator = await createSimulator({ speed: 0, password, power: 'on', hardware });
    const { host, ports } = simulator;
    const target = `${host}:${ports.wsmanTls}:${ports.redirectionTls}`;
    const env = { AMT_PASSWORD: password };
    const listed = await amt.json(`kvm displays ${target}`, { env });
    expect(listed.results).toMatchObject([{ ok: true, data: { displays: there } }]);
    const file = join(amt.folder, 'second.png');
    expect(await amt.run(`kvm shot ${target} ${file} --display 2`, { env })).toMatchObject({ status: 0 });
    expect(difference(pngPicture(await readFile(file)), second.picture)).toBeUndefined();
    const { stdout } = await amt.run(`kvm displays ${target}`, { env });
    expect(stdout).toMatch(/^1 +800 × 600 +0, 0 +primary *$/m);
    expect(stdout).toMatch(/^2 +640 × 480 +800, 0 +shown *$/m);
    const none = await amt.run(`kvm keys ${target} f10 --display 4`, { env });
    expect([none.status, none.stderr]).toEqual([7, expect.stringContaining('has no display 4: display 1 (800 × 600)')]);
    const wrong = await amt.run(`kvm open ${target} --display left`, { env });
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('--display takes a number from 1 to 4')]);
    expect(second.input).toEqual([]);
  });

  it('are waited for in the browser while the PC is off', async () => {
    const { hardware, screen } = screenPc();
    const screens: TestScreen[] = [];
    Object.defineProperty(hardware, 'furtherScreens', { get: () => screens });
    await using simulator = await createSimulator({ speed: 0, password, hardware });
    const { host, ports } = simulator;
    const target = `${host}:${ports.wsmanTls}:${ports.redirectionTls}`;
    const env = { AMT_PASSWORD: password };
    const words = `kvm open ${target} --display 2 --no-browser`;
    expect(await amt.run(words, { env })).toMatchObject({ status: 7 });
    await hardware.apply('off');
    const running = amt.start(`${words} --json`, { env });
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('http://');
    screens.push(new TestScreen(640, 480));
    await expect.poll(() => screens[0]?.watched, { timeout: 20_000 }).toBe(true);
    expect(screen.watched).toBe(false);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
  });
});
