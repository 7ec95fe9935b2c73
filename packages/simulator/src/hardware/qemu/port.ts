/** The serial port of a PC whose guests come and go: one stream towards the firmware, through all of them. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';

/** Milliseconds that a guest is held when nobody reads what it writes. Then its bytes are lost, as on a port with no cable. */
const PATIENCE = 1000;

/** The port. */
export class SerialPort {
  /** The far side. */
  readonly firmware: ByteStream;
  readonly #here: ByteStream;
  #guest: ByteStream | undefined;
  /** The last bytes towards the firmware, while there is no room for more. */
  #waiting: Promise<void> | undefined;
  /** Nobody has read for a while. */
  #lost = false;

  constructor() {
    [this.firmware, this.#here] = memoryPair(['serial port', 'firmware']);
    void this.#downward();
  }

  /** Carries a guest's bytes until it ends. `seen` is shown each piece. */
  async attach(guest: ByteStream, seen: (bytes: Uint8Array) => void): Promise<void> {
    this.#guest = guest;
    try {
      for await (const bytes of guest) {
        seen(bytes);
        await this.#upward(bytes);
      }
    } catch {
      // It is gone, in the middle of something.
    } finally {
      if (this.#guest === guest) this.#guest = undefined;
    }
  }

  async close(): Promise<void> {
    await this.#here.close();
  }

  async #upward(bytes: Uint8Array): Promise<void> {
    if (this.#waiting !== undefined && !this.#lost) this.#lost = !(await within(PATIENCE, this.#waiting));
    if (this.#lost) return;
    const write = this.#here.write(bytes).catch(() => {});
    this.#waiting = write;
    void write.then(() => {
      if (this.#waiting === write) this.#waiting = undefined;
      this.#lost = false;
    });
  }

  /** What the firmware writes reaches who is there; a PC that is off reads nothing. */
  async #downward(): Promise<void> {
    for await (const bytes of this.#here) await this.#guest?.write(bytes).catch(() => {});
  }
}

/** Whether it was done in time. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return done;
}
