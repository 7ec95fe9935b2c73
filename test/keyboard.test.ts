/** What is typed at a screen is what a real guest gets, key by key, by its own account on its serial port. */
import { type KeyboardLayoutName, pressKeys, type ScreenSession, typeText } from '@amtkit/core';
import { needs } from '@amtkit/core/testing';
import { afterAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { type KeyEvent, keyEventsIn, LinuxLayout } from './support/linux-keyboard.ts';
import { mediaFor, realGuest } from './support/real-guest.ts';

vi.setConfig({ testTimeout: 120_000 });

const ascii = String.fromCharCode(...Array.from({ length: 0x7f - 0x20 }, (_, i) => 0x20 + i));

/** What is typed, and what X calls the layout. What Windows, whose keyboards ours are, has elsewhere than Linux is left out. */
const texts: readonly (readonly [KeyboardLayoutName, linux: string, text: string])[] = [
  ['us', 'us', ascii],
  ['uk', 'gb', `${ascii}£¬€`],
  ['de', 'de', `${ascii}äöüÄÖÜß§°²³µ€´âÉèý`],
  ['fr', 'fr', `${ascii.replace(/[~`]/g, '')}éèçàùâÊëÏ²°£µ§¤€¨`],
  ['es', 'es', `${ascii.replace('~', '')}ñÑçÇáÉúüÜàêªº·¡¿¬€´¨`],
];

/** Single characters, and the keys that make them, by the numbers that Linux has for them. `+`: with this held. [EVDEV] */
const characters: readonly (readonly [KeyboardLayoutName, text: string, keys: string])[] = [
  ['us', 'zZ@', '44 42+44 42+3'],
  ['uk', '@"#\\', '42+40 42+3 43 86'],
  ['de', 'zZ@<^ß', '21 42+21 100+16 86 41 57 12'],
  ['fr', 'aA1m@~', '16 42+16 42+2 39 100+11 100+3 57'],
  ['es', 'ñ@~á', '39 100+3 100+5 57 40 30'],
];

/** Special keys and chords. [EVDEV] */
const keys: readonly (readonly [keys: string, codes: string])[] = [
  ['esc', '1'],
  ['backspace', '14'],
  ['tab', '15'],
  ['space', '57'],
  ['capslock', '58'],
  ...Array.from({ length: 10 }, (_, i) => [`f${i + 1}`, `${59 + i}`] as const),
  ['f11', '87'],
  ['f12', '88'],
  ['numlock', '69'],
  ['scrolllock', '70'],
  ['printscreen', '99'],
  ['pause', '119'],
  ['home', '102'],
  ['up', '103'],
  ['pageup', '104'],
  ['left', '105'],
  ['right', '106'],
  ['end', '107'],
  ['down', '108'],
  ['pagedown', '109'],
  ['insert', '110'],
  ['delete', '111'],
  ['win', '125'],
  ['MetaRight', '126'],
  ['menu', '127'],
  ['rctrl', '97'],
  ['rshift', '54'],
  ['altgr', '100'],
  ['Numpad7', '71'],
  ['Numpad8', '72'],
  ['Numpad9', '73'],
  ['NumpadSubtract', '74'],
  ['Numpad4', '75'],
  ['Numpad5', '76'],
  ['Numpad6', '77'],
  ['NumpadAdd', '78'],
  ['Numpad1', '79'],
  ['Numpad2', '80'],
  ['Numpad3', '81'],
  ['Numpad0', '82'],
  ['NumpadDecimal', '83'],
  ['NumpadMultiply', '55'],
  ['NumpadDivide', '98'],
  ['NumpadEnter', '96'],
  ['IntlBackslash', '86'],
  ['IntlRo', '89'],
  ['Convert', '92'],
  ['KanaMode', '93'],
  ['NonConvert', '94'],
  ['IntlYen', '124'],
  ['ctrl+alt+del', '29+56+111'],
  ['ctrl+c', '29+46'],
  ['ctrl+shift+esc', '29+42+1'],
  ['shift+tab', '42+15'],
  ['alt+tab', '56+15'],
  ['alt+f4', '56+62'],
  ['win+r', '125+19'],
  ['ctrl+/', '29+53'],
];

/** Key presses as the tables have them. Fails where another key is let go than the last that went down, or one stays. */
function written(events: readonly KeyEvent[]): string {
  const held: number[] = [];
  const words: string[] = [];
  let pressedLast = false;
  for (const { code, pressed } of events) {
    if (pressed) held.push(code);
    else {
      if (pressedLast) words.push(held.join('+'));
      expect(held.pop()).toBe(code);
    }
    pressedLast = pressed;
  }
  expect(held).toEqual([]);
  return words.join(' ');
}

/** A guest that tells what its keyboard does. */
async function open(context: TestContext) {
  const media = await mediaFor(context);
  const guest = await realGuest(context, { qemu: { cd: media.keys } });
  const { machine } = guest;
  await machine.features.set({ listener: true, sol: true, kvm: true });
  const serial = await machine.serial();
  const heard = { text: '' };
  // A port that ends early is seen by what it did not tell.
  const listening = async () => {
    const decoder = new TextDecoder();
    for await (const bytes of serial) heard.text += decoder.decode(bytes, { stream: true });
  };
  listening().catch(() => {});
  await machine.boot.once('cd');
  await machine.power.on();
  await vi.waitFor(() => expect(heard.text).toContain('amtkit-keys: started'), { timeout: 60_000 });
  const screen = await machine.screen();
  return {
    media,
    screen,
    /** What the guest tells of what is done at the screen, with Enter at its end. */
    async hears(act: (screen: ScreenSession) => Promise<void>): Promise<readonly KeyEvent[]> {
      heard.text = '';
      await act(screen);
      await pressKeys(screen, 'enter');
      const events = await vi.waitFor(
        () => {
          const all = keyEventsIn(heard.text);
          expect(all.at(-1)).toEqual({ code: 28, pressed: false });
          return all;
        },
        { timeout: 20_000, interval: 20 },
      );
      return events.slice(0, -2);
    },
    async close() {
      await screen.close();
      await serial.close();
      await guest[Symbol.asyncDispose]();
    },
  };
}

describe('A real guest', needs('qemu'), () => {
  let opened: ReturnType<typeof open> | undefined;
  const keyboard = (context: TestContext) => (opened ??= open(context));

  afterAll(async () => (await opened)?.close());

  it.for(texts)('set to %s gets the keys that make every character', async ([layout, linux, text], context) => {
    const { media, hears } = await keyboard(context);
    const events = await hears((screen) => typeText(screen, text, layout));
    expect(new LinuxLayout(media.layouts, linux).text(events)).toBe(text);
  });

  it.for(characters)('set to %s gets for %s the keys %s', async ([layout, text, codes], context) => {
    const { hears } = await keyboard(context);
    expect(written(await hears((screen) => typeText(screen, text, layout)))).toBe(codes);
  });

  it('gets special keys and chords by their names', async (context) => {
    const { hears } = await keyboard(context);
    for (const [names, codes] of keys) {
      expect(`${names} ${written(await hears((screen) => pressKeys(screen, names)))}`).toBe(`${names} ${codes}`);
    }
  });
});
