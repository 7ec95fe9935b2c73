/** The serial port of a PC whose guests come and go: one stream towards the firmware, through all of them. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';

/** The port. */
export class SerialPort {
  /** The far side. Until somebody reads it, what guests write is gone, as on a port with no cable. */
  readonly firmware: ByteStream;
  readonly #here: ByteStream;
  #connected = false;
  #guest: ByteStream | undefined;

  constructor() {
    const [there, here] = memoryPair(['serial port', 'firmware']);
    this.#here = here;
    this.firmware = {
      ...there,
      [Symbol.asyncIterator]: () => {
        this.#connected = true;
        return there[Symbol.asyncIterator]();
      },
    };
    void this.#downward();
  }

  /** Carries a guest's bytes until it ends; a guest has to wait while its reader does. `seen` is shown each piece. */
  async attach(guest: ByteStream, seen: (bytes: Uint8Array) => void): Promise<void> {
    this.#guest = guest;
    try {
      for await (const bytes of guest) {
        seen(bytes);
        if (this.#connected) await this.#here.write(bytes);
      }
    } catch {
      // It is gone, in the middle of something; or the port is.
    } finally {
      if (this.#guest === guest) this.#guest = undefined;
    }
  }

  async close(): Promise<void> {
    await this.#here.close();
  }

  /** What the firmware writes reaches who is there; a PC that is off reads nothing. */
  async #downward(): Promise<void> {
    for await (const bytes of this.#here) await this.#guest?.write(bytes).catch(() => {});
  }
}
