/** Reads CD images as a BIOS does: volume descriptors, the boot catalog, the root directory. [ECMA-119 §8] [EL TORITO §2] */
import { le16, le32, type ReadBlocks, textOf, type Volume, type VolumeFile } from './volume.ts';

/** Bytes of a block. */
export const CD_BLOCK = 2048;

/** What a CD offers to start. */
export interface BootImage {
  /** Of the medium it pretends to be: 0 none, 1 to 3 a floppy, 4 a disk. */
  readonly emulation: number;
  /** First block of it. */
  readonly block: number;
  /** Bytes a BIOS loads. */
  readonly size: number;
}

/** A CD. */
export interface Cd extends Volume {
  /** Absent where nothing on it can be started. */
  readonly boot: BootImage | undefined;
}

const FIRST_DESCRIPTOR = 16;
const MOST_DESCRIPTORS = 16;
/** Blocks of a root directory that are read; a hundred thousand files fit nowhere here. */
const MOST_DIRECTORY = 64;

/** The volume on a CD, read block by block; `undefined` where it holds none. */
export async function openCd(read: ReadBlocks): Promise<Cd | undefined> {
  let primary: Uint8Array | undefined;
  let catalog: number | undefined;
  for (let i = 0; i < MOST_DESCRIPTORS; i++) {
    const descriptor = await read(FIRST_DESCRIPTOR + i, 1);
    if (textOf(descriptor.subarray(1, 6)) !== 'CD001') break;
    if (descriptor[0] === 255) break;
    if (descriptor[0] === 1) primary ??= descriptor;
    if (descriptor[0] === 0 && textOf(descriptor.subarray(7, 39)) === 'EL TORITO SPECIFICATION') {
      catalog = le32(descriptor, 0x47);
    }
  }
  if (primary === undefined) return undefined;
  const boot = catalog === undefined ? undefined : bootImageOf(await read(catalog, 1));
  const files = await filesOf(read, le32(primary, 156 + 2), le32(primary, 156 + 10));
  return { label: textOf(primary.subarray(40, 72)), files, boot };
}

/** The initial entry of a boot catalog, if catalog and entry are what they should be. [EL TORITO §2.1] */
function bootImageOf(catalog: Uint8Array): BootImage | undefined {
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum = (sum + le16(catalog, at)) & 0xffff;
  const valid = catalog[0] === 1 && le16(catalog, 30) === 0xaa55 && sum === 0;
  if (!valid || catalog[32] !== BOOTABLE) return undefined;
  return {
    emulation: (catalog[33] as number) & 0x0f,
    block: le32(catalog, 40),
    size: le16(catalog, 38) * VIRTUAL_SECTOR,
  };
}

const BOOTABLE = 0x88;
/** The sector that a boot catalog counts in. */
const VIRTUAL_SECTOR = 512;

async function filesOf(read: ReadBlocks, block: number, size: number): Promise<VolumeFile[]> {
  const files: VolumeFile[] = [];
  const blocks = Math.min(Math.ceil(size / CD_BLOCK), MOST_DIRECTORY);
  for (let i = 0; i < blocks; i++) {
    const directory = await read(block + i, 1);
    // No record crosses a block; zeros fill up what is left of one.
    for (let at = 0; at < CD_BLOCK && (directory[at] as number) >= 34; at += directory[at] as number) {
      const record = directory.subarray(at, at + (directory[at] as number));
      const isFolder = ((record[25] as number) & 2) !== 0;
      const name = textOf(record.subarray(33, 33 + (record[32] as number))).replace(/\.?;\d+$/, '');
      if (!isFolder && name !== '') files.push(fileAt(read, name, le32(record, 2), le32(record, 10)));
    }
  }
  return files;
}

function fileAt(read: ReadBlocks, name: string, block: number, size: number): VolumeFile {
  return {
    name,
    size,
    async *read(blocks) {
      const all = Math.ceil(size / CD_BLOCK);
      for (let at = 0; at < all; at += blocks) {
        const piece = await read(block + at, Math.min(blocks, all - at));
        yield piece.subarray(0, size - at * CD_BLOCK);
      }
    },
  };
}
