/** Whether a machine can start from an image, and from which drive: looked at before anything is switched. */
import { ImageFailed } from '../../errors.ts';
import type { MediaUnit } from '../../machine/sessions.ts';
import type { BlockSource } from '../../redirection/ider/image.ts';

/** What stands on an image, as far as starting from it goes. */
export interface InspectedMedium {
  /** The drive it belongs into. */
  readonly unit: MediaUnit;
  /** Volume label; empty where there is none. */
  readonly label: string;
}

/** Bytes of a block of a CD. [ECMA-119 §6.1.2] */
const CD_BLOCK = 2048;
/** Volume descriptors begin here. [ECMA-119 §6.7.1] */
const FIRST_DESCRIPTOR = 16;
/** No medium in use has as many. */
const MOST_DESCRIPTORS = 16;
/** Types of volume descriptors. [ECMA-119 §8.1.1] [EL TORITO §2.0] */
const DESCRIPTOR = { bootRecord: 0, primary: 1, terminator: 255 } as const;

/**
 * Looks at an image that a machine is to start from.
 * @throws ImageFailed when it is empty, cannot be read, or nothing can start from it
 */
export async function inspectMedium(source: BlockSource, signal?: AbortSignal): Promise<InspectedMedium> {
  const { name: image, size } = source;
  if (size === 0) throw new ImageFailed(`${image} is empty: there is nothing to start from.`, { image });
  const volume = await readVolume(source, signal);
  if (volume?.bootRecord === true) return { unit: 'cd', label: volume.label };
  if (volume !== undefined) {
    throw new ImageFailed(
      `${image}${volume.label === '' ? '' : ` (${volume.label})`} is a CD image without a boot record: no machine starts from it.`,
      { image, hint: 'Take the installation image of the system, or an image made with El Torito boot support.' },
    );
  }
  if (size % 512 === 0 && (await hasBootSector(source, signal))) return { unit: 'floppy', label: '' };
  throw new ImageFailed(`${image} is neither a CD image nor a disk image with a boot sector.`, {
    image,
    hint: 'It needs an ISO 9660 image (.iso) or a raw disk image (.img); compressed ones must be unpacked first.',
  });
}

/**
 * The drive that an image belongs into, whether or not anything starts from it.
 * @throws ImageFailed when it fits into none
 */
export async function driveOf(source: BlockSource, signal?: AbortSignal): Promise<MediaUnit> {
  const { name: image, size } = source;
  if (size === 0) throw new ImageFailed(`${image} is empty.`, { image });
  if ((await readVolume(source, signal)) !== undefined) return 'cd';
  if (size % 512 === 0) return 'floppy';
  throw new ImageFailed(`${image} fits into no drive: it has ${size} bytes and is no CD image.`, {
    image,
    hint: 'Compressed images must be unpacked first.',
  });
}

/** The volume of a CD image; undefined where it is none. */
async function readVolume(
  source: BlockSource,
  signal: AbortSignal | undefined,
): Promise<{ readonly label: string; readonly bootRecord: boolean } | undefined> {
  let label: string | undefined;
  let bootRecord = false;
  for (let block = FIRST_DESCRIPTOR; block < FIRST_DESCRIPTOR + MOST_DESCRIPTORS; block++) {
    if ((block + 1) * CD_BLOCK > source.size) break;
    const descriptor = await read(source, block * CD_BLOCK, CD_BLOCK, signal);
    const standard = text(descriptor, 1, 5);
    // A volume that only knows UDF begins so. [ECMA-167 §2/9]
    if (standard === 'BEA01') label ??= '';
    if (standard !== 'CD001') break;
    const type = descriptor[0];
    if (type === DESCRIPTOR.primary) label = text(descriptor, 40, 32).trimEnd();
    if (type === DESCRIPTOR.bootRecord && text(descriptor, 7, 23) === 'EL TORITO SPECIFICATION') bootRecord = true;
    if (type === DESCRIPTOR.terminator) break;
    label ??= '';
  }
  return label === undefined ? undefined : { label, bootRecord };
}

/** The mark of a sector that a BIOS starts, also of one that only guards a GPT. */
async function hasBootSector(source: BlockSource, signal: AbortSignal | undefined): Promise<boolean> {
  const mark = await read(source, 510, 2, signal);
  return mark[0] === 0x55 && mark[1] === 0xaa;
}

async function read(
  source: BlockSource,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await source.read(offset, target, signal === undefined ? {} : { signal });
  return target;
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}
