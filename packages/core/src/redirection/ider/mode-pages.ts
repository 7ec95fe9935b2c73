/** MODE SENSE of the two drives, in both forms. [SPC-4: MODE SENSE] [MMC-6: mode parameters] [UFI: MODE SENSE] */
import { type DriveUnit, type Geometry, geometryOf, type Medium } from './replies.ts';
import { SENSE, type Sense } from './scsi.ts';

/** What MODE SENSE asks for. */
export interface ModeQuestion {
  /** The form of ten bytes; that of six answers only with its header. */
  readonly long: boolean;
  readonly page: number;
  readonly subpage: number;
  readonly control: number;
}

/** The reply, or why there is none. A floppy drive without a medium says so; a CD drive can tell its abilities without. */
export function modeSense(unit: DriveUnit, medium: Medium | undefined, question: ModeQuestion): Uint8Array | Sense {
  const { long, page, subpage, control } = question;
  if (medium === undefined && (unit === 'floppy' || !long)) return SENSE.noMedium;
  if (control === SAVED) return SENSE.nothingSaved;
  if (subpage !== 0 && !(page === ALL && subpage === 0xff)) return SENSE.invalidField;
  const geometry = geometryOf(medium ?? NO_BLOCKS);
  const guard = medium?.writable === true ? 0 : WRITE_PROTECTED;
  if (!long) {
    if (page !== ALL) return SENSE.invalidField;
    return Uint8Array.of(3, unit === 'cd' ? CD_120_MM : 0, guard, 0);
  }
  const pages = unit === 'cd' ? cdPages() : floppyPages(geometry);
  const chosen = page === ALL ? pages : pages.filter(([code]) => code === page);
  if (chosen.length === 0) return SENSE.invalidField;
  const bytes = chosen.flatMap((whole) => (control === CHANGEABLE ? unchangeable(whole) : whole));
  const type = unit === 'floppy' ? geometry.mediumType : medium === undefined ? CD_ABSENT : CD_PRESENT;
  const length = 6 + bytes.length;
  return Uint8Array.of(length >> 8, length & 0xff, type, guard, 0, 0, 0, 0, ...bytes);
}

const ALL = 0x3f;
const CHANGEABLE = 1;
const SAVED = 3;
const WRITE_PROTECTED = 0x80;
const NO_BLOCKS: Medium = { blocks: 0, writable: false };

/** Medium types of CD drives: what the long form says, what consoles in the field put into the short one, and a closed empty tray. */
const CD_PRESENT = 0x01;
const CD_120_MM = 0x05;
const CD_ABSENT = 0x70;

/** Each page: its code, how much follows, and that. */
function cdPages(): number[][] {
  return [
    // Error recovery: as many tries as it likes.
    [0x01, 0x06, 0, 0xff, 0, 0, 0, 0],
    // Power condition; timeout and protect.
    [0x1a, 0x0a, ...zeros(10)],
    [0x1d, 0x0a, ...zeros(10)],
    // Capabilities: reads, loads with a tray, buffers 128 KB.
    [0x2a, 0x18, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x80, ...zeros(12)],
  ];
}

function floppyPages({ transferRate, heads, sectors, cylinders }: Geometry): number[][] {
  return [
    // Error recovery: one try to read, two to write.
    [0x01, 0x0a, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0],
    // Format: tracks in a zone, sectors in a track, bytes in a sector; removable.
    [0x03, 0x16, 0, 0xa0, ...zeros(6), ...u16(sectors), ...u16(512), ...zeros(6), 0xa0, 0, 0, 0],
    // Flexible disk: rate, shape, motor off after 4 seconds, 720 turns a minute.
    [
      ...[0x05, 0x1e, ...u16(transferRate), heads, sectors, ...u16(512), ...u16(cylinders)],
      ...[...zeros(10), 0x28, ...zeros(7), ...u16(720), 0, 0],
    ],
    // Caching: none.
    [0x08, 0x0a, ...zeros(10)],
    // Medium types supported: 1.2 MB, 1.44 MB, LS-120.
    [0x0b, 0x06, 0, 0, 0, 0x11, 0x24, 0x31],
  ];
}

/** A page as the mask of what can be changed: nothing. */
function unchangeable([code = 0, length = 0]: readonly number[]): number[] {
  return [code, length, ...zeros(length)];
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
