/** What a person in front of the pretend PC sees, and what keys and pointer do there. */
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../clock.ts';
import { mediumOf } from '../../../testing/media.ts';
import { bench, installer } from '../../../testing/pretend-pc.ts';
import { settled } from '../../../testing/redirection.ts';
import { lettersOf, mirror, TERMINAL, TEXT_MODE } from '../../../testing/screen-reader.ts';
import { pixelsOf, type Screen } from '../../screen.ts';
import { memoryPc } from '../pc.ts';

const Key = { enter: 0x28, escape: 0x29, f2: 0x3b, f10: 0x43, f12: 0x45, right: 0x4f, down: 0x51, delete: 0x4c };
const CONTROL = 0xe0;
const SHIFT = 0xe1;
const ALT = 0xe2;

function tap(screen: Screen, ...usages: readonly number[]): void {
  for (const usage of usages) {
    screen.key(usage, true);
    screen.key(usage, false);
  }
}

function chord(screen: Screen, ...usages: readonly number[]): void {
  for (const usage of usages) screen.key(usage, true);
  for (const usage of usages.toReversed()) screen.key(usage, false);
}

/** Small letters and spaces. */
function type(screen: Screen, text: string): void {
  for (const letter of text) tap(screen, letter === ' ' ? 0x2c : letter.charCodeAt(0) - 0x61 + 4);
}

/** A PC that takes its time. */
function slow(power: 'on' | 'off' | 'sleep' = 'off') {
  const made = bench({ power, speed: 1 });
  return { ...made, look: made.pc.screen, seen: () => lettersOf(made.pc.screen, TEXT_MODE) };
}

test('is black while the PC is off, and after it', async () => {
  const { look, pc, clock } = slow();
  expect(look).toMatchObject({ width: 720, height: 400, mode: 'text' });
  expect(new Set(pixelsOf(look))).toEqual(new Set([0]));
  await pc.apply('on');
  clock.advance(1000);
  expect(new Set(pixelsOf(look)).size).toBeGreaterThan(1);
  await pc.apply('off');
  expect(new Set(pixelsOf(look))).toEqual(new Set([0]));
});

describe('the self-test', () => {
  test('tells what it finds as time goes by', async () => {
    const { pc, clock, seen } = slow();
    await pc.apply('on');
    clock.advance(700);
    expect(seen()).toContain('Memory      8192 MB OK');
    expect(seen()).not.toContain('SATA port 0');
    clock.advance(2400);
    expect(seen()).toContain('SATA port 0 amtkit Disk');
    expect(seen()).toContain('F2 or Del: set-up   F12: where to start from');
  });

  test('moves on only for those who look', async () => {
    const clock = manualClock();
    let timers = 0;
    const counting = {
      now: clock.now,
      after(ms: number, act: () => void) {
        timers++;
        return clock.after(ms, act);
      },
    };
    const pc = memoryPc({ clock: counting });
    await pc.apply('on');
    expect(timers).toBe(1);
    const stop = await pc.screen.watch({ damaged: () => {}, resized: () => {} });
    clock.advance(1000);
    expect(timers).toBeGreaterThan(5);
    const before = timers;
    stop();
    clock.advance(1000);
    expect(timers).toBe(before);
  });

  test.each([
    ['F2', Key.f2],
    ['Del', Key.delete],
  ])('lets %s into set-up', async (_, key) => {
    const { pc, clock, seen, told, look } = slow();
    await pc.apply('on');
    clock.advance(1000);
    tap(look, key);
    expect(seen()).toContain('Entering set-up ...');
    clock.advance(3000);
    await settled();
    expect(seen()).toContain('amtkit BIOS Setup');
    expect(told.at(-1)).toBe('bios');
  });

  test('asks where to start from, after F12', async () => {
    const { pc, clock, seen, look, told, pass } = slow();
    await pc.insert('cd', mediumOf(installer('print Hello from the CD.\npause')));
    await pc.apply('on');
    tap(look, Key.f12);
    clock.advance(4000);
    expect(seen()).toContain('2  Redirected CD (IDE-R)');
    tap(look, Key.down, Key.enter);
    await pass(500);
    expect(seen()).toContain('Hello from the CD.\nPress any key to go on.');
    expect(told.at(-1)).toBe('ider-cd');
  });

  test('takes no key from the menu for one of a program', async () => {
    const { pc, clock, look, told, pass } = slow();
    await pc.apply('on');
    tap(look, Key.f12);
    clock.advance(4000);
    tap(look, Key.escape);
    await pass(7000);
    expect(told).toEqual(['on', 'starting', 'disk', 'system-up']);
  });
});

describe('set-up', () => {
  async function entered() {
    const made = slow();
    await made.pc.apply('on', 'bios');
    made.clock.advance(4000);
    return made;
  }

  test('remembers what is saved, over a power cycle', async () => {
    const { look, pc, clock, seen, told, pass } = await entered();
    tap(look, Key.right, Key.enter);
    expect(seen()).toContain('First device            [Redirected CD]');
    tap(look, Key.f10);
    await settled();
    await pc.apply('off');
    await pc.insert('cd', mediumOf(installer('pause')));
    await pc.apply('on');
    clock.advance(4000);
    await pass(200);
    expect(told.at(-1)).toBe('ider-cd');
    await pc.apply('reset', 'disk');
    clock.advance(4000);
    await settled();
    expect(told.at(-1)).toBe('disk');
  });

  test('forgets what is discarded, and restarts', async () => {
    const { look, pc, seen, told } = await entered();
    tap(look, Key.right, Key.enter, Key.escape);
    await settled();
    expect(told.at(-1)).toBe('starting');
    await pc.apply('reset', 'bios');
    expect(seen()).toContain('amtkit virtual BIOS');
  });
});

