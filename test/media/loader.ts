/** GRUB for the test media: as a CD's boot image, as an EFI program, and as what lies in front of a disk's partition. */
import { mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Quarry } from './packages.ts';

/** Modules of a loader that finds its files on a CD, a partition or a floppy, and starts Linux. */
const COMMON = [
  ...['normal', 'configfile', 'linux', 'iso9660', 'fat', 'part_msdos', 'search', 'search_fs_file', 'regexp'],
  ...['serial', 'terminal', 'echo', 'test', 'sleep', 'minicmd', 'halt', 'reboot', 'boot'],
];

/** Makes an image of GRUB. @param embedded what it does first: find its configuration */
async function mkimage(quarry: Quarry, format: string, output: string, embedded: string): Promise<void> {
  const config = `${output}.cfg`;
  writeFileSync(config, embedded);
  const platform = format.replace(/-eltorito$/, '');
  const modules = [...COMMON, ...(platform === 'i386-pc' ? ['biosdisk'] : ['efi_gop'])];
  const args = ['-O', format, '-d', join(quarry.grub, platform), '-p', '/boot/grub', '-c', config, '-o', output];
  await quarry.mkimage([...args, ...modules]);
}

/** Where the configuration lies: on what holds the file `/amtkit/<kind>`. */
function findsFile(kind: string): string {
  return `search --file --set=root /amtkit/${kind}\nconfigfile ($root)/boot/grub/grub.cfg\n`;
}

/** Both loaders of one kind of medium. */
export interface Loaders {
  /** For a classic BIOS: a CD's boot image, or what lies behind a master boot record. */
  readonly bios: string;
  /** For UEFI. */
  readonly efi: string;
}

/** The loaders of CDs, or of disks. @param kind a file `/amtkit/<kind>` marks the medium */
export async function makeLoaders(quarry: Quarry, folder: string, kind: 'image' | 'system'): Promise<Loaders> {
  const loaders = { bios: join(folder, `${kind}-bios`), efi: join(folder, `${kind}-efi`) };
  await mkimage(quarry, kind === 'image' ? 'i386-pc-eltorito' : 'i386-pc', loaders.bios, findsFile(kind));
  await mkimage(quarry, 'x86_64-efi', loaders.efi, findsFile(kind));
  return loaders;
}

/** A file of a FAT file system that is made. */
export interface FatFile {
  /** With slashes; its folders are made. */
  readonly path: string;
  readonly from: string;
}

/** The moment of everything in the media. */
export const EPOCH = 1_700_000_000;

/**
 * Makes a FAT file system inside a file, from `offset` to its end.
 * @param serial number of the volume, so that the same content makes the same bytes
 */
export async function makeFat(
  quarry: Quarry,
  image: string,
  offset: number,
  serial: string,
  files: readonly FatFile[],
) {
  const environment = { SOURCE_DATE_EPOCH: String(EPOCH), MTOOLS_SKIP_CHECK: '1', TZ: 'UTC' };
  const where = `${image}@@${offset}`;
  await quarry.mformat(['-i', where, '-N', serial, '-v', 'AMTKIT', '::'], environment);
  const folders = new Set(files.flatMap(({ path }) => parents(path)));
  for (const each of folders) await quarry.mmd(['-i', where, `::${each}`], environment);
  for (const { path, from } of files) {
    utimesSync(from, EPOCH, EPOCH);
    await quarry.mcopy(['-m', '-i', where, from, `::${path}`], environment);
  }
}

function parents(path: string): string[] {
  const words = path.split('/').slice(0, -1);
  return words.map((_, index) => words.slice(0, index + 1).join('/')).filter((each) => each !== '');
}

const SECTOR = 512;
/** The partition begins here, in bytes; in front of it is room for the loader. */
const PARTITION = 1024 * 1024;

/**
 * Makes a disk that a BIOS and UEFI start from: boot record, loader behind it, one partition with everything else.
 * @param size bytes of the whole disk
 */
export async function makeDisk(
  quarry: Quarry,
  image: string,
  size: number,
  loaders: Loaders,
  files: readonly FatFile[],
) {
  const record = new Uint8Array(readFileSync(join(quarry.grub, 'i386-pc', 'boot.img')));
  const core = readFileSync(loaders.bios);
  if (core.length > PARTITION - SECTOR) throw new Error(`The loader of ${core.length} bytes is too large.`);
  const view = new DataView(record.buffer);
  // GRUB has code for floppies where disks have their table. One partition: active, of the kind that UEFI looks at, without cylinders.
  record.fill(0, 446);
  record.set([0x80, 0xfe, 0xff, 0xff, 0xef, 0xfe, 0xff, 0xff], 446);
  view.setUint32(454, PARTITION / SECTOR, true);
  view.setUint32(458, (size - PARTITION) / SECTOR, true);
  record.set([0x55, 0xaa], 510);
  writeFileSync(image, Buffer.concat([record, core]));
  truncateSync(image, size);
  await makeFat(quarry, image, PARTITION, '414d5431', files);
}

/** Makes a folder for a tree of files. */
export function folderFor(...words: readonly string[]): string {
  const path = join(...words);
  mkdirSync(path, { recursive: true });
  return path;
}
