import { describe, expect, it } from 'vitest';
import { PretendScreen } from '../automation/testing/pretend-screen.ts';
import { ConnectFailed } from '../errors.ts';
import { de } from '../redirection/kvm/layouts/de.ts';
import { us } from '../redirection/kvm/layouts/us.ts';
import { type PasteEvent, type PasteOptions, Pasting } from './paste.ts';

/** Longer than any test: what is begun stays begun. */
const FOR_EVER_MS = 600_000;

function pasting(options: Partial<PasteOptions> = {}) {
  const screen = new PretendScreen();
  const events: PasteEvent[] = [];
  const under = new Pasting(screen, { layout: us, strokeMs: 0, onEvent: (event) => events.push(event), ...options });
  return { screen, events, under };
}

const refused = (reason: string, viewer = 1): PasteEvent => ({ type: 'unpasted', viewer, begun: false, reason });
const ended = (reason: string): PasteEvent => ({ type: 'unpasted', viewer: 1, begun: true, reason });

describe('A clipboard', () => {
  it('is typed with the keys of the layout, and the end of a line is Enter', async () => {
    const { screen, events, under } = pasting({ layout: de });
    await under.paste(1, 'zY\r\n');
    // Where a US keyboard has Y and Z; Shift; Enter.
    expect(screen.typed).toEqual([0x79, 0xffe1, 0x7a, 0xff0d]);
    expect([...screen.held]).toEqual([]);
    expect(events).toEqual([{ type: 'pasted', viewer: 1, characters: 3 }]);
  });

  it('that the keyboard does not have is not typed at all, and nothing of it is told', async () => {
    const { screen, events, under } = pasting();
    await under.paste(1, 'häßlich');
    expect(screen.typed).toEqual([]);
    expect(events).toEqual([refused('the keyboard us does not have 2 of its 7 characters')]);
  });

  it('of more than 2,000 characters is not typed', async () => {
    const { screen, events, under } = pasting({ strokeMs: FOR_EVER_MS });
    await under.paste(1, 'a'.repeat(2_001));
    expect([screen.typed, events]).toEqual([[], [refused('it has 2001 characters, and no more than 2000 are typed')]]);
    const typed = under.paste(1, 'a'.repeat(2_000));
    expect(screen.typed).toEqual([0x61]);
    under.close();
    await typed;
  });

  it('ends at the first key that anybody presses, and what it held is let go before that', async () => {
    const { screen, events, under } = pasting({ strokeMs: FOR_EVER_MS });
    const typed = under.paste(1, 'ABC');
    expect([...screen.held]).toEqual([0xffe1]);
    under.key(2, 0x62, false);
    expect([...screen.held]).toEqual([0xffe1]);
    under.key(2, 0x62, true);
    expect([...screen.held]).toEqual([]);
    await typed;
    expect(events).toEqual([ended('a key was pressed before its end')]);
  });

  it('is not typed into a key that somebody holds, nor into another one', async () => {
    const { screen, events, under } = pasting({ strokeMs: FOR_EVER_MS });
    under.key(2, 0xffe3, true);
    await under.paste(1, 'a');
    under.key(2, 0xffe3, false);
    const typed = under.paste(1, 'a');
    await under.paste(2, 'b');
    expect(screen.typed).toEqual([0x61]);
    expect(events).toEqual([refused('a key is held down'), refused('the one before it is still being typed', 2)]);
    under.close();
    await typed;
    expect(events.at(-1)).toEqual(ended('the screen was closed before its end'));
  });

  it('ends with its viewer, and with no other', async () => {
    const { screen, events, under } = pasting({ strokeMs: FOR_EVER_MS });
    const typed = under.paste(1, 'ABC');
    under.left(2);
    expect(events).toEqual([]);
    under.left(1);
    await typed;
    expect([[...screen.held], events]).toEqual([[], [ended('the viewer left before its end')]]);
  });

  it('ends with the session', async () => {
    const { screen, events, under } = pasting();
    const typed = under.paste(1, 'abc');
    screen.cut(new ConnectFailed('The screen is gone.'));
    await typed;
    expect(events).toEqual([ended('the session was lost before its end')]);
  });
});
