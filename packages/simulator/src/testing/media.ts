/** Media that need no console: images in memory, and floppies made by hand. */
import { MediumFailed, type RedirectedMedium } from '../hardware/hardware.ts';

/** A medium over an image, which remembers what was read of it. */
export interface ImageMedium extends RedirectedMedium {
  /** First block and number of blocks of every read, oldest first. */
  readonly reads: readonly (readonly [block: number, count: number])[];
  /** Called before every read; what it throws the read throws. */
  before: (block: number, count: number) => void | Promise<void>;
}

/** A medium over an image. */
export function mediumOf(image: Uint8Array, blockLength: 2048 | 512 = 2048): ImageMedium {
  const reads: [number, number][] = [];
  const blocks = Math.floor(image.length / blockLength);
  return {
    blockLength,
    blocks,
    writable: false,
    reads,
    before: () => {},
    async read(block, count) {
      reads.push([block, count]);
      await this.before(block, count);
      if (block + count > blocks) throw new MediumFailed('There is nothing so far out.', [5, 0x21, 0]);
      return image.slice(block * blockLength, (block + count) * blockLength);
    },
    async write() {
      throw new MediumFailed('The medium is write-protected.', [7, 0x27, 0]);
    },
    async command() {
      throw new MediumFailed('There is no such command.', [5, 0x20, 0]);
    },
  };
}

/** A floppy of 1.44 MB with 12-bit clusters of one sector, whose files lie in pieces. [FAT §3] */
export function makeFloppy(label: string, files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const image = new Uint8Array(2880 * 512);
  const view = new DataView(image.buffer);
  image.set([0xeb, 0x3c, 0x90, ...Buffer.from('AMTKIT  ')]);
  view.setUint16(11, 512, true);
  view.setUint8(13, 1);
  view.setUint16(14, 1, true);
  view.setUint8(16, 2);
  view.setUint16(17, 224, true);
  view.setUint16(19, 2880, true);
  view.setUint8(21, 0xf0);
  view.setUint16(22, 9, true);
  view.setUint16(510, 0xaa55, true);
  const setNext = (cluster: number, next: number) => {
    for (const table of [512, 512 * 10]) {
      const at = table + Math.floor(cluster * 1.5);
      const pair = view.getUint16(at, true);
      view.setUint16(at, cluster % 2 === 0 ? (pair & 0xf000) | next : (pair & 0x000f) | (next << 4), true);
    }
  };
  let entry = 512 * 19;
  image.set(Buffer.from(label.padEnd(11)), entry);
  view.setUint8(entry + 11, 8);
  let cluster = 2;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const [stem = '', extension = ''] = name.split('.');
    entry += 32;
    image.set(Buffer.from(stem.padEnd(8) + extension.padEnd(3)), entry);
    view.setUint8(entry + 11, 0x20);
    view.setUint16(entry + 26, bytes.length === 0 ? 0 : cluster, true);
    view.setUint32(entry + 28, bytes.length, true);
    for (let at = 0; at < bytes.length; at += 512) {
      image.set(bytes.subarray(at, at + 512), (33 + cluster - 2) * 512);
      // Every third cluster is left out, so that chains have something to say.
      const next = cluster % 3 === 0 ? cluster + 2 : cluster + 1;
      setNext(cluster, at + 512 >= bytes.length ? 0xfff : next);
      cluster = next;
    }
  }
  return image;
}
