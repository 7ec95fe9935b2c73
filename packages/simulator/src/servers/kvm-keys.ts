/**
 * The virtual USB keyboard: keysyms of a console become keys of an American keyboard. [REDIR §KVM 10] [HID §10]
 * A console names the key by what stands on it without Shift and sends Shift by itself; for a symbol that needs Shift the
 * firmware presses that key, too.
 */

/** Usages of the keyboard page that are modifiers. */
const Modifier = {
  leftControl: 0xe0,
  leftShift: 0xe1,
  leftAlt: 0xe2,
  leftGui: 0xe3,
  rightControl: 0xe4,
  rightShift: 0xe5,
  rightAlt: 0xe6,
  rightGui: 0xe7,
} as const;

/** A key, and whether its symbol is the one that needs Shift. */
interface Key {
  readonly usage: number;
  readonly shifted?: boolean;
}

/** What is held down, and what the firmware held down with it. */
interface Held extends Key {
  readonly shiftedByUs: boolean;
}

/** The keyboard of one session. */
export class Keyboard {
  readonly #press: (usage: number, pressed: boolean) => void;
  readonly #shifts: boolean;
  readonly #held = new Map<number, Held>();

  /**
   * @param press the PC's side of the keyboard
   * @param shifts whether Shift is pressed for symbols that need it. UNCERTAIN.
   */
  constructor(press: (usage: number, pressed: boolean) => void, shifts: boolean) {
    this.#press = press;
    this.#shifts = shifts;
  }

  /** An event of a console. A keysym that is on no key does nothing. */
  event(keysym: number, pressed: boolean): void {
    const key = keyOf(keysym);
    if (key === undefined) return;
    if (!pressed) {
      this.#release(keysym, key);
      return;
    }
    const before = this.#held.get(keysym);
    const shiftedByUs = before?.shiftedByUs ?? (this.#shifts && key.shifted === true && !this.#shiftHeld());
    if (shiftedByUs && before === undefined) this.#press(Modifier.leftShift, true);
    this.#held.set(keysym, { ...key, shiftedByUs });
    this.#press(key.usage, true);
  }

  /** The keyboard is unplugged: nothing stays pressed. */
  releaseAll(): void {
    for (const [keysym, key] of [...this.#held]) this.#release(keysym, key);
  }

  #release(keysym: number, key: Key): void {
    const held = this.#held.get(keysym);
    this.#held.delete(keysym);
    this.#press(key.usage, false);
    if (held?.shiftedByUs) this.#press(Modifier.leftShift, false);
  }

  #shiftHeld(): boolean {
    return [...this.#held.values()].some(({ usage }) => usage === Modifier.leftShift || usage === Modifier.rightShift);
  }
}

/** The key a keysym is on. */
function keyOf(keysym: number): Key | undefined {
  return KEYS.get(keysym);
}

/** Letters, then the keys that have two symbols, in the order of their usages. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const TWO_SYMBOLS: readonly (readonly [first: number, plain: string, shifted: string])[] = [
  [0x1e, '1234567890', '!@#$%^&*()'],
  [0x2d, '-=[]\\', '_+{}|'],
  [0x33, ";'`,./", ':"~<>?'],
];

/** Keysyms above Latin-1, by the usage of their key. */
const NAMED: readonly (readonly [usage: number, ...keysyms: readonly number[]])[] = [
  [0x28, 0xff0d],
  [0x29, 0xff1b],
  [0x2a, 0xff08],
  [0x2b, 0xff09, 0xfe20],
  [0x2c, 0x20],
  [0x39, 0xffe5],
  ...Array.from({ length: 12 }, (_, i) => [0x3a + i, 0xffbe + i] as const),
  [0x46, 0xff61, 0xff15],
  [0x47, 0xff14],
  [0x48, 0xff13, 0xff6b],
  [0x49, 0xff63],
  [0x4a, 0xff50],
  [0x4b, 0xff55],
  [0x4c, 0xffff],
  [0x4d, 0xff57],
  [0x4e, 0xff56],
  [0x4f, 0xff53],
  [0x50, 0xff51],
  [0x51, 0xff54],
  [0x52, 0xff52],
  [0x53, 0xff7f],
  [0x54, 0xffaf],
  [0x55, 0xffaa],
  [0x56, 0xffad],
  [0x57, 0xffab],
  [0x58, 0xff8d],
  // The keypad by its digits, and by what it means without Num Lock.
  [0x59, 0xffb1, 0xff9c],
  [0x5a, 0xffb2, 0xff99],
  [0x5b, 0xffb3, 0xff9b],
  [0x5c, 0xffb4, 0xff96],
  [0x5d, 0xffb5, 0xff9d],
  [0x5e, 0xffb6, 0xff98],
  [0x5f, 0xffb7, 0xff95],
  [0x60, 0xffb8, 0xff97],
  [0x61, 0xffb9, 0xff9a],
  [0x62, 0xffb0, 0xff9e],
  [0x63, 0xffae, 0xff9f, 0xffac],
  [0x65, 0xff67],
  ...Array.from({ length: 12 }, (_, i) => [0x68 + i, 0xffca + i] as const),
  // Keys that no other keysym names: Intel's own numbers, whose low byte is the code of the PC/XT.
  [0x64, 0x17170056],
  [0x87, 0x17170073],
  [0x88, 0x17170070],
  [0x89, 0x1717007d],
  [0x8a, 0x17170079],
  [0x8b, 0x1717007b],
  [Modifier.leftControl, 0xffe3],
  [Modifier.leftShift, 0xffe1],
  [Modifier.leftAlt, 0xffe9],
  // Meta as AMT's consoles send it, and Super as X11 has it. The latter is UNCERTAIN.
  [Modifier.leftGui, 0xffe7, 0xffeb],
  [Modifier.rightControl, 0xffe4],
  [Modifier.rightShift, 0xffe2],
  // ISO_Level3_Shift is UNCERTAIN.
  [Modifier.rightAlt, 0xffea, 0xfe03],
  [Modifier.rightGui, 0xffe8, 0xffec],
];

const KEYS: ReadonlyMap<number, Key> = new Map([
  ...[...LETTERS].flatMap((letter, i) => [
    [letter.charCodeAt(0), { usage: 4 + i }] as const,
    [letter.toUpperCase().charCodeAt(0), { usage: 4 + i, shifted: true }] as const,
  ]),
  ...TWO_SYMBOLS.flatMap(([first, plain, shifted]) =>
    [...plain].flatMap((symbol, i) => [
      [symbol.charCodeAt(0), { usage: first + i }] as const,
      [shifted.charCodeAt(i), { usage: first + i, shifted: true }] as const,
    ]),
  ),
  ...NAMED.flatMap(([usage, ...keysyms]) => keysyms.map((keysym) => [keysym, { usage }] as const)),
]);
