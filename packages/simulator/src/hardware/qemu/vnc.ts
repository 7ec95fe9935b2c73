/** Watches a guest's screen by QEMU's own VNC server: plain pixels over a UNIX socket, and nothing else. [RFC 6143] */
import type { ByteStream } from '@amtkit/core/streams';
import {
  Inbox,
  ProtocolError,
  RFB_VERSION,
  RfbEncoding,
  RfbSecurity,
  rectangleHead,
  rfbClientMessages,
  rfbServerMessages,
  rfbVersion,
  securityResult,
  securityTypes,
  serverInit,
} from '@amtkit/core/wire';
import type { Area } from '../screen.ts';

/** Who is told of what the screen shows. */
export interface VncWatcher {
  /** It has this size now; all of it comes anew. */
  resized(width: number, height: number): void;
  /** A row of an area came: four bytes a pixel, blue, green, red and one that means nothing. */
  row(x: number, y: number, pixels: Uint8Array): void;
  /** What came since the last time is a whole picture. */
  painted(areas: readonly Area[]): void;
}

type State =
  | { readonly name: 'version' | 'security' | 'result' | 'init' | 'message' | 'rectangle' }
  | { readonly name: 'pixels'; readonly area: Area; row: number };

/** Blue in the lowest byte, as numbers 0xRRGGBB are kept. */
const PIXELS = {
  ...{ bitsPerPixel: 32, depth: 24, bigEndian: 0, trueColour: 1, redMax: 255, greenMax: 255, blueMax: 255 },
  ...{ redShift: 16, greenShift: 8, blueShift: 0 },
};

/** One connection. */
export class VncConnection {
  readonly #stream: ByteStream;
  readonly #watcher: VncWatcher;
  readonly #inbox = new Inbox(64 * 1024 * 1024);
  #state: State = { name: 'version' };
  #size = { width: 0, height: 0 };
  /** Rectangles of the update that are still to come, and those that came. */
  #left = 0;
  #areas: Area[] = [];

  constructor(stream: ByteStream, watcher: VncWatcher) {
    [this.#stream, this.#watcher] = [stream, watcher];
  }

  /** Reads until the connection ends. @throws ProtocolError, ConnectFailed */
  async run(): Promise<void> {
    try {
      for await (const chunk of this.#stream) {
        this.#inbox.push(chunk);
        while (this.#inbox.length > 0 && this.#step());
      }
    } finally {
      await this.#stream.close();
    }
  }

  /**
   * Somebody typed: looks closely again. Observed (QEMU 7.2): a screen that does not change is looked at ever more
   * seldom, every three seconds in the end, until its viewer says more than that it wants to see; an empty clipboard does.
   */
  hurry(): void {
    const { name } = this.#state;
    if (name !== 'message' && name !== 'rectangle' && name !== 'pixels') return;
    this.#stream.write(rfbClientMessages.encode({ type: 'ClientCutText', text: new Uint8Array(0) })).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#stream.close();
  }

  /** Takes what is whole; false where more has to come. */
  #step(): boolean {
    const state = this.#state;
    switch (state.name) {
      case 'version':
        return this.#take(rfbVersion, () => this.#say(rfbVersion.encode({ version: RFB_VERSION }), 'security'));
      case 'security':
        return this.#take(securityTypes, ({ types }) => {
          if (!types.includes(RfbSecurity.None)) throw new ProtocolError('QEMU asks for a VNC password.');
          this.#say(Uint8Array.of(RfbSecurity.None), 'result');
        });
      case 'result':
        return this.#take(securityResult, ({ status }) => {
          if (status !== 0) throw new ProtocolError('QEMU lets nobody look at its screen.');
          this.#say(Uint8Array.of(1), 'init');
        });
      case 'init':
        return this.#take(serverInit, (init) => {
          this.#say(rfbClientMessages.encode({ type: 'SetPixelFormat', ...PIXELS }), 'message');
          const encodings = [RfbEncoding.Raw, RfbEncoding.DesktopSize];
          this.#say(rfbClientMessages.encode({ type: 'SetEncodings', encodings }), 'message');
          this.#resize(init.width, init.height);
        });
      case 'message':
        return this.#take(rfbServerMessages, (message) => {
          if (message.type !== 'FramebufferUpdate') return;
          this.#left = message.rectangles;
          this.#next();
        });
      case 'rectangle':
        return this.#take(rectangleHead, ({ encoding, ...area }) => {
          if (encoding === RfbEncoding.DesktopSize) {
            this.#areas = [];
            this.#left--;
            this.#resize(area.width, area.height, this.#left > 0);
          } else if (encoding === RfbEncoding.Raw) this.#state = { name: 'pixels', area, row: 0 };
          else throw new ProtocolError(`QEMU sends a rectangle of encoding ${encoding}, which nobody asked for.`);
        });
      case 'pixels':
        return this.#rows(state);
    }
  }

  #rows(state: Extract<State, { name: 'pixels' }>): boolean {
    const { x, y, width, height } = state.area;
    while (state.row < height) {
      const row = this.#inbox.take(4 * width);
      if (row === undefined) return false;
      this.#watcher.row(x, y + state.row++, row);
    }
    this.#areas.push(state.area);
    this.#left--;
    this.#next();
    return true;
  }

  /** The next rectangle, or the next update. */
  #next(): void {
    if (this.#left > 0) {
      this.#state = { name: 'rectangle' };
      return;
    }
    this.#watcher.painted(this.#areas.splice(0));
    this.#ask(true);
  }

  #resize(width: number, height: number, more = false): void {
    this.#size = { width, height };
    this.#watcher.resized(width, height);
    if (more) this.#state = { name: 'rectangle' };
    else this.#ask(false);
  }

  #ask(incremental: boolean): void {
    const request = { incremental: incremental ? 1 : 0, x: 0, y: 0, ...this.#size };
    this.#say(rfbClientMessages.encode({ type: 'FramebufferUpdateRequest', ...request }), 'message');
  }

  #say(bytes: Uint8Array, then: 'security' | 'result' | 'init' | 'message'): void {
    this.#stream.write(bytes).catch(() => {});
    this.#state = { name: then };
  }

  #take<Message>(
    codec: { decode(reader: Parameters<Parameters<Inbox['next']>[0]>[0]): Message | undefined },
    act: (message: Message) => void,
  ): boolean {
    const message = this.#inbox.next((reader) => codec.decode(reader));
    if (message === undefined) return false;
    act(message);
    return true;
  }
}