describe('text mode', () => {
  test('shows what goes over the serial port, and its keyboard types there', async () => {
    const { pc, clock, seen, look, pass, screen } = slow();
    await pc.insert('cd', mediumOf(installer('press-key 5\nlist cd\npause')));
    await pc.apply('on', 'ider-cd');
    clock.advance(4000);
    await pass(500);
    expect(seen()).toContain('Press any key to boot from CD.');
    type(look, 'x');
    await pass(200);
    expect(seen()).toContain('DISK.IMG');
    expect(screen.text).toContain('DISK.IMG');
  });

  test('restarts with three keys', async () => {
    const { pc, clock, look, told } = slow();
    await pc.apply('on', 'bios');
    clock.advance(4000);
    chord(look, CONTROL, ALT, Key.delete);
    await settled();
    expect(told).toEqual(['on', 'starting', 'bios', 'starting']);
  });
});

describe('the desktop', () => {
  test('has a terminal of its own', async () => {
    const { look, screen } = slow('on');
    await settled();
    const serial = screen.text;
    expect(look).toMatchObject({ width: 1024, height: 768, mode: 'graphics' });
    type(look, 'echo ');
    chord(look, SHIFT, 0x0b);
    type(look, 'ello');
    tap(look, Key.enter);
    await settled();
    expect(lettersOf(look, TERMINAL)).toContain('# echo Hello\nHello\n#');
    expect(screen.text).toBe(serial);
  });

  test('says where it was clicked and what was pressed', async () => {
    const { look } = slow('on');
    const noted = { x: 208, y: 744, columns: 40, rows: 1, pitch: 8 };
    look.pointer(640, 64, 4);
    expect(lettersOf(look, noted)).toBe('Click right at 640,64');
    chord(look, CONTROL, ALT, 0x3a);
    expect(lettersOf(look, noted)).toBe('Key Ctrl+Alt+F1');
    look.pointer(700, 60, 0);
    look.pointer(700, 60, 1);
    look.pointer(900, 300, 0);
    const marked = { x: 706, y: 52, columns: 6, rows: 1, pitch: 8 };
    expect(lettersOf({ ...look, width: 1024, height: 768, read: onBlack(look, 0xffc83d) }, marked)).toBe('700,60');
  });

  test('lets its terminal be dragged', async () => {
    const { look } = slow('on');
    pixelsOf(look);
    await settled();
    look.pointer(200, 120, 1);
    look.pointer(300, 170, 1);
    look.pointer(300, 170, 0);
    expect(lettersOf(look, { ...TERMINAL, x: 200, y: 190 })).toContain('amtkit OS 1.0 on tty1.');
  });

  test('restarts and switches off by its buttons', async () => {
    const { look, told, pass } = slow('on');
    look.pointer(40, 750, 1);
    await pass(4500);
    expect(told.at(-1)).toBe('starting');
    await pass(10_000);
    look.pointer(120, 750, 0);
    look.pointer(120, 750, 1);
    await pass(4500);
    expect(told.at(-1)).toBe('off');
  });

  test('comes back from sleep with a key', async () => {
    const { look, pc, pass } = slow('on');
    pixelsOf(look);
    await settled();
    const before = pixelsOf(look);
    const asleep = pc.apply('sleep');
    await pass(2000);
    await asleep;
    expect(new Set(pixelsOf(look))).toEqual(new Set([0]));
    tap(look, 0x2c);
    await pass(1000);
    expect(pc.power).toBe('on');
    const clock = 736 * 1024;
    const same = pixelsOf(look).every((pixel, i) => i >= clock || pixel === before[i]);
    expect(same).toBe(true);
  });
});

test('tells of everything that changes in it, and of nothing that does not', async () => {
  const { pc, look, pass } = slow();
  await pc.insert('cd', mediumOf(installer('press-key 3\nlist cd\nsystem Demo')));
  const copy = await mirror(look);
  await pc.apply('on', 'ider-cd');
  for (let step = 0; step < 180; step++) {
    await pass(100);
    if (step === 45) tap(look, 0x04);
    if (step > 150) {
      type(look, 'help');
      tap(look, Key.enter);
      look.pointer(step * 5, 100 + step, step % 3 === 0 ? 1 : 0);
      await settled();
    }
    if (step < 50 || step % 7 === 0) expect(copy.faithful).toBe(true);
  }
  expect(look).toMatchObject({ width: 1024, height: 768 });
  expect(copy.resizes).toBe(3);
  copy.stop();
  const told = copy.damages.length;
  await pass(3000);
  type(look, 'x');
  expect(copy.damages).toHaveLength(told);
});

/** A picture in which everything but one colour is black. */
function onBlack(screen: Screen, colour: number): Screen['read'] {
  return (area, into) => {
    screen.read(area, into);
    into.forEach((pixel, i) => {
      into[i] = pixel === colour ? pixel : 0;
    });
  };
}
