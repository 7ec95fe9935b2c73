import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, ConnectFailed } from '../errors.ts';
import { keysymOf } from '../redirection/kvm/keysyms.ts';
import type { Key, ScreenSession } from './screen-session.ts';
import { pressKeys, typeText } from './type-text.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A keyboard that remembers what happened to it, and when. */
function keyboard(limit = Number.POSITIVE_INFINITY) {
  const strokes: string[] = [];
  const at: number[] = [];
  const session = {
    key(key: Key, pressed: boolean) {
      if (strokes.length >= limit) throw new ConnectFailed('The screen session is over.');
      strokes.push(`${pressed ? '+' : '-'}${(key as number).toString(16)}`);
      at.push(performance.now());
    },
  } as unknown as ScreenSession;
  return { session, strokes, at };
}

const AT = keysymOf('KeyQ').toString(16);
const ALTGR = keysymOf('AltRight').toString(16);

describe('Text', () => {
  it('is typed with the keys of the layout', async () => {
    const { session, strokes } = keyboard();
    await typeText(session, '@y', 'de', { strokeMs: 0 });
    // On a German keyboard the sign is on Q with AltGr, and Y is where others have Z.
    expect(strokes).toEqual([`+${ALTGR}`, `+${AT}`, `-${AT}`, `-${ALTGR}`, '+7a', '-7a']);
  });

  it('takes a moment after every stroke', async () => {
    vi.useFakeTimers();
    const { session, at } = keyboard();
    const typed = typeText(session, 'ab', 'us');
    await vi.advanceTimersByTimeAsync(60);
    await typed;
    expect(at.map((ms) => ms - (at[0] as number))).toEqual([0, 15, 30, 45]);
  });

  it('that the keyboard does not have is refused before anything is typed', async () => {
    const { session, strokes } = keyboard();
    await expect(typeText(session, 'abc 漢', 'us')).rejects.toThrow(TypeError);
    expect(strokes).toEqual([]);
  });

  it('stops with the signal, and what it pressed is let go before anything else happens', async () => {
    const { session, strokes } = keyboard();
    const abort = new AbortController();
    const typed = typeText(session, 'A', 'us', { strokeMs: 60_000, signal: abort.signal });
    abort.abort();
    session.key(0x62, true);
    await expect(typed).rejects.toThrow(Cancelled);
    expect(strokes).toEqual(['+ffe1', '-ffe1', '+62']);
    await expect(typeText(session, 'A', 'us', { signal: abort.signal })).rejects.toThrow(Cancelled);
    expect(strokes).toHaveLength(3);
  });

  it('stops with the signal after the session ended, too', async () => {
    const { session, strokes } = keyboard(1);
    const abort = new AbortController();
    const typed = typeText(session, 'A', 'us', { strokeMs: 60_000, signal: abort.signal });
    abort.abort();
    await expect(typed).rejects.toThrow(Cancelled);
    expect(strokes).toEqual(['+ffe1']);
  });

  it('fails when the session ends before all is typed', async () => {
    const { session } = keyboard(3);
    await expect(typeText(session, 'abc', 'us', { strokeMs: 0 })).rejects.toThrow(ConnectFailed);
  });
});

it('Keys are pressed together and let go in the other order', async () => {
  const { session, strokes } = keyboard();
  await pressKeys(session, 'ctrl+alt+del', { strokeMs: 0 });
  expect(strokes).toEqual(['+ffe3', '+ffe9', '+ffff', '-ffff', '-ffe9', '-ffe3']);
  await expect(pressKeys(session, 'ctrl+alt+dell')).rejects.toThrow('"dell" in "ctrl+alt+dell" is no key.');
});
