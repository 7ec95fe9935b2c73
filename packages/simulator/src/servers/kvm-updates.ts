/**
 * What a console gets to see of a screen, as it asks for it: one update for a request, in tiles, each a rectangle of its
 * own. [RFC 6143 §7.6.1] [REDIR §KVM 5]
 */
import { type PixelFormat, PixelFormats, RfbEncoding, rectangleHead, rfbServerMessages } from '@amtkit/core/wire';
import { pushesUpdates } from '../behaviors/kvm.ts';
import type { Firmware } from '../firmware.ts';
import { type Area, areaOf, around, type Picture, shared } from '../hardware/screen.ts';
import { DirtyTiles, TILE } from './kvm-dirty.ts';
import type { ScreenMisfortune } from './kvm-faults.ts';
import { Pieces } from './kvm-pieces.ts';
import { PixelPacker } from './kvm-pixels.ts';
import { TILE_PIXELS, TileEncoder } from './kvm-tile.ts';
import { KvmWriter } from './kvm-writer.ts';
import type { Outbox } from './outbox.ts';
import { Silence } from './silence.ts';

/** What updates are made from. */
export interface UpdatesOptions {
  readonly firmware: Firmware;
  readonly outbox: Outbox;
  readonly picture: Picture;
  readonly misfortune: ScreenMisfortune;
  /** Ends the connection. */
  readonly cut: () => void;
}

/** The updates of one session. Begins with the size that ServerInit told. */
export class KvmUpdates {
  readonly #options: UpdatesOptions;
  readonly #writer: KvmWriter;
  readonly #encoder = new TileEncoder();
  readonly #tick: Silence | undefined;
  readonly #pieces: Pieces;
  #packer = new PixelPacker(PixelFormats.rgb565);
  #encodings: ReadonlySet<number> = new Set([RfbEncoding.Raw]);
  /** What the console thinks the size is. */
  #size: { readonly width: number; readonly height: number };
  #dirty: DirtyTiles;
  /** What the console was shown, as far as it was. */
  #shown: Uint32Array;
  /** Area of the request that was not answered yet. */
  #wanted: Area | undefined;
  /** Something is being sent, or was just now and the next picture is not captured yet. */
  #busy = false;
  #stopped = false;
  readonly #tile = new Uint32Array(TILE_PIXELS);
  readonly #packed = new Uint16Array(TILE_PIXELS);

