/** Reads floppy images: the boot sector, the root directory, files along their chains. [FAT §3] */
import { le16, le32, type ReadBlocks, textOf, type Volume, type VolumeFile } from './volume.ts';

/** A floppy. */
export interface Floppy extends Volume {
  /** Whether its first sector says that it can be started. */
  readonly bootable: boolean;
}

interface Layout {
  readonly read: ReadBlocks;
  readonly sectorsPerCluster: number;
  readonly sectorLength: number;
  readonly firstData: number;
  readonly table: Uint8Array;
  readonly wide: boolean;
}

/** From so many clusters on their numbers have sixteen bits. */
const FAT16 = 4085;
/** Sectors of table and root directory that are read; floppies and what pretends to be one have fewer. */
const MOST_SECTORS = 1024;

/** The volume on a floppy; `undefined` where it holds none. */
export async function openFloppy(read: ReadBlocks, blockLength: number): Promise<Floppy | undefined> {
  const first = await read(0, 1);
  const sectorLength = le16(first, 11);
  const sectorsPerCluster = first[13] as number;
  const [reserved, tables, rootEntries] = [le16(first, 14), first[16] as number, le16(first, 17)];
  const sectorsPerTable = le16(first, 22);
  const total = le16(first, 19) || le32(first, 32);
  const rootSectors = Math.ceil((rootEntries * 32) / blockLength);
  const firstRoot = reserved + tables * sectorsPerTable;
  const firstData = firstRoot + rootSectors;
  const sane =
    sectorLength === blockLength &&
    sectorsPerCluster > 0 &&
    tables > 0 &&
    rootEntries > 0 &&
    total > firstData &&
    sectorsPerTable > 0 &&
    sectorsPerTable + rootSectors <= MOST_SECTORS;
  if (!sane) return undefined;
  const table = await read(reserved, sectorsPerTable);
  const wide = Math.floor((total - firstData) / sectorsPerCluster) >= FAT16;
  const layout = { read, sectorsPerCluster, sectorLength, firstData, table, wide };
  const root = await read(firstRoot, rootSectors);
  let label = textOf(first.subarray(43, 54));
  const files: VolumeFile[] = [];
  for (let at = 0; at < root.length && root[at] !== 0; at += 32) {
    const entry = root.subarray(at, at + 32);
    const attributes = entry[11] as number;
    if (entry[0] === DELETED || attributes === LONG_NAME || (attributes & FOLDER) !== 0) continue;
    if ((attributes & LABEL) !== 0) label = textOf(entry.subarray(0, 11));
    else files.push(fileAt(layout, nameOf(entry), le16(entry, 26), le32(entry, 28)));
  }
  return { label, files, bootable: le16(first, 510) === 0xaa55 };
}

const DELETED = 0xe5;
const LONG_NAME = 0x0f;
const LABEL = 0x08;
const FOLDER = 0x10;

function nameOf(entry: Uint8Array): string {
  const [name, extension] = [textOf(entry.subarray(0, 8)), textOf(entry.subarray(8, 11))];
  return extension === '' ? name : `${name}.${extension}`;
}

function fileAt(layout: Layout, name: string, first: number, size: number): VolumeFile {
  const { read, sectorsPerCluster, sectorLength, firstData } = layout;
  const clusterLength = sectorsPerCluster * sectorLength;
  return {
    name,
    size,
    async *read(blocks) {
      const most = Math.max(1, Math.floor(blocks / sectorsPerCluster));
      let cluster = first;
      for (let at = 0; at < size; ) {
        // Neighbours are read together, as every system does.
        const start = cluster;
        let count = 0;
        do {
          if (cluster < 2 || cluster >= (layout.wide ? 0xfff8 : 0xff8)) return;
          count++;
          cluster = nextOf(layout, cluster);
        } while (count < most && cluster === start + count && at + count * clusterLength < size);
        const bytes = await read(firstData + (start - 2) * sectorsPerCluster, count * sectorsPerCluster);
        yield bytes.subarray(0, size - at);
        at += bytes.length;
      }
    },
  };
}

/** What follows a cluster: two bytes each, or three for two. */
function nextOf({ table, wide }: Layout, cluster: number): number {
  if (wide) return le16(table, 2 * cluster);
  const pair = le16(table, Math.floor(cluster * 1.5));
  return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
}
