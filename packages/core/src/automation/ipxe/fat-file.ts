/** One more file in the root of a small FAT volume, in place. [FAT] */
import { ImageFailed } from '../../errors.ts';

/** The end of a chain of clusters. */
const END = { 12: 0xfff, 16: 0xffff } as const;
const ENTRY = 32;
const ARCHIVE = 0x20;
const LONG_NAME = 0x0f;

/**
 * Writes a file into the volume that begins at `start`. Its name may have up to 13 characters.
 * @throws ImageFailed when it is no FAT12 or FAT16, or has no room
 */
export function addFatFile(image: Uint8Array, start: number, name: string, content: Uint8Array): void {
  const volume = image.subarray(start);
  const layout = layoutOf(volume);
  const needed = Math.ceil(content.length / layout.clusterBytes);
  const free = freeClusters(volume, layout, needed);
  const at = freeEntries(volume, layout);
  if (free.length < needed || at === undefined)
    throw new ImageFailed('The boot image for UEFI has no room for a script.');
  for (const [i, cluster] of free.entries()) {
    const part = content.subarray(i * layout.clusterBytes, (i + 1) * layout.clusterBytes);
    volume.set(part, layout.data + (cluster - 2) * layout.clusterBytes);
    for (let copy = 0; copy < layout.fats; copy++)
      setNext(volume, layout, copy, cluster, free[i + 1] ?? END[layout.bits]);
  }
  const short = shortName(name);
  writeLongName(volume, at, name, short);
  const view = new DataView(volume.buffer, volume.byteOffset + at + ENTRY);
  volume.fill(0, at + ENTRY, at + 2 * ENTRY);
  volume.set(new TextEncoder().encode(short), at + ENTRY);
  view.setUint8(11, ARCHIVE);
  // 1 January 2026; a date of nothing is no date.
  view.setUint16(16, 0x5c21, true);
  view.setUint16(24, 0x5c21, true);
  view.setUint16(26, free[0] ?? 0, true);
  view.setUint32(28, content.length, true);
}

interface Layout {
  readonly bits: 12 | 16;
  readonly fats: number;
  readonly fatBytes: number;
  /** Where the first table, the root and the first cluster begin, bytes. */
  readonly table: number;
  readonly root: number;
  readonly data: number;
  readonly clusterBytes: number;
  readonly clusters: number;
}

function layoutOf(volume: Uint8Array): Layout {
  const view = new DataView(volume.buffer, volume.byteOffset);
  const sector = view.getUint16(11, true);
  const clusterBytes = view.getUint8(13) * sector;
  const [table, fats, entries, fatBytes] = [
    view.getUint16(14, true) * sector,
    view.getUint8(16),
    view.getUint16(17, true),
    view.getUint16(22, true) * sector,
  ];
  const marked = view.getUint16(510, true) === 0xaa55;
  if (!marked || sector < 512 || clusterBytes === 0 || fats === 0 || entries === 0 || fatBytes === 0) {
    throw new ImageFailed('The boot image for UEFI is no FAT12 or FAT16 volume.');
  }
  const root = table + fats * fatBytes;
  const data = root + entries * ENTRY;
  const bytes = (view.getUint16(19, true) || view.getUint32(32, true)) * sector;
  const clusters = Math.floor((bytes - data) / clusterBytes);
  // The number of clusters, and nothing else, tells the width of the table.
  return { bits: clusters < 4085 ? 12 : 16, fats, fatBytes, table, root, data, clusterBytes, clusters };
}

function freeClusters(volume: Uint8Array, layout: Layout, count: number): number[] {
  const free: number[] = [];
  for (let cluster = 2; cluster < layout.clusters + 2 && free.length < count; cluster++) {
    if (next(volume, layout, cluster) === 0) free.push(cluster);
  }
  return free;
}

/** Two unused entries of the root beside one another. */
function freeEntries(volume: Uint8Array, { root, data }: Layout): number | undefined {
  for (let at = root; at + 2 * ENTRY <= data; at += ENTRY) {
    if ([volume[at], volume[at + ENTRY]].every((first) => first === 0 || first === 0xe5)) return at;
  }
  return undefined;
}

function next(volume: Uint8Array, { bits, table }: Layout, cluster: number): number {
  const view = new DataView(volume.buffer, volume.byteOffset + table);
  if (bits === 16) return view.getUint16(2 * cluster, true);
  const pair = view.getUint16(Math.floor(1.5 * cluster), true);
  return cluster % 2 === 1 ? pair >> 4 : pair & 0xfff;
}

function setNext(
  volume: Uint8Array,
  { bits, table, fatBytes }: Layout,
  copy: number,
  cluster: number,
  value: number,
): void {
  const view = new DataView(volume.buffer, volume.byteOffset + table + copy * fatBytes);
  if (bits === 16) {
    view.setUint16(2 * cluster, value, true);
    return;
  }
  const at = Math.floor(1.5 * cluster);
  const pair = view.getUint16(at, true);
  view.setUint16(at, cluster % 2 === 1 ? (pair & 0x000f) | (value << 4) : (pair & 0xf000) | value, true);
}

/** `AUTOEX~1IPX`: eight and three capital letters. */
function shortName(name: string): string {
  const [base = '', extension = ''] = name.toUpperCase().split('.');
  return `${base.slice(0, 6)}~1`.padEnd(8) + extension.slice(0, 3).padEnd(3);
}

/** One entry holds 13 characters, in three pieces, tied to the short name by its sum. */
function writeLongName(volume: Uint8Array, at: number, name: string, short: string): void {
  const view = new DataView(volume.buffer, volume.byteOffset + at);
  let sum = 0;
  for (let i = 0; i < 11; i++) sum = (((sum & 1) << 7) + (sum >> 1) + short.charCodeAt(i)) & 0xff;
  volume.fill(0, at, at + ENTRY);
  view.setUint8(0, 0x41);
  view.setUint8(11, LONG_NAME);
  view.setUint8(13, sum);
  const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
  for (const [i, place] of places.entries()) {
    view.setUint16(place, i < name.length ? name.charCodeAt(i) : i === name.length ? 0 : 0xffff, true);
  }
}
