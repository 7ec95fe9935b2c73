/** The pretend PC's disk: what the factory put on it, or what was installed since. */
import { createHash } from 'node:crypto';

/** The disk, as tests look at it. */
export interface PretendDisk {
  /** Bytes it holds at most. */
  readonly size: number;
  /** What was installed, from the first block on; nothing while it is as it came from the factory. */
  readonly bytes: Uint8Array;
  /** What a BIOS would start: the factory's system, what was installed, or nothing where that never came to its end. */
  readonly system: 'factory' | 'installed' | 'none';
  /** SHA-256 of {@link bytes}, lower-case hex. */
  readonly sha256: string;
}

const MIB = 1024 * 1024;

/** The disk. It takes no memory before something is written. */
export class Disk implements PretendDisk {
  readonly size: number;
  #bytes = new Uint8Array(0);
  #used = 0;
  #state: 'factory' | 'writing' | 'complete' = 'factory';

  /** @param size bytes. @default 1 GiB */
  constructor(size: number = 1024 * MIB) {
    this.size = size;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  get sha256(): string {
    return createHash('sha256').update(this.bytes).digest('hex');
  }

  get system(): 'factory' | 'installed' | 'none' {
    if (this.#state === 'factory') return 'factory';
    return this.#state === 'complete' ? 'installed' : 'none';
  }

  /** What was on it is gone. @param expected bytes that will be stored, as far as known */
  wipe(expected = 0): void {
    this.#bytes = new Uint8Array(expected);
    this.#used = 0;
    this.#state = 'writing';
  }

  /** Stores behind what was stored since {@link wipe}. @throws RangeError when it is full */
  append(data: Uint8Array): void {
    const needed = this.#used + data.length;
    if (needed > this.size) throw new RangeError(`The disk holds ${this.size} bytes.`);
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(2 * needed, this.size)));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(data, this.#used);
    this.#used = needed;
  }

  /** All is written, the first block last: from now on there is something to start. */
  complete(): void {
    this.#state = 'complete';
  }
}
