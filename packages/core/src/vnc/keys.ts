/**
 * Keys of a viewer as keys of the machine. Viewers tell what character a key made on the keyboard in front of them, the
 * firmware wants to know which key of its own to press; so what stands on the guest's keyboard decides. [REDIR §KVM 10]
 * Viewers that tell scan codes need none of this.
 */
import { KEYS, type KeyStroke, keysymOf, keysymOfScanCode } from '../redirection/kvm/keysyms.ts';
import type { KeyboardLayout } from '../redirection/kvm/layouts/layout.ts';

/** Names of X for keys that the firmware knows by another. [XLIB] */
const SAME_KEY: ReadonlyMap<number, number> = new Map([
  [0xfe03, keysymOf('AltRight')], // ISO_Level3_Shift
  [0xff7e, keysymOf('AltRight')], // Mode_switch
  [0xffeb, keysymOf('MetaLeft')], // Super
  [0xffec, keysymOf('MetaRight')],
  [0xffed, keysymOf('MetaLeft')], // Hyper
  [0xffee, keysymOf('MetaRight')],
  [0xfe20, keysymOf('Tab')], // ISO_Left_Tab, Shift being down already
  [0xff95, keysymOf('Home')], // The keypad without Num Lock
  [0xff96, keysymOf('ArrowLeft')],
  [0xff97, keysymOf('ArrowUp')],
  [0xff98, keysymOf('ArrowRight')],
  [0xff99, keysymOf('ArrowDown')],
  [0xff9a, keysymOf('PageUp')],
  [0xff9b, keysymOf('PageDown')],
  [0xff9c, keysymOf('End')],
  [0xff9e, keysymOf('Insert')],
  [0xff9f, keysymOf('Delete')],
  [0xff80, keysymOf('Space')],
  [0xff89, keysymOf('Tab')],
  [0xff15, keysymOf('PrintScreen')], // Sys_Req
  [0xff6b, keysymOf('Pause')], // Break
]);

/** Keys that make no character, by the keysym that the firmware knows too. */
const PLAIN_KEYS: ReadonlySet<number> = new Set(KEYS.map(([, keysym]) => keysym).filter((keysym) => keysym > 0xff));

/** A character beyond Latin-1 is its number in Unicode behind this. */
const UNICODE = 0x01000000;
const EURO_SIGN = 0x20ac;

const SHIFTS: ReadonlySet<number> = new Set([keysymOf('ShiftLeft'), keysymOf('ShiftRight')]);
const ALTGR = keysymOf('AltRight');
/** With one of these down a letter is a command, and Shift a part of it. */
const COMMANDS: ReadonlySet<number> = new Set(
  (['ControlLeft', 'ControlRight', 'AltLeft', 'MetaLeft', 'MetaRight'] as const).map(keysymOf),
);

/** Translates for one viewer, and knows what it holds. */
export class KeyTranslator {
  readonly #layout: KeyboardLayout;
  /** What a key of the viewer pressed here, until it is let go. */
  readonly #pressed = new Map<string, number>();

  /** @param layout of the guest */
  constructor(layout: KeyboardLayout) {
    this.#layout = layout;
  }

  /** A key by its place. Unknown ones come to nothing. */
  place(scanCode: number, keysym: number, pressed: boolean): KeyStroke[] {
    const key = keysymOfScanCode(scanCode);
    // Some viewers know of no place for some keys, and say 0.
    return key === undefined ? this.character(keysym, pressed) : this.#hold(`place ${scanCode}`, key, pressed);
  }

  /** A key by what it made. What the guest's keyboard cannot make comes to nothing. */
  character(keysym: number, pressed: boolean): KeyStroke[] {
    const name = `keysym ${keysym}`;
    const key = SAME_KEY.get(keysym) ?? keysym;
    if (PLAIN_KEYS.has(key) || (!pressed && this.#pressed.has(name))) return this.#hold(name, key, pressed);
    const character = characterOf(keysym);
    const strokes = character === undefined ? undefined : this.#layout.strokes(character);
    if (strokes === undefined) return [];
    const { keys, shift, altgr } = parts(strokes);
    const [only, ...more] = keys;
    if (!pressed) return more.length > 0 ? [] : this.#letGo(only);
    // With a dead key: all at once, on a keyboard where nothing else is down.
    if (only === undefined || more.length > 0) return this.#without([...SHIFTS, ALTGR], strokes);
    return this.#with(shift, altgr, this.#hold(name, only, true));
  }

  /** Lets go of everything that is held. */
  release(): KeyStroke[] {
    const strokes = [...this.#pressed.values()].reverse().map((keysym) => ({ keysym, pressed: false }));
    this.#pressed.clear();
    return strokes;
  }

  /** A key that is let go as something else than it was pressed as: Shift came or went in between. */
  #letGo(keysym: number | undefined): KeyStroke[] {
    const [name] = [...this.#pressed].find(([, held]) => held === keysym) ?? [];
    return name === undefined ? [] : this.#hold(name, 0, false);
  }

  #hold(name: string, keysym: number, pressed: boolean): KeyStroke[] {
    if (pressed) {
      this.#pressed.set(name, keysym);
      return [{ keysym, pressed }];
    }
    const held = this.#pressed.get(name);
    this.#pressed.delete(name);
    return held === undefined ? [] : [{ keysym: held, pressed }];
  }

  /** The strokes with Shift and AltGr as the character needs them, and as they were afterwards. */
  #with(shift: boolean, altgr: boolean, strokes: readonly KeyStroke[]): KeyStroke[] {
    const held = new Set(this.#pressed.values());
    const isCommand = [...COMMANDS].some((keysym) => held.has(keysym));
    const shiftHeld = [...SHIFTS].some((keysym) => held.has(keysym));
    const missing: number[] = [];
    const surplus: number[] = [];
    if (shift && !shiftHeld && !isCommand) missing.push(keysymOf('ShiftLeft'));
    if (!shift && shiftHeld && !isCommand) surplus.push(...SHIFTS);
    if (altgr && !held.has(ALTGR)) missing.push(ALTGR);
    if (!altgr && held.has(ALTGR)) surplus.push(ALTGR);
    return this.#without(surplus, [...tap(missing, true), ...strokes, ...tap(missing.reverse(), false)]);
  }

  /** The strokes with some keys let go that are held, and held again afterwards. */
  #without(keysyms: readonly number[], strokes: readonly KeyStroke[]): KeyStroke[] {
    const held = new Set(this.#pressed.values());
    const away = keysyms.filter((keysym) => held.has(keysym));
    return [...tap(away, false), ...strokes, ...tap(away, true)];
  }
}

function tap(keysyms: readonly number[], pressed: boolean): KeyStroke[] {
  return keysyms.map((keysym) => ({ keysym, pressed }));
}

/** The keys of a sequence in order, and whether the first is struck with Shift or AltGr. */
function parts(strokes: readonly KeyStroke[]): { keys: number[]; shift: boolean; altgr: boolean } {
  const down = strokes.filter(({ pressed }) => pressed).map(({ keysym }) => keysym);
  const [first] = down;
  return {
    keys: down.filter((keysym) => !SHIFTS.has(keysym) && keysym !== ALTGR),
    shift: first !== undefined && SHIFTS.has(first),
    altgr: first === ALTGR,
  };
}

/** The character of a keysym: Latin-1 as it is, the rest of Unicode behind an offset. [XLIB] */
function characterOf(keysym: number): string | undefined {
  if (keysym === EURO_SIGN) return '€';
  const isLatin1 = (keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff);
  if (isLatin1) return String.fromCharCode(keysym);
  const code = keysym - UNICODE;
  return code >= 0xa0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
