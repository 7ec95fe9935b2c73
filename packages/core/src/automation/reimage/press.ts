/** The key that a loader waits for, pressed again and again while it may be waiting. */

/** Which key, and for how long. */
export interface ReimagePress {
  readonly key: string;
  /** From the first block that the loader reads. @default 10 */
  readonly seconds: number;
}

/** Presses a key once, wherever keys go: the serial port, or a screen session, which has keys of its own. */
export type PressKey = (key: string) => Promise<void>;

/** How often it is pressed. */
export const PRESS_EVERY_MS = 500;

/**
 * Reads `KEY` or `KEY:SECONDS`. Keys are `enter`, `space`, `esc`, `tab`, `backspace`, `delete`, the arrows `up`, `down`,
 * `left` and `right`, `home`, `end`, `f1` to `f12`, or a single character.
 * @throws TypeError with a sentence that names what was expected
 */
export function parsePress(text: string): ReimagePress {
  const [, key = text, digits] = /^(.+?)(?::(\d+))?$/s.exec(text) ?? [];
  const seconds = digits === undefined ? 10 : Number(digits);
  serialKey(key);
  if (seconds < 1 || seconds > 600) {
    throw new TypeError(`A key is pressed for 1 to 600 seconds, not ${digits}.`);
  }
  return { key, seconds };
}

/** What a terminal sends for a key. @throws TypeError for unknown ones */
export function serialKey(key: string): string {
  const named = KEYS[key.toLowerCase()];
  if (named !== undefined) return named;
  if ([...key].length === 1) return key;
  throw new TypeError(
    `There is no key ${JSON.stringify(key)}; keys are ${Object.keys(KEYS).join(', ')}, or one character.`,
  );
}

/** As terminals of the VT family send them; function keys as a BIOS with serial redirection expects them. [ECMA-48] */
const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  space: ' ',
  esc: '\x1b',
  tab: '\t',
  backspace: '\b',
  delete: '\x1b[3~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  f1: '\x1bOP',
  f2: '\x1bOQ',
  f3: '\x1bOR',
  f4: '\x1bOS',
  f5: '\x1b[15~',
  f6: '\x1b[17~',
  f7: '\x1b[18~',
  f8: '\x1b[19~',
  f9: '\x1b[20~',
  f10: '\x1b[21~',
  f11: '\x1b[23~',
  f12: '\x1b[24~',
};
