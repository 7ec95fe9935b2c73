/** Keys of a USB keyboard by the names QEMU has for them. [HID §10] [QMP: QKeyCode] */

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const DIGITS = [...'1234567890'];

const KEYPAD_DIGITS = DIGITS.map((digit) => `kp_${digit}`);
const F_KEYS = Array.from({ length: 12 }, (_, i) => `f${i + 1}`);
const HIGH_F_KEYS = Array.from({ length: 12 }, (_, i) => `f${i + 13}`);

/** First usage, and the names from there on. */
const RANGES: readonly (readonly [first: number, names: readonly string[]])[] = [
  [0x04, [...LETTERS, ...DIGITS, 'ret', 'esc', 'backspace', 'tab', 'spc']],
  [0x2d, ['minus', 'equal', 'bracket_left', 'bracket_right', 'backslash', 'backslash']],
  [0x33, ['semicolon', 'apostrophe', 'grave_accent', 'comma', 'dot', 'slash', 'caps_lock', ...F_KEYS]],
  [0x46, ['print', 'scroll_lock', 'pause', 'insert', 'home', 'pgup', 'delete', 'end', 'pgdn']],
  [0x4f, ['right', 'left', 'down', 'up', 'num_lock']],
  [0x54, ['kp_divide', 'kp_multiply', 'kp_subtract', 'kp_add', 'kp_enter', ...KEYPAD_DIGITS, 'kp_decimal']],
  [0x64, ['less', 'compose']],
  [0x68, HIGH_F_KEYS],
  [0x87, ['ro', 'katakanahiragana', 'yen', 'henkan', 'muhenkan']],
  [0xe0, ['ctrl', 'shift', 'alt', 'meta_l', 'ctrl_r', 'shift_r', 'alt_r', 'meta_r']],
];

const NAMES = new Map(RANGES.flatMap(([first, names]) => names.map((name, i) => [first + i, name] as const)));

/** QEMU's name of the key with this usage; none for keys it does not know. */
export function qemuKey(usage: number): string | undefined {
  return NAMES.get(usage);
}
