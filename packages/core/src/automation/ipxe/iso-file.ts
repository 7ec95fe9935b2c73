/** Small changes to the root directory of a CD image: finding, replacing and adding a file. [ECMA-119] */
import { ImageFailed } from '../../errors.ts';

const BLOCK = 2048;
const FIRST_DESCRIPTOR = 16;
const DESCRIPTOR = { bootRecord: 0, primary: 1, supplementary: 2, terminator: 255 } as const;
/** Where a volume descriptor keeps the record of its root. [ECMA-119 §8.4.18] */
const ROOT_RECORD = 156;
/** Platform of El Torito boot images that UEFI starts. */
const UEFI = 0xef;

/** A file of the root, and the records that tell its size. */
export interface IsoFile {
  readonly block: number;
  readonly size: number;
  readonly records: readonly number[];
}

/** The file of a name such as `ISOLINUX.CFG`, in the primary directory and every other that shows it. */
export function findFile(image: Uint8Array, name: string): IsoFile | undefined {
  const all = directories(image).flatMap((directory) => recordsOf(image, directory));
  const found = all.find((record) => nameOf(image, record) === `${name};1`);
  if (found === undefined) return undefined;
  const block = number(image, found + 2);
  return { block, size: number(image, found + 10), records: all.filter((at) => number(image, at + 2) === block) };
}

/** The content of a file. */
export function contentOf(image: Uint8Array, { block, size }: IsoFile): Uint8Array {
  return image.subarray(block * BLOCK, block * BLOCK + size);
}

/** Writes another content where the old one stands. @throws ImageFailed when it needs more blocks */
export function replaceFile(image: Uint8Array, file: IsoFile, content: Uint8Array): void {
  const room = Math.ceil(file.size / BLOCK) * BLOCK;
  if (content.length > room)
    throw new ImageFailed(`A file of the CD has room for ${room} bytes, not ${content.length}.`);
  image.fill(0, file.block * BLOCK, file.block * BLOCK + room);
  image.set(content, file.block * BLOCK);
  for (const record of file.records) both(image, record + 10, content.length);
}

/** The image with one more file in its root, whose content stands behind all others. @throws ImageFailed when the directory is full */
export function addFile(image: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  const block = Math.ceil(image.length / BLOCK);
  const grown = new Uint8Array((block + Math.ceil(content.length / BLOCK)) * BLOCK);
  grown.set(image);
  grown.set(content, block * BLOCK);
  const [directory] = directories(grown);
  if (directory === undefined) throw new ImageFailed('There is no directory on the CD.');
  const last = recordsOf(grown, directory).at(-1) ?? directory.start;
  const at = last + (grown[last] ?? 0);
  const length = 33 + name.length + 2 + ((33 + name.length + 2) % 2);
  if (at + length > directory.end) throw new ImageFailed('The directory of the CD is full.');
  grown.copyWithin(at, last, last + 33);
  grown[at] = length;
  both(grown, at + 2, block);
  both(grown, at + 10, content.length);
  grown[at + 25] = 0;
  grown[at + 32] = name.length + 2;
  grown.set(new TextEncoder().encode(`${name};1`), at + 33);
  for (const descriptor of descriptors(grown)) both(grown, descriptor + 80, grown.length / BLOCK);
  return grown;
}

/** Where the boot image for UEFI begins, bytes; undefined where there is none. [EL TORITO §2.3] */
export function uefiImage(image: Uint8Array): number | undefined {
  for (let at = FIRST_DESCRIPTOR * BLOCK; image[at] !== DESCRIPTOR.terminator && at < image.length; at += BLOCK) {
    if (image[at] !== DESCRIPTOR.bootRecord) continue;
    const catalog = number(image, at + 0x47) * BLOCK;
    for (let entry = catalog + 64; entry < catalog + BLOCK; entry += 32) {
      // A header of a section, then its entries.
      if ((image[entry] === 0x90 || image[entry] === 0x91) && image[entry + 1] === UEFI) {
        return number(image, entry + 32 + 8) * BLOCK;
      }
    }
  }
  return undefined;
}

interface Directory {
  readonly start: number;
  readonly end: number;
}

function descriptors(image: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = FIRST_DESCRIPTOR * BLOCK; at + BLOCK <= image.length; at += BLOCK) {
    const type = image[at];
    if (String.fromCharCode(...image.subarray(at + 1, at + 6)) !== 'CD001' || type === DESCRIPTOR.terminator) break;
    if (type === DESCRIPTOR.primary || type === DESCRIPTOR.supplementary) found.push(at);
  }
  return found;
}

/** Roots, that of the primary volume first. */
function directories(image: Uint8Array): Directory[] {
  return descriptors(image).map((at) => {
    const start = number(image, at + ROOT_RECORD + 2) * BLOCK;
    return { start, end: start + number(image, at + ROOT_RECORD + 10) };
  });
}

/** Where the records of a directory begin. None crosses the end of a block. */
function recordsOf(image: Uint8Array, { start, end }: Directory): number[] {
  const records: number[] = [];
  for (let at = start; at < end && at < image.length; ) {
    const length = image[at] ?? 0;
    if (length === 0) at = (Math.floor(at / BLOCK) + 1) * BLOCK;
    else {
      records.push(at);
      at += length;
    }
  }
  return records;
}

function nameOf(image: Uint8Array, record: number): string {
  return String.fromCharCode(...image.subarray(record + 33, record + 33 + (image[record + 32] ?? 0)));
}

function number(image: Uint8Array, at: number): number {
  return new DataView(image.buffer, image.byteOffset).getUint32(at, true);
}

/** In both byte orders, one behind the other. */
function both(image: Uint8Array, at: number, value: number): void {
  const view = new DataView(image.buffer, image.byteOffset);
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value);
}
