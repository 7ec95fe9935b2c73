/** Bytes that arrived and were not taken yet: what holds a sender back who is faster than the reader. */

/** Bytes that may lie here before the sender has to wait. */
const ROOM = 64 * 1024;

/** One sender, and a reader at his own pace. */
export class Unread {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #end: { readonly error: Error | undefined } | undefined;
  /** Wake who waits for bytes. */
  #readers: (() => void)[] = [];
  /** Frees the sender who waits for room. */
  #room: (() => void) | undefined;

  /** Takes bytes over. A promise where the sender is to wait for room. */
  put(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#end !== undefined) return undefined;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    this.#wake();
    if (this.#length < ROOM) return undefined;
    return new Promise((resolve) => {
      this.#room = resolve;
    });
  }

  /**
   * All that lies here, in one piece, so that slow readers get much at once; `undefined` when nothing more comes.
   * @throws what ended it, behind the last bytes
   */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
    if (this.#chunks.length > 0) return this.#takeAll();
    if (this.#end?.error !== undefined) throw this.#end.error;
    return undefined;
  }

  /** Nothing more comes, for this reason or for none. What lies here can still be taken. */
  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Forgets what lies here. */
  clear(): void {
    this.#takeAll();
  }

  #takeAll(): Uint8Array {
    const chunks = this.#chunks;
    const all = chunks.length === 1 ? (chunks[0] as Uint8Array) : joined(chunks, this.#length);
    this.#chunks = [];
    this.#length = 0;
    this.#room?.();
    this.#room = undefined;
    return all;
  }

  #wake(): void {
    for (const wake of this.#readers.splice(0)) wake();
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
