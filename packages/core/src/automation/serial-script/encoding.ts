/** Bytes of a serial port as text and back: UTF-8 as Linux speaks it, code page 437 as BIOSes do. [SOL §4] */

/** How a host writes characters beyond ASCII. */
export type Encoding = 'utf8' | 'cp437';

/** Text of bytes that come in pieces: a character that is not whole yet comes with the next piece. */
export type Decoder = (bytes: Uint8Array) => string;

/** A decoder for one stream. */
export function decoderOf(encoding: Encoding): Decoder {
  if (encoding === 'cp437') return (bytes) => Array.from(bytes, (byte) => LOW[byte] ?? characterOf(byte)).join('');
  const utf8 = new TextDecoder();
  return (bytes) => utf8.decode(bytes, { stream: true });
}

/** Text as a host reads it; a character the code page does not have is a question mark. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf8') return new TextEncoder().encode(text);
  return Uint8Array.from(text, (character) => byteOf(character));
}

function characterOf(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : (HIGH[byte - 0x80] ?? '\ufffd');
}

function byteOf(character: string): number {
  const code = character.charCodeAt(0);
  if (code < 0x80) return code;
  const at = HIGH.indexOf(character);
  return at < 0 ? 0x3f : at + 0x80;
}

/** 0x80 to 0xff. */
const HIGH =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** Arrows that BIOS menus draw with control bytes. The others keep their meaning. */
const LOW: Readonly<Record<number, string>> = {
  16: '►',
  17: '◄',
  24: '↑',
  25: '↓',
  26: '→',
  30: '▲',
  31: '▼',
};
