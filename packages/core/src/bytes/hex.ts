/** Bytes as text, for traces, error texts and literals in tests. */

/** Pairs of hex digits with blanks between: `06 00 ff`. Nothing for no bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, pair).join(' ');
}

/**
 * The bytes that pairs of hex digits stand for; blanks and line ends between pairs are free.
 * @throws TypeError for anything else, and for half a pair.
 */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new TypeError(`Not pairs of hex digits: ${text}`);
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** The first bytes for an error text: `15 00 00 … (44 bytes)`. */
export function excerpt(bytes: Uint8Array, limit = 16): string {
  if (bytes.length === 0) return 'no bytes';
  return bytes.length <= limit ? toHex(bytes) : `${toHex(bytes.subarray(0, limit))} … (${bytes.length} bytes)`;
}

/** Sixteen bytes a line: offset, hex, and the printable ones as characters. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += 16) {
    const row = bytes.subarray(offset, offset + 16);
    const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${offset.toString(16).padStart(8, '0')}  ${toHex(row).padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}

function pair(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
