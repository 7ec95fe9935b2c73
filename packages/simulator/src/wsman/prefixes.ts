/** Prefixes as real firmware hands them out: the first six are always the same, the rest follow in order of need. */
import { ns } from '@amtkit/core/wire';

/** Namespaces of one reply. */
export class Prefixes {
  readonly #letters = new Map<string, string>();

  /** The letter for a namespace, the next free one where it has none yet. */
  of(uri: string): string {
    const fixed = FIXED.get(uri);
    if (fixed !== undefined) return fixed;
    let letter = this.#letters.get(uri);
    if (letter === undefined) {
      letter = String.fromCharCode('g'.charCodeAt(0) + this.#letters.size);
      this.#letters.set(uri, letter);
    }
    return letter;
  }

  /** The declarations, in the order firmware writes them. */
  declarations(): string {
    let text = FIXED_DECLARATIONS;
    for (const [uri, letter] of this.#letters) text += ` xmlns:${letter}="${uri}"`;
    return `${text} xmlns:xsi="${ns.xsi}"`;
  }
}

const FIXED = new Map([
  [ns.soap as string, 'a'],
  [ns.addressing, 'b'],
  [ns.wsman, 'c'],
  [ns.trust, 'd'],
  [ns.secext, 'e'],
  [ns.cimBinding, 'f'],
]);

const FIXED_DECLARATIONS = [...FIXED].map(([uri, letter]) => ` xmlns:${letter}="${uri}"`).join('');
