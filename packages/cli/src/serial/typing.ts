/** What is typed here, as the host over there wants it: Enter, Backspace, function keys, characters. */
import { encodeSerialText, serialDecoder, translateSerialKeys } from '@amtkit/core/automation';
import type { TypingStyle } from './style.ts';

/** A translator of what is typed, piece by piece. */
export function typist(style: TypingStyle): (typed: Uint8Array) => Uint8Array {
  const utf8 = new TextDecoder();
  return (typed) => {
    // The bytes of UTF-8 pass through unharmed as long as nobody takes them for characters.
    const bytes = Buffer.from(typed).toString('latin1');
    const keys = translateSerialKeys(bytes, style.keys);
    const ended =
      style.enter === 'asis' ? keys : keys.replace(style.lines ? /\r\n|\r|\n/g : /\r/g, ENTERS[style.enter]);
    const erased = style.backspace === 'bs' ? ended.replaceAll('\u007f', '\b') : ended;
    const translated = Buffer.from(erased, 'latin1');
    if (style.encoding === 'utf8') return translated;
    return encodeSerialText(utf8.decode(translated, { stream: true }), style.encoding);
  };
}

const ENTERS = { cr: '\r', lf: '\n', crlf: '\r\n' } as const;

/**
 * What the host writes, for a terminal. A line feed alone moves down and keeps the column, as on the terminals hosts
 * believe in; ours would go back to the first column, so it is told in another way.
 */
export function forTerminal(style: Pick<TypingStyle, 'encoding'>): (bytes: Uint8Array) => Uint8Array {
  let decode = serialDecoder(style.encoding);
  let encoding = style.encoding;
  let afterCr = false;
  return (bytes) => {
    if (encoding !== style.encoding) {
      encoding = style.encoding;
      decode = serialDecoder(encoding);
    }
    const shown = encoding === 'utf8' ? bytes : Buffer.from(decode(bytes), 'utf8');
    if (!shown.includes(LF)) {
      if (shown.length > 0) afterCr = shown.at(-1) === CR;
      return shown;
    }
    const out: number[] = [];
    for (const byte of shown) {
      if (byte === LF && !afterCr) out.push(...INDEX);
      else out.push(byte);
      // After CR LF the cursor stands in the first column still: more line feeds stay there, told either way.
      afterCr = byte === CR || (byte === LF && afterCr);
    }
    return Uint8Array.from(out);
  };
}

const LF = 0x0a;
const CR = 0x0d;
/** ESC D: down one line, in the same column. [ECMA-48 §8.3 IND, as VT100 has it] */
const INDEX = [0x1b, 0x44] as const;
