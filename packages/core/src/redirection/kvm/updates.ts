/** What the firmware sends once the screen is there: updates, painted as they come, and a few short messages. */
import { ProtocolError } from '../../errors.ts';
import type { Canvas, Decoder } from './encodings/decoder.ts';
import { decodersFor } from './encodings/index.ts';
import type { PieceTaker } from './gatherer.ts';
import { MAX_CUT_TEXT, RfbEncoding } from './messages.ts';

/** Told of what was read, at once. */
export interface UpdateHandler {
  /** The framebuffer has another size, for the rectangles that follow as well. */
  resized(width: number, height: number): void;
  /** The last rectangle of an update began; its pixels may be still under way. */
  ending(): void;
  /** All of an update is painted. */
  updated(): void;
  bell(): void;
  /** Valid for this call only. */
  text(text: Uint8Array): void;
}

/** What comes next. */
type Step = 'message' | 'update' | 'rectangle' | 'pixels' | 'palette' | 'palette-rest' | 'text-length' | 'text';

/** Reads RFB of a server after its ServerInit. Wants its bytes piece by piece, `awaiting` of them. [RFC 6143 §7.6] */
export class UpdateReader implements PieceTaker {
  awaiting = 1;
  #step: Step = 'message';
  /** Rectangles of the update that did not begin yet. */
  #rectangles = 0;
  #decoder: Decoder | undefined;
  readonly #canvas: Canvas;
  readonly #decoders: ReadonlyMap<number, Decoder>;
  readonly #handler: UpdateHandler;

  constructor(canvas: Canvas, handler: UpdateHandler) {
    this.#canvas = canvas;
    this.#decoders = decodersFor(canvas);
    this.#handler = handler;
  }

  /** Some of an update came, and not all. */
  get updating(): boolean {
    return this.#step === 'update' || this.#step === 'rectangle' || this.#step === 'pixels';
  }

  /** Tile after tile comes through here: the most frequent steps stand first. @throws ProtocolError */
  take(bytes: Uint8Array, at: number): void {
    const step = this.#step;
    if (step === 'pixels') this.#pixels(bytes, at);
    else if (step === 'rectangle') this.#rectangle(bytes, at);
    else if (step === 'update') this.#update(u16(bytes, at + 1));
    else if (step === 'message') this.#message(bytes[at] as number);
    else if (step === 'text-length') this.#textLength(u16(bytes, at + 3) * 0x10000 + u16(bytes, at + 5));
    else if (step === 'text') this.#text(bytes.subarray(at, at + this.awaiting));
    else if (step === 'palette') this.#palette(6 * u16(bytes, at + 3));
    else this.#go('message', 1);
  }

  #go(step: Step, awaiting: number): void {
    this.#step = step;
    this.awaiting = awaiting;
  }

  #message(type: number): void {
    if (type === 0) this.#go('update', 3);
    else if (type === 1) this.#go('palette', 5);
    else if (type === 2) this.#handler.bell();
    else if (type === 3) this.#go('text-length', 7);
    else throw new ProtocolError(`The firmware sent message ${type} of RFB, which does not exist.`);
  }

  #update(rectangles: number): void {
    this.#rectangles = rectangles;
    if (rectangles > 0) {
      this.#go('rectangle', 12);
    } else {
      // Firmware never sends an update of nothing; it is answered like any other.
      this.#handler.ending();
      this.#updated();
    }
  }

  #rectangle(bytes: Uint8Array, at: number): void {
    const [x, y, width, height] = [u16(bytes, at), u16(bytes, at + 2), u16(bytes, at + 4), u16(bytes, at + 6)] as const;
    const encoding = (u16(bytes, at + 8) << 16) | u16(bytes, at + 10);
    const decoder = this.#decoders.get(encoding);
    if (decoder === undefined) {
      throw new ProtocolError(`A rectangle of encoding ${encoding}, which nobody asked for.`);
    }
    const screen = this.#canvas.framebuffer;
    if (encoding !== RfbEncoding.DesktopSize && (x + width > screen.width || y + height > screen.height)) {
      throw new ProtocolError(
        `A rectangle of ${width} × ${height} at ${x}, ${y} is not within the screen of ${screen.width} × ${screen.height}.`,
      );
    }
    this.#rectangles--;
    this.#decoder = decoder;
    const needed = decoder.begin(x, y, width, height);
    if (encoding === RfbEncoding.DesktopSize) this.#handler.resized(width, height);
    if (this.#rectangles === 0) this.#handler.ending();
    if (needed > 0) this.#go('pixels', needed);
    else this.#rectangleDone();
  }

  #pixels(bytes: Uint8Array, at: number): void {
    this.awaiting = this.#decoder?.take(bytes, at) ?? 0;
    if (this.awaiting === 0) this.#rectangleDone();
  }

  #rectangleDone(): void {
    if (this.#rectangles > 0) this.#go('rectangle', 12);
    else this.#updated();
  }

  #updated(): void {
    this.#go('message', 1);
    this.#handler.updated();
  }

  /** Nobody uses a palette here: it is skipped. */
  #palette(length: number): void {
    if (length > 0) this.#go('palette-rest', length);
    else this.#go('message', 1);
  }

  #textLength(length: number): void {
    if (length > MAX_CUT_TEXT) throw new ProtocolError(`A cut text of ${length} bytes; the limit is ${MAX_CUT_TEXT}.`);
    if (length > 0) this.#go('text', length);
    else this.#text(new Uint8Array(0));
  }

  #text(text: Uint8Array): void {
    this.#go('message', 1);
    this.#handler.text(text);
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