  constructor(options: UpdatesOptions) {
    this.#options = options;
    const { firmware, outbox, picture } = options;
    this.#writer = new KvmWriter(outbox, firmware.quirks.kvmWrites);
    this.#pieces = new Pieces(firmware.quirks.kvmZlibHeader);
    this.#size = { width: picture.width, height: picture.height };
    [this.#dirty, this.#shown] = this.#begin();
    const { kvmIdleTickSeconds } = firmware.quirks;
    if (kvmIdleTickSeconds > 0) {
      this.#tick = new Silence(firmware.clock, kvmIdleTickSeconds * 1000, () => this.#sendUnchanged());
    }
  }

  /** Whether tiles are deflated, or stored as they are. */
  get deflating(): boolean {
    return this.#pieces.deflating;
  }

  set deflating(on: boolean) {
    this.#pieces.deflating = on;
  }

  setFormat(format: PixelFormat): void {
    this.#packer = new PixelPacker(format);
  }

  setEncodings(encodings: readonly number[]): void {
    this.#encodings = new Set(encodings);
  }

  /** A request takes the place of an earlier one that waits, and its area. */
  request(incremental: boolean, area: Area): void {
    if (!incremental) this.#dirty.owe(area);
    this.#wanted = this.#wanted === undefined ? area : around(this.#wanted, area);
    this.#pump();
  }

  /** Pixels of the picture may have changed. */
  damaged(area: Area): void {
    this.#dirty.mark(area);
    this.#pump();
  }

  /** The picture may have another size. Nothing of it is sent before the console knows. */
  resized(): void {
    this.#dirty.owe(areaOf(this.#size));
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted = undefined;
    this.#tick?.stop();
  }

  /** Nothing was shown of this size yet. */
  #begin(): [DirtyTiles, Uint32Array] {
    const { width, height } = this.#size;
    const dirty = new DirtyTiles(width, height);
    dirty.owe(areaOf(this.#size));
    return [dirty, new Uint32Array(width * height)];
  }

  /** Answers the request that waits, if there is something to tell. */
  #pump(): void {
    const { firmware, picture, cut } = this.#options;
    if (this.#busy || this.#wanted === undefined || this.#stopped) return;
    const { width, height } = picture;
    if (width * height * this.#packer.bytesPerPixel > firmware.quirks.kvmBufferBytes) {
      cut();
    } else if (width !== this.#size.width || height !== this.#size.height) {
      const drops = firmware.quirks.kvmModeChange === 'drops' || this.#options.misfortune.is('drop-resize');
      if (this.#encodings.has(RfbEncoding.DesktopSize) && !drops) {
        this.#size = { width, height };
        [this.#dirty, this.#shown] = this.#begin();
        this.#send([{ ...areaOf(this.#size), encoding: RfbEncoding.DesktopSize }]);
      } else cut();
    } else {
      const tiles = this.#capture(this.#wanted);
      if (tiles.length > 0) this.#send(tiles);
    }
  }

  /** Takes over the tiles of an area that are new to the console. */
  #capture(area: Area): Area[] {
    const tiles: Area[] = [];
    for (const { area: tile, owed } of this.#dirty.take(area)) {
      this.#options.picture.read(tile, this.#tile);
      if (this.#keep(tile) || owed) tiles.push(tile);
    }
    return tiles;
  }

  /** Keeps the tile just read as what the console is shown. False when it was shown that already. */
  #keep({ x, y, width, height }: Area): boolean {
    let changed = false;
    for (let row = 0; row < height; row++) {
      const at = (y + row) * this.#size.width + x;
      for (let column = 0; column < width; column++) {
        const pixel = this.#tile[row * width + column] as number;
        if (this.#shown[at + column] === pixel) continue;
        this.#shown[at + column] = pixel;
        changed = true;
      }
    }
    return changed;
  }

  /** For relays that take a silent firmware for a dead one: a tile that the console has already. */
  #sendUnchanged(): void {
    if (this.#busy || this.#wanted === undefined || this.#stopped) return;
    const at = shared(this.#wanted, areaOf(this.#size));
    if (at === undefined) return;
    const [x, y] = [at.x - (at.x % TILE), at.y - (at.y % TILE)];
    const { width, height } = this.#size;
    this.#send([{ x, y, width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) }]);
  }

  /** One update, never an empty one: consoles in the field hang on that. */
  #send(rectangles: readonly (Area & { readonly encoding?: number })[]): void {
    this.#wanted = pushesUpdates(this.#options.firmware) ? areaOf(this.#size) : undefined;
    this.#busy = true;
    this.#tick?.heard();
    void this.#write(rectangles).then(() => {
      this.#options.firmware.later(this.#options.firmware.quirks.kvmFrameMs, () => {
        this.#busy = false;
        this.#pump();
      });
    });
  }

  async #write(rectangles: readonly (Area & { readonly encoding?: number })[]): Promise<void> {
    const { misfortune } = this.#options;
    misfortune.begin();
    const head = rfbServerMessages.encode({ type: 'FramebufferUpdate', rectangles: rectangles.length });
    await this.#writer.write(head);
    // A format that is asked for meanwhile holds for the next update.
    const packer = this.#packer;
    const encoding = this.#encodings.has(RfbEncoding.ZRLE) ? RfbEncoding.ZRLE : RfbEncoding.Raw;
    for (const rectangle of rectangles) {
      if (this.#stopped) return;
      const head = rectangleHead.encode({ encoding, ...rectangle });
      const pixels = this.#pixels(rectangle, packer, encoding);
      const whole = new Uint8Array(head.length + pixels.length);
      whole.set(head);
      whole.set(pixels, head.length);
      await this.#writer.write(misfortune.rectangle(whole));
      await misfortune.sent();
    }
    await this.#writer.flush();
  }

  /** What stands behind the head of a rectangle. */
  #pixels(rectangle: Area & { readonly encoding?: number }, packer: PixelPacker, encoding: number): Uint8Array {
    if (rectangle.encoding === RfbEncoding.DesktopSize) return new Uint8Array(0);
    const { width, height } = rectangle;
    this.#recall(rectangle);
    packer.pack(this.#tile, this.#packed, width * height);
    const { bytesPerPixel, bigEndian } = packer;
    const format = { bytesPerPixel, bigEndian, packedRows: this.#options.firmware.quirks.kvmPackedRows };
    const tile = { pixels: this.#packed, width, height };
    if (encoding === RfbEncoding.Raw) return this.#encoder.raw(tile, format);
    const { misfortune } = this.#options;
    const piece = misfortune.piece(this.#pieces.pack(misfortune.tile(this.#encoder.encode(tile, format))));
    const sized = new Uint8Array(4 + piece.length);
    new DataView(sized.buffer).setUint32(0, piece.length);
    sized.set(piece, 4);
    return sized;
  }

  /** Reads a tile as it was captured: the screen may have moved on. */
  #recall({ x, y, width, height }: Area): void {
    for (let row = 0; row < height; row++) {
      const at = (y + row) * this.#size.width + x;
      this.#tile.set(this.#shown.subarray(at, at + width), row * width);
    }
  }
}
