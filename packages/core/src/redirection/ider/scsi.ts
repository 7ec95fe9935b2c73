/**
 * Command blocks as hosts send them to a redirected drive, and the sense data that says why one failed.
 * [SPC-4: commands] [MMC-6: commands] [SBC-3: commands] Numbers inside are big-endian.
 */

/** Why a command failed: sense key, additional code and its qualifier. */
export interface Sense {
  readonly key: number;
  readonly asc: number;
  readonly ascq: number;
}

/** The reasons that are given. [SPC-4: additional sense codes] */
export const SENSE = {
  none: { key: 0, asc: 0, ascq: 0 },
  noMedium: { key: 2, asc: 0x3a, ascq: 0 },
  writeFailed: { key: 3, asc: 0x0c, ascq: 0 },
  readFailed: { key: 3, asc: 0x11, ascq: 0 },
  unknownCommand: { key: 5, asc: 0x20, ascq: 0 },
  outOfRange: { key: 5, asc: 0x21, ascq: 0 },
  invalidField: { key: 5, asc: 0x24, ascq: 0 },
  nothingSaved: { key: 5, asc: 0x39, ascq: 0 },
  removalPrevented: { key: 5, asc: 0x53, ascq: 2 },
  mediumChanged: { key: 6, asc: 0x28, ascq: 0 },
  writeProtected: { key: 7, asc: 0x27, ascq: 0 },
} as const satisfies Readonly<Record<string, Sense>>;

/** What a command block asks for. `allocation` is the most bytes of data that may be answered. */
export type ScsiCommand =
  | { readonly name: 'TEST UNIT READY' }
  | { readonly name: 'REQUEST SENSE'; readonly allocation: number }
  | { readonly name: 'INQUIRY'; readonly vital: boolean; readonly page: number; readonly allocation: number }
  /** `control`: 0 current values, 1 which can be changed, 2 defaults, 3 saved ones. `long`: the form of ten bytes. */
  | {
      readonly name: 'MODE SENSE';
      readonly long: boolean;
      readonly page: number;
      readonly subpage: number;
      readonly control: number;
      readonly allocation: number;
    }
  | { readonly name: 'START STOP UNIT'; readonly start: boolean; readonly tray: boolean }
  | { readonly name: 'PREVENT ALLOW MEDIUM REMOVAL'; readonly prevent: boolean }
  | { readonly name: 'READ FORMAT CAPACITIES'; readonly allocation: number }
  | { readonly name: 'READ CAPACITY' }
  | { readonly name: 'READ'; readonly lba: number; readonly blocks: number }
  | { readonly name: 'WRITE'; readonly lba: number; readonly blocks: number }
  | {
      readonly name: 'READ TOC';
      readonly format: number;
      readonly msf: boolean;
      readonly track: number;
      readonly allocation: number;
    }
  /** `type`: 0 all features from `feature` on, 1 the current ones of them, 2 only `feature`. */
  | { readonly name: 'GET CONFIGURATION'; readonly type: number; readonly feature: number; readonly allocation: number }
  | {
      readonly name: 'GET EVENT STATUS NOTIFICATION';
      readonly polled: boolean;
      readonly classes: number;
      readonly allocation: number;
    }
  | { readonly name: 'MECHANISM STATUS'; readonly allocation: number }
  /** Everything else; nobody implements it and hosts do without. */
  | { readonly name: 'unknown'; readonly operation: number };

/** Reads a command block of twelve bytes; shorter ones are padded with zeros. */
export function decodeCommand(cdb: Uint8Array): ScsiCommand {
  const u8 = (at: number) => cdb[at] ?? 0;
  const u16 = (at: number) => (u8(at) << 8) | u8(at + 1);
  const u32 = (at: number) => u16(at) * 0x10000 + u16(at + 2);
  const operation = u8(0);
  switch (operation) {
    case 0x00:
      return { name: 'TEST UNIT READY' };
    case 0x03:
      return { name: 'REQUEST SENSE', allocation: u8(4) };
    case 0x08:
      return { name: 'READ', ...shortExtent(u32(0), u8(4)) };
    case 0x0a:
      return { name: 'WRITE', ...shortExtent(u32(0), u8(4)) };
    case 0x12:
      return { name: 'INQUIRY', vital: (u8(1) & 1) !== 0, page: u8(2), allocation: u16(3) };
    case 0x1a:
      return { name: 'MODE SENSE', long: false, ...modePage(u8(2), u8(3)), allocation: u8(4) };
    case 0x1b:
      return { name: 'START STOP UNIT', start: (u8(4) & 1) !== 0, tray: (u8(4) & 2) !== 0 };
    case 0x1e:
      return { name: 'PREVENT ALLOW MEDIUM REMOVAL', prevent: (u8(4) & 1) !== 0 };
    case 0x23:
      return { name: 'READ FORMAT CAPACITIES', allocation: u16(7) };
    case 0x25:
      return { name: 'READ CAPACITY' };
    case 0x28:
      return { name: 'READ', lba: u32(2), blocks: u16(7) };
    case 0x2a:
    case 0x2e:
      return { name: 'WRITE', lba: u32(2), blocks: u16(7) };
    case 0x43:
      // Drivers older than the field for the format put it into the last byte. [SFF-8020i: READ TOC]
      return {
        name: 'READ TOC',
        format: (u8(2) & 0x0f) === 0 ? u8(9) >> 6 : u8(2) & 0x0f,
        msf: (u8(1) & 2) !== 0,
        track: u8(6),
        allocation: u16(7),
      };
    case 0x46:
      return { name: 'GET CONFIGURATION', type: u8(1) & 3, feature: u16(2), allocation: u16(7) };
    case 0x4a:
      return {
        name: 'GET EVENT STATUS NOTIFICATION',
        polled: (u8(1) & 1) !== 0,
        classes: u8(4),
        allocation: u16(7),
      };
    case 0x5a:
      return { name: 'MODE SENSE', long: true, ...modePage(u8(2), u8(3)), allocation: u16(7) };
    case 0xa8:
      return { name: 'READ', lba: u32(2), blocks: u32(6) };
    case 0xaa:
      return { name: 'WRITE', lba: u32(2), blocks: u32(6) };
    case 0xbd:
      return { name: 'MECHANISM STATUS', allocation: u16(8) };
    default:
      return { name: 'unknown', operation };
  }
}

/** In the form of six bytes the address has 21 bits, and no blocks are 256. */
function shortExtent(first: number, blocks: number): { readonly lba: number; readonly blocks: number } {
  return { lba: first & 0x1fffff, blocks: blocks === 0 ? 256 : blocks };
}

function modePage(code: number, subpage: number): { page: number; subpage: number; control: number } {
  return { page: code & 0x3f, subpage, control: code >> 6 };
}
