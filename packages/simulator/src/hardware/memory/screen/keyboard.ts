/** The pretend PC's keyboard driver: keys of an American keyboard become letters and words. [HID §10] */

/** A key that went down, as whoever types means it. */
export interface KeyPress {
  /** Such as `a`, `A`, `Enter`, `F12`. */
  readonly name: string;
  /** What a terminal gets to read: a letter, a control code, an escape sequence. Empty where it gets nothing. */
  readonly text: string;
  readonly control: boolean;
  readonly alt: boolean;
}

/** The driver. */
export class KeyboardDriver {
  readonly #held = new Set<number>();
  #capsLock = false;

  /** A key goes down or up. @returns what was pressed; nothing for a key that goes up, or a modifier */
  event(usage: number, pressed: boolean): KeyPress | undefined {
    if (!pressed) {
      this.#held.delete(usage);
      return undefined;
    }
    const repeated = this.#held.has(usage);
    this.#held.add(usage);
    if (usage === CAPS_LOCK && !repeated) this.#capsLock = !this.#capsLock;
    if (usage === CAPS_LOCK || usage >= LEFT_CONTROL) return undefined;
    const control = this.#any(LEFT_CONTROL, LEFT_CONTROL + 4);
    const alt = this.#any(LEFT_CONTROL + 2, LEFT_CONTROL + 6);
    const letter = this.#letter(usage);
    if (letter !== undefined) return { name: letter, text: control ? controlOf(letter) : letter, control, alt };
    const [name, text] = NAMED[usage] ?? [`0x${usage.toString(16)}`, ''];
    return { name, text, control, alt };
  }

  /** Nobody holds anything any more. */
  reset(): void {
    this.#held.clear();
    this.#capsLock = false;
  }

  #letter(usage: number): string | undefined {
    const shift = this.#any(LEFT_CONTROL + 1, LEFT_CONTROL + 5);
    if (usage >= 0x04 && usage <= 0x1d) {
      const letter = String.fromCharCode(0x61 + usage - 4);
      return shift !== this.#capsLock ? letter.toUpperCase() : letter;
    }
    const pair = SYMBOLS[usage];
    if (pair !== undefined) return pair[shift ? 1 : 0];
    return usage >= 0x54 && usage <= 0x63 ? KEYPAD[usage - 0x54] : undefined;
  }

  #any(...usages: readonly number[]): boolean {
    return usages.some((usage) => this.#held.has(usage));
  }
}

const CAPS_LOCK = 0x39;
const LEFT_CONTROL = 0xe0;

/** Without and with Shift. */
const SYMBOLS: Readonly<Record<number, string>> = {
  ...Object.fromEntries([...'1234567890'].map((digit, i) => [0x1e + i, digit + '!@#$%^&*()'[i]])),
  ...Object.fromEntries([...'-=[]\\'].map((symbol, i) => [0x2d + i, symbol + '_+{}|'[i]])),
  ...Object.fromEntries([...";'`,./"].map((symbol, i) => [0x33 + i, symbol + ':"~<>?'[i]])),
  44: '  ',
  100: '\\|',
};

/** From 0x54 on; Num Lock is always on. Enter is no letter. */
const KEYPAD: readonly (string | undefined)[] = [...'/*-+', undefined, ...'1234567890.'];

/** Names, and what terminals read. [ECMA-48] */
const NAMED: Readonly<Record<number, readonly [name: string, text: string]>> = {
  40: ['Enter', '\r'],
  41: ['Escape', '\x1b'],
  42: ['Backspace', '\x7f'],
  43: ['Tab', '\t'],
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [0x3a + i, [`F${i + 1}`, '']])),
  70: ['Print', ''],
  71: ['ScrollLock', ''],
  72: ['Pause', ''],
  73: ['Insert', '\x1b[2~'],
  74: ['Home', '\x1b[H'],
  75: ['PageUp', '\x1b[5~'],
  76: ['Delete', '\x1b[3~'],
  77: ['End', '\x1b[F'],
  78: ['PageDown', '\x1b[6~'],
  79: ['Right', '\x1b[C'],
  80: ['Left', '\x1b[D'],
  81: ['Down', '\x1b[B'],
  82: ['Up', '\x1b[A'],
  83: ['NumLock', ''],
  88: ['Enter', '\r'],
  101: ['Menu', ''],
};

function controlOf(letter: string): string {
  return /^[a-z@[\\\]^_]$/i.test(letter) ? String.fromCharCode(letter.toUpperCase().charCodeAt(0) & 0x1f) : letter;
}
