/** What one viewer sees of a screen: which parts it has yet to be sent, in what encoding, and in what pixels. */
import type { Area, Damage } from '../redirection/kvm/damage.ts';
import type { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import { type PixelFormat, rectangleHead, rfbServerMessages } from '../redirection/kvm/messages.ts';
import { Deflaters } from './deflate.ts';
import type { Encoder, PixelSource } from './encodings/encoder.ts';
import { rawEncoder } from './encodings/raw.ts';
import { tightEncoder } from './encodings/tight.ts';
import { zrleEncoder } from './encodings/zrle.ts';
import { ResizeReason, singleScreen, VncEncoding } from './messages.ts';
import { compactPixelWriter, NATIVE_FORMAT, palette, pixelWriter, tightPixelWriter, wantsPalette } from './pixels.ts';

/** Deflating harder than this costs more time than it saves bytes. */
const MAX_LEVEL = 6;

const rawEncoderOf = (format: PixelFormat): Encoder => rawEncoder(pixelWriter(format));

/** What can be sent. Viewers choose by the order of their list. */
const encoders: Readonly<Record<number, (format: PixelFormat, streams: Deflaters) => Encoder>> = {
  [VncEncoding.Raw]: rawEncoderOf,
  [VncEncoding.ZRLE]: (format, streams) => zrleEncoder(compactPixelWriter(format), streams.at(0)),
  [VncEncoding.Tight]: (format, streams) => tightEncoder(tightPixelWriter(format), streams),
};

/** Sends one viewer what it asks for and has not seen: always the newest, never what was overtaken meanwhile. */
export class ViewerScreen {
  readonly #framebuffer: Framebuffer;
  readonly #damage: Damage;
  #format: PixelFormat = NATIVE_FORMAT;
  #encoder: Encoder;
  readonly #streams: { [encoding: number]: Deflaters } = {};
  #encodings: readonly number[] = [VncEncoding.Raw];
  /** The size that the viewer knows of, and the one that ours had when it was last looked at. */
  #size: Size;
  #ours: Size;
  /** Where the viewer wants to be told of changes; `undefined`: it did not ask since the last update. */
  #asked: Area | undefined;
  /** Parts of its screen that ours does not have any more, for a viewer that knows of one size only. */
  #blank: Area[] = [];
  #owesKeyEvent = false;
  #owesScreens: 'first' | 'answer' | undefined;
  #owesPalette = false;

  constructor(framebuffer: Framebuffer) {
    this.#framebuffer = framebuffer;
    this.#damage = framebuffer.watch();
    this.#size = this.#ours = { width: framebuffer.width, height: framebuffer.height };
    this.#encoder = rawEncoder(pixelWriter(NATIVE_FORMAT));
  }

  /** The size that the viewer knows of. */
  get size(): Size {
    return this.#size;
  }

  close(): void {
    this.#framebuffer.unwatch(this.#damage);
  }

  /** @throws ProtocolError for a format that RFB does not have */
  setFormat(format: PixelFormat): void {
    this.#format = format;
    this.#owesPalette = wantsPalette(format);
    this.#choose();
  }

  /** Numbers of encodings, the dearest first, and of what else the viewer can do. */
  setEncodings(encodings: readonly number[]): void {
    const before = this.#encodings;
    this.#encodings = encodings;
    const isNew = (number: number): boolean => encodings.includes(number) && !before.includes(number);
    if (isNew(VncEncoding.ExtendedKeyEvent)) this.#owesKeyEvent = true;
    if (isNew(VncEncoding.ExtendedDesktopSize)) this.#owesScreens = 'first';
    this.#choose();
  }

  /** The viewer wants to see an area; all of it where it is not `incremental`. */
  request(area: Area, incremental: boolean): void {
    if (!incremental) {
      const { x, y, width, height } = shared(area, this.#framebuffer);
      if (width > 0 && height > 0) this.#damage.add(x, y, width, height);
    }
    this.#asked = this.#asked === undefined ? area : around(this.#asked, area);
  }

  /** The viewer wants another size, and will not have it. */
  refuseResize(): void {
    this.#owesScreens = 'answer';
  }

  /** What is due to be sent; nothing where the viewer did not ask, has seen everything, or not all of it is there yet. */
  takeUpdate(): Uint8Array[] {
    if (this.#asked === undefined) return [];
    const rectangles = this.#announcements();
    // A viewer may take the first picture it gets and go: it waits until there is one, rather than take black for it.
    if (rectangles.length === 0 && this.#framebuffer.known) rectangles.push(...this.#pictures(this.#asked));
    if (rectangles.length === 0) return [];
    this.#asked = undefined;
    const head = rfbServerMessages.encode({ type: 'FramebufferUpdate', rectangles: rectangles.length });
    const update = [head, ...rectangles.flat()];
    if (!this.#owesPalette) return update;
    this.#owesPalette = false;
    return [rfbServerMessages.encode({ type: 'SetColourMapEntries', first: 0, colours: palette() }), ...update];
  }

  #choose(): void {
    const number = this.#encodings.find((encoding) => encoding in encoders) ?? VncEncoding.Raw;
    // Streams last for the whole of a session, whatever happens to formats and lists.
    this.#streams[number] ??= new Deflaters(levelIn(this.#encodings));
    this.#encoder = (encoders[number] ?? rawEncoderOf)(this.#format, this.#streams[number]);
  }

  /** Rectangles without pixels. A new size comes alone: viewers then ask for all of it. */
  #announcements(): Uint8Array[][] {
    const { width, height } = this.#framebuffer;
    const rectangles: Uint8Array[][] = [];
    if (this.#owesKeyEvent) {
      this.#owesKeyEvent = false;
      rectangles.push([rectangle({ x: 0, y: 0, width: 0, height: 0 }, VncEncoding.ExtendedKeyEvent)]);
    }
    const resized = width !== this.#ours.width || height !== this.#ours.height;
    this.#ours = { width, height };
    if (this.#encodings.includes(VncEncoding.ExtendedDesktopSize)) {
      const due = this.#owesScreens;
      this.#owesScreens = undefined;
      const [x, y] =
        due === 'answer' ? [ResizeReason.viewer, ResizeReason.prohibited] : ([ResizeReason.server, 0] as const);
      if (!resized && due === undefined) return rectangles;
      const head = rectangle({ x, y, width, height }, VncEncoding.ExtendedDesktopSize);
      rectangles.push([head, singleScreen.encode({ width, height })]);
    } else if (resized && this.#encodings.includes(VncEncoding.DesktopSize)) {
      rectangles.push([rectangle({ x: 0, y: 0, width, height }, VncEncoding.DesktopSize)]);
    } else {
      if (resized) this.#blank = beyond(this.#size, this.#ours);
      return rectangles;
    }
    this.#size = this.#ours;
    return rectangles;
  }

  #pictures(asked: Area): Uint8Array[][] {
    const { words, width: stride } = this.#framebuffer;
    const rectangles: Uint8Array[][] = [];
    const add = (area: Area, sourceOf: (part: Area) => PixelSource, originOf: (part: Area) => number): void => {
      for (const part of partsOf(area, this.#encoder)) {
        const pixels = this.#encoder.encode(sourceOf(part), originOf(part), part.width, part.height);
        rectangles.push([rectangle(part, this.#encoder.number), pixels]);
      }
    };
    for (const area of this.#blank.splice(0)) add(area, black, () => 0);
    for (const area of this.#damage.take(asked)) {
      add(
        shared(area, this.#size),
        () => ({ words, stride }),
        ({ x, y }) => y * stride + x,
      );
    }
    return rectangles;
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function rectangle(area: Area, encoding: number): Uint8Array {
  return rectangleHead.encode({ ...area, encoding });
}

/** Pixels of a part that has none. */
function black({ width, height }: Area): PixelSource {
  return { words: new Int32Array(width * height), stride: width };
}

/** What a viewer asks for in compression; 1 where it says nothing. */
function levelIn(encodings: readonly number[]): number {
  const { CompressionLevel0, CompressionLevel9 } = VncEncoding;
  const level = encodings.find((number) => number >= CompressionLevel0 && number <= CompressionLevel9);
  return level === undefined ? 1 : Math.min(level - CompressionLevel0, MAX_LEVEL);
}

/** An area in parts that an encoder takes, none without pixels. */
function partsOf({ x, y, width, height }: Area, { maxColumns, maxRows }: Encoder): Area[] {
  const parts: Area[] = [];
  for (let top = 0; top < height; top += maxRows) {
    for (let left = 0; left < width; left += maxColumns) {
      const part = { width: Math.min(maxColumns, width - left), height: Math.min(maxRows, height - top) };
      parts.push({ x: x + left, y: y + top, ...part });
    }
  }
  return parts;
}

function shared({ x, y, width, height }: Area, screen: Size): Area {
  return { x, y, width: Math.min(x + width, screen.width) - x, height: Math.min(y + height, screen.height) - y };
}

/** The smallest area around two. */
function around(a: Area, b: Area): Area {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  return { x, y, width, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

/** Parts of one size that another does not have: to the right, and below. */
function beyond(size: Size, other: Size): Area[] {
  const [width, height] = [Math.min(size.width, other.width), Math.min(size.height, other.height)];
  return [
    { x: width, y: 0, width: size.width - width, height: size.height },
    { x: 0, y: height, width, height: size.height - height },
  ];
}
