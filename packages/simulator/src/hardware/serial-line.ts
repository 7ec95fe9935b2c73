/** The firmware's end of the PC's serial port: somebody listens to it, or nobody does. */
import type { ByteStream } from '@amtkit/core/streams';

/** Takes what the PC writes; the PC has to wait while the promise is open. */
export type Listener = (bytes: Uint8Array) => void | Promise<void>;

/** One serial port. What the PC writes while nobody listens is gone, as on any serial line. */
export class SerialLine {
  readonly #serial: ByteStream;
  #listener: Listener | undefined;

  constructor(serial: ByteStream) {
    this.#serial = serial;
    void this.#read();
  }

  /** Listens from now on, alone, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Writes to the PC. Resolves when it has room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#serial.write(bytes);
    } catch {
      // The port went with its PC; what was written to it is as lost as on a cut line.
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#serial) await this.#listener?.(chunk);
    } catch {
      // As above.
    }
  }
}
