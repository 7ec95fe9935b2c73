/** Enumerations under way: the items that wait for their Pull. */
import type { Firmware } from '../firmware.ts';
import type { Instance } from '../values.ts';

/** One enumeration. */
export interface Enumeration {
  readonly className: string;
  readonly user: string;
  /** Whether items are instances, pointers to them, or both. */
  readonly mode: 'objects' | 'references' | 'both';
  readonly items: readonly Instance[];
  readonly expires: number;
}

/** Contexts of one firmware. */
export class Enumerations {
  readonly #firmware: Firmware;
  #open: Map<string, Enumeration> | undefined;
  #counter = 0x14;

  constructor(firmware: Firmware) {
    this.#firmware = firmware;
  }

  /** Keeps an enumeration and names its context: a little-endian counter where a UUID is expected. */
  open(enumeration: Omit<Enumeration, 'expires'>): string {
    const { clock, quirks } = this.#firmware;
    const number = this.#counter++;
    const bytes = [number, number >>> 8, number >>> 16, number >>> 24].map((byte) =>
      (byte & 0xff).toString(16).toUpperCase().padStart(2, '0'),
    );
    const context = `${bytes.join('')}-0000-0000-0000-000000000000`;
    this.#open ??= new Map();
    if (quirks.oneEnumeration) this.#open.clear();
    for (const [name, { expires }] of this.#open) {
      if (expires <= clock.now() || this.#open.size >= MOST) this.#open.delete(name);
    }
    this.#open.set(context, { ...enumeration, expires: clock.now() + quirks.contextSeconds * 1000 });
    return context;
  }

  /** The enumeration of a context, which is used up by that; `undefined` where it never was, is done or has expired. */
  take(context: string): Enumeration | undefined {
    const found = this.#open?.get(context);
    this.#open?.delete(context);
    return found !== undefined && found.expires > this.#firmware.clock.now() ? found : undefined;
  }
}

/** Contexts kept at once; the oldest goes first. */
const MOST = 8;
