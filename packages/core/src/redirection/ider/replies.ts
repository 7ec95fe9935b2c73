/** What a redirected drive says about itself and its medium, byte for byte; not yet cut to what the host asked for. */
import type { Sense } from './scsi.ts';

/** The two kinds of drive. */
export type DriveUnit = 'cd' | 'floppy';

/** What is in a drive. */
export interface Medium {
  /** Of {@link BLOCK_SIZE}. */
  readonly blocks: number;
  readonly writable: boolean;
}

/** Bytes of one block. */
export const BLOCK_SIZE: Readonly<Record<DriveUnit, number>> = { cd: 2048, floppy: 512 };

/** Blocks of a 1.44 MB floppy. More than these are reported as an LS-120. */
const FLOPPY_BLOCKS = 2880;

/** Shape of a floppy, and the numbers that name it. [UFI: MODE SENSE] */
export interface Geometry {
  /** Medium type of mode sense. */
  readonly mediumType: number;
  /** In thousand bits a second. */
  readonly transferRate: number;
  readonly heads: number;
  readonly sectors: number;
  readonly cylinders: number;
}

/** The floppy that a medium is taken for; hosts ask for its capacity and read all of it. */
export function geometryOf(medium: Medium): Geometry {
  return medium.blocks <= FLOPPY_BLOCKS
    ? { mediumType: 0x24, transferRate: 1200, heads: 2, sectors: 18, cylinders: 80 }
    : { mediumType: 0x31, transferRate: 4265, heads: 8, sectors: 32, cylinders: 963 };
}

/** READ CAPACITY(10): the last address and the size of a block. [SBC-3: READ CAPACITY] */
export function capacity(unit: DriveUnit, medium: Medium): Uint8Array {
  return Uint8Array.of(...u32(Math.min(medium.blocks - 1, 0xffffffff)), ...u32(BLOCK_SIZE[unit]));
}

/** READ FORMAT CAPACITIES: the medium as it is formatted, or without one the largest that fits. [UFI: READ FORMAT CAPACITIES] */
export function formatCapacities(medium: Medium | undefined): Uint8Array {
  const [blocks, kind] = medium === undefined ? [FLOPPY_BLOCKS, 3] : [medium.blocks, 2];
  return Uint8Array.of(0, 0, 0, 8, ...u32(Math.min(blocks, 0xffffffff)), kind, ...u32(BLOCK_SIZE.floppy).slice(1));
}

/**
 * READ TOC: one data track and the lead-out, or the only session. [MMC-6: READ TOC]
 * @param track the first one wanted; 0xAA is the lead-out
 * @returns `undefined` for a form or a track that does not exist
 */
export function tableOfContents(
  medium: Medium,
  { format, msf, track }: { readonly format: number; readonly msf: boolean; readonly track: number },
): Uint8Array | undefined {
  const entry = (number: number, lba: number) => [0, DATA_TRACK, number, 0, ...(msf ? minutes(lba) : u32(lba))];
  const first = entry(1, 0);
  if (format === 1) return Uint8Array.of(0, 10, 1, 1, ...first);
  if (format !== 0 || (track > 1 && track !== LEAD_OUT)) return undefined;
  const entries = [...(track === LEAD_OUT ? [] : first), ...entry(LEAD_OUT, Math.min(medium.blocks, 0xffffffff))];
  return Uint8Array.of(0, 2 + entries.length, 1, 1, ...entries);
}

/** What happened to the medium since the last question. [MMC-6: GET EVENT STATUS NOTIFICATION] */
export const MediaEvent = { none: 0, new: 2, removed: 3 } as const;

/** The bit of the class of events that a drive knows. */
export const MEDIA_CLASS = 0x10;

/** GET EVENT STATUS NOTIFICATION: of the six classes only that of the medium is known. */
export function eventStatus(
  classes: number,
  event: number,
  { present, open }: { readonly present: boolean; readonly open: boolean },
): Uint8Array {
  if ((classes & MEDIA_CLASS) === 0) return Uint8Array.of(0, 2, 0x80, MEDIA_CLASS);
  return Uint8Array.of(0, 6, 4, MEDIA_CLASS, event, (present ? 2 : 0) | (open ? 1 : 0), 0, 0);
}

/** MECHANISM STATUS: one slot, no changer. [MMC-6: MECHANISM STATUS] */
export function mechanismStatus({ open }: { readonly open: boolean }): Uint8Array {
  return Uint8Array.of(0, open ? 0x10 : 0, 0, 0, 0, 1, 0, 0);
}

/** REQUEST SENSE in the fixed format. [SPC-4: REQUEST SENSE] */
export function requestSense({ key, asc, ascq }: Sense): Uint8Array {
  return Uint8Array.of(0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0, 0, 0, 0);
}

/** INQUIRY. Firmware answers it itself; hosts never learn this name from real ones. [SPC-4: INQUIRY] */
export function inquiry(unit: DriveUnit): Uint8Array {
  const [type, product] = unit === 'cd' ? [5, 'Redirected CD'] : [0, 'Redirected disk'];
  const text = `amtkit  ${product.padEnd(16)}1   `;
  const characters = Array.from(text, (character) => character.charCodeAt(0));
  return Uint8Array.of(type, 0x80, 5, 2, 31, 0, 0, 0, ...characters);
}

/** Address 1, control 4: a track of data. */
const DATA_TRACK = 0x14;

const LEAD_OUT = 0xaa;

/** Two seconds stand before address 0. */
const PREGAP = 150;

/** An address as minutes, seconds and frames of a seventy-fifth; what lies behind minute 255 has no other name. */
function minutes(lba: number): number[] {
  const frames = lba + PREGAP;
  const minute = Math.floor(frames / 4500);
  return minute > 255 ? [0, 255, 59, 74] : [0, minute, Math.floor(frames / 75) % 60, frames % 75];
}

function u32(value: number): number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
