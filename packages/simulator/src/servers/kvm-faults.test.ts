/** What goes wrong with screens on purpose, as a strict viewer meets it. */
import { describe, expect, test } from 'vitest';
import type { ScreenFault } from '../faults.ts';
import { settled } from '../testing/redirection.ts';
import { LEFT, Viewer, viewing, withScreen } from '../testing/viewer.ts';

/** A viewer whose session has this fault. */
const unlucky = (fault: ScreenFault) => viewing({ faults: { screens: { [fault]: 1 } } });

describe('a session', () => {
  test('that has no display ends where its size would come', async () => {
    const made = await withScreen({ faults: { screens: { 'no-display': { times: 1 } } } });
    const console = await made.enter('kvm');
    await expect(Viewer.open(console)).rejects.toThrow();
    expect(console.ended).toBe(true);
    // Only the first one had to suffer.
    made.rewind();
    const viewer = await Viewer.open(await made.enter('kvm'));
    expect(await viewer.refresh()).toHaveLength(2);
  });

  test('may be black', async () => {
    const { viewer } = await unlucky('black');
    await viewer.refresh();
    expect(new Set(viewer.pixels)).toEqual(new Set([0]));
  });

  test('may end a second after its first picture', async () => {
    const { viewer, console, clock } = await unlucky('drop-soon');
    clock.advance(5000);
    await viewer.refresh();
    clock.advance(999);
    await viewer.refresh();
    clock.advance(1);
    await settled();
    expect(console.ended).toBe(true);
  });

  test('may end with a change of size', async () => {
    const { viewer, console, screen } = await unlucky('drop-resize');
    await viewer.refresh();
    await viewer.ask(true);
    screen.resize(64, 64);
    await settled();
    expect(console.ended).toBe(true);
  });

  test('may send tile after tile as slowly as it likes', async () => {
    const { viewer, console, clock } = await unlucky('slow-tiles');
    await viewer.ask(false);
    expect(console.chunks.slice(-2)).toEqual([4, 26]);
    clock.advance(199);
    await settled();
    expect(console.chunks.at(-1)).toBe(26);
    clock.advance(1);
    await settled();
    expect(console.chunks.at(-1)).toBe(24);
  });

  test('may end in the middle of a tile', async () => {
    const { viewer, console } = await unlucky('half-tile');
    await viewer.refresh();
    await viewer.ask(false);
    await settled();
    expect(console.ended).toBe(true);
    expect(await console.heard()).toBe('00 00 00 02 00 00 00 00 00 40 00 40 00 00 00 10');
  });

  test.each([
    ['bad-tile', 'There is no way 17 to pack a tile.'],
    ['bad-zlib', 'invalid block type'],
  ] as const)('may send what nobody can read: %s', async (fault, complaint) => {
    const { viewer, screen } = await unlucky(fault);
    await viewer.refresh();
    screen.fill(LEFT, 0x808080);
    await viewer.ask(true);
    await expect(viewer.update()).rejects.toThrow(complaint);
  });
});
