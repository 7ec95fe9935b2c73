// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what is looked for begins with ESC
/** Keys of a terminal as bytes for the serial port: named ones, and function keys in the form the host expects. [SOL §4] */

/** Forms of F1 to F12: as terminals send them, or one of three that BIOSes read. */
export type KeyStyle = 'terminal' | 'intel' | 'ansi' | 'vt100';

/** Names of keys, for texts about a name that is not known. */
export const keyNames: readonly string[] = [
  ...['ENTER', 'ESC', 'TAB', 'SPACE', 'BACKSPACE', 'DELETE', 'INSERT'],
  ...['HOME', 'END', 'PAGEUP', 'PAGEDOWN', 'UP', 'DOWN', 'LEFT', 'RIGHT'],
];

/** Bytes of a key as text: `ENTER`, `F2`, `CTRL-C`, or one character; undefined where there is no such key. */
export function keyText(name: string, style: KeyStyle = 'terminal'): string | undefined {
  if ([...name].length === 1) return name;
  const upper = name.toUpperCase();
  const [, number] = /^F(\d+)$/.exec(upper) ?? [];
  if (number !== undefined) return FUNCTION_KEYS[style][Number(number) - 1];
  const [, letter] = /^(?:CTRL[-+]|\^)([@A-Z[\\\]^_])$/.exec(upper) ?? [];
  if (letter !== undefined) return String.fromCharCode(letter.charCodeAt(0) - 0x40);
  return NAMED[upper];
}

/** What was typed at a terminal with its function keys in another form; a string of bytes. */
export function translateKeys(typed: string, style: KeyStyle): string {
  if (style === 'terminal') return typed;
  return typed.replace(TYPED, (sequence) => {
    const key = LOCAL.get(sequence);
    return key === undefined ? sequence : (FUNCTION_KEYS[style][key] ?? '');
  });
}

const ESC = '\u001b';

const NAMED: Readonly<Record<string, string>> = {
  ENTER: '\r',
  RETURN: '\r',
  ESC,
  ESCAPE: ESC,
  TAB: '\t',
  SPACE: ' ',
  BACKSPACE: '\b',
  DELETE: `${ESC}[3~`,
  DEL: `${ESC}[3~`,
  INSERT: `${ESC}[2~`,
  INS: `${ESC}[2~`,
  HOME: `${ESC}[H`,
  END: `${ESC}[F`,
  PAGEUP: `${ESC}[5~`,
  PAGEDOWN: `${ESC}[6~`,
  UP: `${ESC}[A`,
  DOWN: `${ESC}[B`,
  RIGHT: `${ESC}[C`,
  LEFT: `${ESC}[D`,
};

const FUNCTION_KEYS: Readonly<Record<KeyStyle, readonly string[]>> = {
  terminal: [
    ...['OP', 'OQ', 'OR', 'OS', '[15~', '[17~', '[18~', '[19~', '[20~', '[21~', '[23~', '[24~'].map((end) => ESC + end),
  ],
  // F11 and F12 do not exist here.
  intel: [...'PQwxtuqrpM'].map((end) => `${ESC}[O${end}`),
  ansi: [...'1234567890!@'].map((end) => ESC + end),
  vt100: [...'PQRSTUVWXYZ['].map((end) => `${ESC}O${end}`),
};

/** F1 to F12 as xterm, rxvt and the Linux console send them, each with its place in the tables. */
const LOCAL: ReadonlyMap<string, number> = new Map([
  ...FUNCTION_KEYS.terminal.map((sequence, key) => [sequence, key] as const),
  ...['[11~', '[12~', '[13~', '[14~'].map((end, key) => [ESC + end, key] as const),
  ...['[[A', '[[B', '[[C', '[[D', '[[E'].map((end, key) => [ESC + end, key] as const),
]);
const TYPED = /\u001b(?:O[P-S]|\[\[[A-E]|\[\d\d~)/g;
