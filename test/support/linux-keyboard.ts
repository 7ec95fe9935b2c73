/**
 * What Linux makes of the keys that arrive in a guest, by the layouts of xkeyboard-config: other people's account of
 * what is typed, which knows nothing of keysyms and usages of ours. [XKB] [EVDEV]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A key that went down, or up. */
export interface KeyEvent {
  /** Number of the key as Linux has it. */
  readonly code: number;
  readonly pressed: boolean;
}

/** The keys in what the guest of the test media tells on its serial port; what else it says of them is left out. */
export function keyEventsIn(text: string): KeyEvent[] {
  // Kind 1 is a key, value 2 a repetition.
  return [...text.matchAll(/^amtkit-keys: .* kind 1 code (\d+) value ([012])\r?$/gm)].map(([, code, value]) => {
    if (value === '2') throw new Error(`Key ${code} was held so long that it was repeated.`);
    return { code: Number(code), pressed: value === '1' };
  });
}

const SHIFT = [42, 54];
const ALTGR = [100];

/** Names that X has for what keys make, where they are not the characters themselves. [XLIB] */
const NAMES = new Map(
  [
    ...String.raw`
    exclam ! quotedbl " numbersign # dollar $ percent % ampersand & apostrophe ' parenleft ( parenright ) asterisk *
    plus + comma , minus - period . slash / colon : semicolon ; less < equal = greater > question ? at @
    bracketleft [ backslash \ bracketright ] asciicircum ^ underscore _ grave ${'`'} braceleft { bar | braceright }
    asciitilde ~ exclamdown ¡ sterling £ currency ¤ brokenbar ¦ section § ordfeminine ª notsign ¬ degree °
    twosuperior ² threesuperior ³ mu µ periodcentered · masculine º questiondown ¿ adiaeresis ä Adiaeresis Ä
    odiaeresis ö Odiaeresis Ö udiaeresis ü Udiaeresis Ü ssharp ß eacute é egrave è agrave à ugrave ù ccedilla ç
    Ccedilla Ç ntilde ñ Ntilde Ñ EuroSign €`.matchAll(/(\w{2,}) (\S)/g),
  ].map(([, name = '', character = '']) => [name, character] as const),
).set('space', ' ');

/** Accents of dead keys, as they combine, and alone as a blank behind them makes them. */
const DEAD: Readonly<Record<string, readonly [combining: string, alone: string]>> = {
  dead_grave: ['\u0300', '`'],
  dead_acute: ['\u0301', '´'],
  dead_circumflex: ['\u0302', '^'],
  dead_tilde: ['\u0303', '~'],
  dead_diaeresis: ['\u0308', '¨'],
};

/** One layout: what each key makes plain, with Shift, and with AltGr. */
export class LinuxLayout {
  readonly #keys = new Map<number, readonly string[]>();

  /** @param folder of xkeyboard-config. @param name such as `de` */
  constructor(folder: string, name: string) {
    const numbers = new Map(
      [...read(folder, 'keycodes/evdev').matchAll(/<(\w+)> *= *(\d+);/g)].map(([, key, code]) => [key, Number(code)]),
    );
    for (const [key, made] of [...symbols(folder, 'pc', 'pc105'), ...symbols(folder, name, 'basic')]) {
      // X counts keys from 8.
      const code = numbers.get(key);
      if (code !== undefined) this.#keys.set(code - 8, made);
    }
  }

  /** The text that these keys make. @throws Error where they make none, or where a key stays down */
  text(events: readonly KeyEvent[]): string {
    const held = new Set<number>();
    let text = '';
    let accent: readonly [combining: string, alone: string] | undefined;
    for (const { code, pressed } of events) {
      if (pressed === held.has(code)) throw new Error(`Key ${code} is ${pressed ? 'down' : 'up'} already.`);
      if (!pressed) held.delete(code);
      else held.add(code);
      if (!pressed || SHIFT.includes(code) || ALTGR.includes(code)) continue;
      const level = (SHIFT.some((key) => held.has(key)) ? 1 : 0) + (ALTGR.some((key) => held.has(key)) ? 2 : 0);
      const name = this.#keys.get(code)?.[level] ?? '';
      const dead = DEAD[name];
      const character = name.length === 1 ? name : NAMES.get(name);
      if (dead === undefined && character === undefined) throw new Error(`Key ${code} makes ${name || 'nothing'}.`);
      if (accent === undefined) {
        text += character ?? '';
        accent = dead;
      } else {
        text += character === ' ' ? accent[1] : `${character}${accent[0]}`.normalize('NFC');
        accent = undefined;
      }
    }
    if (held.size > 0) throw new Error(`Keys stay down: ${[...held].join(' ')}.`);
    return text;
  }
}

/** What keys make, by the names that X has for their places: later entries overrule. */
function symbols(folder: string, file: string, section: string): (readonly [key: string, made: string[]])[] {
  const start = read(folder, `symbols/${file}`).split(`xkb_symbols "${section}" {`)[1] ?? '';
  const [body = ''] = start.split(/^};/m);
  return [
    ...body.matchAll(
      /include "(\w+)(?:\((\w+)\))?"|key\s+<(\w+)>\s*\{[^[{}]*(?:\[Group1\]\s*=\s*[^[{}]*)*\[([^\]]*)\]/g,
    ),
  ]
    .filter(([, included, , key]) => key !== undefined || included === 'latin')
    .flatMap(([, included = '', part = 'basic', key, made = '']) =>
      key === undefined
        ? symbols(folder, included, part)
        : [[key, made.split(',').map((name) => name.trim())] as const],
    );
}

function read(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8').replaceAll(/\/\/.*$/gm, '');
}
