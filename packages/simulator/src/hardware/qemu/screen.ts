/** The screen of a PC made of QEMU, through all its guests: connected to while somebody looks, black while there is none. */
import { createConnection } from 'node:net';
import { socketStream } from '../../servers/listener.ts';
import { type Area, areaOf, type Screen, type ScreenWatcher } from '../screen.ts';
import { qemuKey } from './keys.ts';
import type { Qmp } from './qmp.ts';
import { VncConnection } from './vnc.ts';

/** Size of the text mode that a PC starts in. */
const TEXT = { width: 720, height: 400 };

/** The largest coordinate of a USB tablet. */
const TABLET = 0x7fff;

/** QEMU's names of buttons, in the order of their bits. */
const BUTTONS = ['left', 'middle', 'right', 'wheel-up', 'wheel-down'] as const;

/** The screen. */
export class QemuScreen implements Screen {
  readonly #socket: string;
  readonly #log: (line: string) => void;
  readonly #watchers = new Set<ScreenWatcher>();
  #qmp: Pick<Qmp, 'execute'> | undefined;
  /** The guest is on, and neither asleep. */
  #lit = false;
  #connection: VncConnection | undefined;
  /** Resolves when there is a whole picture. */
  #first: { readonly painted: Promise<void>; readonly resolve: () => void } | undefined;
  #size: { readonly width: number; readonly height: number } = TEXT;
  #pixels = new Uint32Array(0);
  /** A picture of another size, while not all of it is there. */
  #coming: { readonly width: number; readonly height: number; readonly pixels: Uint32Array<ArrayBuffer> } | undefined;
  #buttons = 0;

  /** @param socket UNIX socket of QEMU's VNC server. @param log told in a sentence what went wrong */
  constructor(socket: string, log: (line: string) => void) {
    [this.#socket, this.#log] = [socket, log];
  }

  get width(): number {
    return this.#size.width;
  }

  get height(): number {
    return this.#size.height;
  }

  get mode(): Screen['mode'] {
    return this.width === TEXT.width && this.height === TEXT.height ? 'text' : 'graphics';
  }

  /** A guest was started; keys go there from now on. */
  attach(qmp: Pick<Qmp, 'execute'>): void {
    this.#qmp = qmp;
    this.#follow();
  }

  /** It is gone. */
  detach(): void {
    this.#qmp = undefined;
    this.#buttons = 0;
    this.#follow();
  }

  /** Whether a picture is there to be seen: not while the PC is off or asleep. */
  light(lit: boolean): void {
    if (this.#lit === lit) return;
    this.#lit = lit;
    this.#damaged(areaOf(this));
  }

  async watch(watcher: ScreenWatcher): Promise<() => void> {
    this.#watchers.add(watcher);
    this.#follow();
    await this.#first?.painted;
    return () => {
      this.#watchers.delete(watcher);
      this.#follow();
    };
  }

  read({ x, y, width, height }: Area, into: Uint32Array): void {
    const { length } = this.#pixels;
    if (!this.#lit || length === 0) {
      into.fill(0, 0, width * height);
      return;
    }
    for (let row = 0; row < height; row++) {
      const from = (y + row) * this.width + x;
      for (let column = 0; column < width; column++) {
        into[row * width + column] = (this.#pixels[from + column] as number) & 0xffffff;
      }
    }
  }

  key(usage: number, pressed: boolean): void {
    const name = qemuKey(usage);
    if (name === undefined) return;
    this.#input([{ type: 'key', data: { down: pressed, key: { type: 'qcode', data: name } } }]);
  }

  pointer(x: number, y: number, buttons: number): void {
    const axis = (name: 'x' | 'y', at: number, size: number) => {
      const value = Math.round((Math.min(at, size - 1) * TABLET) / Math.max(1, size - 1));
      return { type: 'abs', data: { axis: name, value } };
    };
    const changed = BUTTONS.flatMap((button, bit) => {
      const down = (buttons & (1 << bit)) !== 0;
      const was = (this.#buttons & (1 << bit)) !== 0;
      return down === was ? [] : [{ type: 'btn', data: { down, button } }];
    });
    this.#buttons = buttons;
    this.#input([axis('x', x, this.width), axis('y', y, this.height), ...changed]);
  }

  #input(events: readonly object[]): void {
    const qmp = this.#qmp;
    this.#connection?.hurry();
    qmp?.execute('input-send-event', { events }).catch((error: Error) => {
      if (qmp === this.#qmp) this.#log(error.message);
    });
  }

  /** Is connected exactly while there is a guest and somebody looks. */
  #follow(): void {
    const wanted = this.#qmp !== undefined && this.#watchers.size > 0;
    if (wanted && this.#connection === undefined) this.#connect();
    if (!wanted && this.#connection !== undefined) this.#disconnect();
  }

  #connect(): void {
    const socket = createConnection(this.#socket);
    socket.on('error', () => {});
    const connection = new VncConnection(socketStream(socket, 'vnc'), {
      resized: (width, height) => {
        this.#coming = { width, height, pixels: new Uint32Array(width * height) };
      },
      row: (x, y, row) => {
        const { width, pixels } = this.#coming ?? { width: this.width, pixels: this.#pixels };
        new Uint8Array(pixels.buffer).set(row, 4 * (y * width + x));
      },
      painted: (areas) => this.#connection === connection && this.#painted(areas),
    });
    this.#connection = connection;
    let resolve = () => {};
    const painted = new Promise<void>((done) => {
      resolve = done;
    });
    this.#first = { painted, resolve };
    connection
      .run()
      .catch((error: Error) => {
        if (this.#connection === connection && this.#qmp !== undefined) this.#log(error.message);
      })
      .finally(() => {
        if (this.#connection === connection) this.#disconnect();
      });
  }

  /** Nothing is to be seen any more. */
  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#first?.resolve();
    this.#first = undefined;
    this.#pixels = new Uint32Array(0);
    this.#coming = undefined;
    void connection?.close();
    this.#damaged(areaOf(this));
  }

  /** A picture is whole: the first of its size, or the next. */
  #painted(areas: readonly Area[]): void {
    const coming = this.#coming;
    this.#coming = undefined;
    if (coming !== undefined) {
      const { width, height, pixels } = coming;
      this.#size = { width, height };
      this.#pixels = pixels;
      for (const watcher of [...this.#watchers]) watcher.resized();
    } else for (const area of areas) this.#damaged(area);
    this.#first?.resolve();
  }

  #damaged(area: Area): void {
    for (const watcher of [...this.#watchers]) watcher.damaged(area);
  }
}
