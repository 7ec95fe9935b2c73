/** The way out of a terminal that hands every key to the machine: `Ctrl-]`, then one key. */

/** Where typed bytes go. */
export interface EscapeTargets {
  /** For the machine. */
  text(bytes: Uint8Array): void;
  /** The key behind `Ctrl-]`. Returns whether the next one is for us, too. */
  key(key: string): boolean;
}

/** Takes typed bytes apart, piece by piece. `Ctrl-]` twice is one for the machine. */
export function escapes({ text, key }: EscapeTargets): (chunk: Uint8Array) => void {
  let ours = false;
  return (chunk) => {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (ours && byte === ESCAPE_BYTE) {
        ours = false;
        from = at;
      } else if (ours) {
        ours = key(String.fromCharCode(byte));
        from = at + 1;
      } else if (byte === ESCAPE_BYTE) {
        if (at > from) text(chunk.subarray(from, at));
        ours = true;
        from = at + 1;
      }
    }
    if (from < chunk.length) text(chunk.subarray(from));
  };
}

/** `Ctrl-]`. */
const ESCAPE_BYTE = 0x1d;
