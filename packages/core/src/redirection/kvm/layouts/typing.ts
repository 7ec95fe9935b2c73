/** Text as strokes of a keyboard. */
import type { KeyStroke } from '../keysyms.ts';
import { de } from './de.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import type { KeyboardLayout } from './layout.ts';
import { uk } from './uk.ts';
import { us } from './us.ts';

/** The layouts that are known, by name. */
export const keyboardLayouts = { us, uk, de, fr, es } as const satisfies Readonly<Record<string, KeyboardLayout>>;

/** Name of a layout. */
export type KeyboardLayoutName = keyof typeof keyboardLayouts;

/**
 * The strokes that type `text` where the guest has this layout. Every modifier is let go after its character.
 * @throws TypeError for a character that the keyboard cannot make
 */
export function typing(text: string, layout: KeyboardLayout): KeyStroke[] {
  return Array.from(text.replaceAll('\r\n', '\n').normalize('NFC')).flatMap((character) => {
    const strokes = layout.strokes(character);
    if (strokes !== undefined) return strokes;
    throw new TypeError(`${JSON.stringify(character)} cannot be typed on the keyboard ${layout.name}.`);
  });
}
