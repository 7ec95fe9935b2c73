/** The screen of the PC, and the keyboard and the mouse that the firmware plugs into it. */

/** A rectangle of pixels; x and y count from the top left corner. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Something to look at. */
export interface Picture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Copies an area, which lies within the picture, row by row. A pixel is the number 0xRRGGBB. */
  read(area: Area, into: Uint32Array): void;
}

/** Who looks at a picture that changes. */
export interface ScreenWatcher {
  /** The pixels of an area may be others now. */
  damaged(area: Area): void;
  /** Size or mode are others now, and all pixels with them. */
  resized(): void;
}

/** What the PC shows. Black while it is off or asleep. Costs next to nothing while nobody watches. */
export interface Screen extends Picture {
  /** Text modes and graphics are captured differently by some firmware. */
  readonly mode: 'text' | 'graphics';
  /** Somebody looks from now on, until the returned function is called. Resolves when the picture is there to be read. */
  watch(watcher: ScreenWatcher): Promise<() => void>;
  /** A key of the virtual USB keyboard goes down or up. @param usage of the keyboard page. [HID §10] */
  key(usage: number, pressed: boolean): void;
  /** The virtual USB pointer, in pixels. @param buttons as `PointerButton` of core, one bit each */
  pointer(x: number, y: number, buttons: number): void;
}

/** The whole of a picture. */
export function areaOf({ width, height }: Pick<Picture, 'width' | 'height'>): Area {
  return { x: 0, y: 0, width, height };
}

/** What two areas share; `undefined` where they share nothing. */
export function shared(a: Area, b: Area): Area | undefined {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** The smallest area that holds both. */
export function around(a: Area, b: Area): Area {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  const height = Math.max(a.y + a.height, b.y + b.height) - y;
  return { x, y, width, height };
}

/** All of a picture, as numbers 0xRRGGBB. */
export function pixelsOf(picture: Picture): Uint32Array {
  const pixels = new Uint32Array(picture.width * picture.height);
  picture.read(areaOf(picture), pixels);
  return pixels;
}
