/** A canvas that keeps its pixels, for scripts of web pages: what they do to show a screen, and nothing else. */

/** The canvas, its context, and what leads from each to the other: one object plays all. */
export class PixelCanvas {
  fillStyle = '';
  readonly style = {};
  /** Red, green, blue, 255, in rows. */
  pixels = new Uint8ClampedArray(0);
  readonly #keep: boolean;
  #width = 0;
  #height = 0;

  /** @param keep what is drawn; measuring leaves it out, as the canvas is not the script */
  constructor(keep = true) {
    this.#keep = keep;
  }

  /** One object plays element, context and the context's way back to the element. */
  getContext(): this {
    return this;
  }

  get canvas(): this {
    return this;
  }

  get width(): number {
    return this.#width;
  }

  set width(width: number) {
    this.#resize(width, this.#height);
  }

  get height(): number {
    return this.#height;
  }

  set height(height: number) {
    this.#resize(this.#width, height);
  }

  createImageData(width: number, height: number): { width: number; height: number; data: Uint8ClampedArray } {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  putImageData(image: { width: number; height: number; data: Uint8ClampedArray }, x: number, y: number): void {
    if (!this.#keep) return;
    for (let row = 0; row < image.height; row++) {
      const pixels = image.data.subarray(4 * row * image.width, 4 * (row + 1) * image.width);
      this.pixels.set(pixels, 4 * ((y + row) * this.#width + x));
    }
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const colour = /^rgb\((\d+), ?(\d+), ?(\d+)\)$/.exec(this.fillStyle)?.slice(1).map(Number);
    if (!this.#keep || colour === undefined) return;
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        this.pixels.set([...colour, 255], 4 * (row * this.#width + column));
      }
    }
  }

  #resize(width: number, height: number): void {
    [this.#width, this.#height] = [width, height];
    if (this.#keep) this.pixels = new Uint8ClampedArray(4 * width * height);
  }
}
