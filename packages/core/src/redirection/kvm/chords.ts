/** Keys by the names people write: `ctrl+alt+del`, `f10`, `shift+tab`. */
import { KEYS, type KeyCode, type KeyStroke, keysymOf } from './keysyms.ts';

/** What is written on keys, and what else people call them. Letters, digits and signs are those of a US keyboard. */
const NAMES: Readonly<Record<string, KeyCode>> = {
  alt: 'AltLeft',
  altgr: 'AltRight',
  backspace: 'Backspace',
  break: 'Pause',
  capslock: 'CapsLock',
  cmd: 'MetaLeft',
  control: 'ControlLeft',
  ctrl: 'ControlLeft',
  del: 'Delete',
  delete: 'Delete',
  down: 'ArrowDown',
  end: 'End',
  enter: 'Enter',
  esc: 'Escape',
  escape: 'Escape',
  home: 'Home',
  ins: 'Insert',
  insert: 'Insert',
  left: 'ArrowLeft',
  menu: 'ContextMenu',
  meta: 'MetaLeft',
  minus: 'Minus',
  numlock: 'NumLock',
  pagedown: 'PageDown',
  pageup: 'PageUp',
  pause: 'Pause',
  pgdn: 'PageDown',
  pgup: 'PageUp',
  print: 'PrintScreen',
  printscreen: 'PrintScreen',
  ralt: 'AltRight',
  rctrl: 'ControlRight',
  return: 'Enter',
  right: 'ArrowRight',
  rshift: 'ShiftRight',
  scrolllock: 'ScrollLock',
  shift: 'ShiftLeft',
  space: 'Space',
  super: 'MetaLeft',
  sysrq: 'PrintScreen',
  tab: 'Tab',
  up: 'ArrowUp',
  win: 'MetaLeft',
  windows: 'MetaLeft',
};

const keysyms: ReadonlyMap<string, number> = new Map([
  ...KEYS.map(([code, keysym]) => [code.toLowerCase(), keysym] as const),
  ...KEYS.filter(([, keysym]) => keysym < 0x80).map(([, keysym]) => [String.fromCharCode(keysym), keysym] as const),
  ...Object.entries(NAMES).map(([name, code]) => [name, keysymOf(code)] as const),
]);

/** Names that `chord` knows, beside single characters and what browsers call keys. */
export const KEY_NAMES: readonly string[] = [
  ...Object.keys(NAMES),
  ...Array.from({ length: 12 }, (_, i) => `f${i + 1}`),
];

/**
 * Strokes for keys that are held together: pressed in the order they stand, let go in the other. Case does not matter.
 * @throws TypeError for a key that has no such name
 */
export function chord(text: string): KeyStroke[] {
  const pressed = text.split('+').map((name) => {
    const keysym = keysyms.get(name.trim().toLowerCase());
    if (keysym !== undefined) return keysym;
    throw new TypeError(
      `"${name.trim()}" in "${text}" is no key. Keys are ${KEY_NAMES.join(' ')}, letters, digits and signs.`,
    );
  });
  return [
    ...pressed.map((keysym) => ({ keysym, pressed: true })),
    ...pressed.toReversed().map((keysym) => ({ keysym, pressed: false })),
  ];
}
