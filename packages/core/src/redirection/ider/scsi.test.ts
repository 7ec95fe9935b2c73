import { expect, it } from 'vitest';
import { fromHex } from '../../bytes/hex.ts';
import { decodeCommand, type ScsiCommand } from './scsi.ts';

it.each<[hex: string, command: ScsiCommand]>([
  ['00', { name: 'TEST UNIT READY' }],
  ['03 00 00 00 12', { name: 'REQUEST SENSE', allocation: 18 }],
  ['08 1F FF FF 00', { name: 'READ', lba: 0x1fffff, blocks: 256 }],
  ['08 E0 00 02 01', { name: 'READ', lba: 2, blocks: 1 }],
  ['0A 00 00 07 02', { name: 'WRITE', lba: 7, blocks: 2 }],
  ['12 01 80 01 00', { name: 'INQUIRY', vital: true, page: 0x80, allocation: 256 }],
  ['1A 00 3F 00 C0', { name: 'MODE SENSE', long: false, page: 0x3f, subpage: 0, control: 0, allocation: 192 }],
  [
    '5A 00 AA FF 00 00 00 01 00',
    { name: 'MODE SENSE', long: true, page: 0x2a, subpage: 255, control: 2, allocation: 256 },
  ],
  ['1B 00 00 00 02', { name: 'START STOP UNIT', start: false, tray: true }],
  ['1B 00 00 00 01', { name: 'START STOP UNIT', start: true, tray: false }],
  ['1E 00 00 00 01', { name: 'PREVENT ALLOW MEDIUM REMOVAL', prevent: true }],
  ['1E 00 00 00 00', { name: 'PREVENT ALLOW MEDIUM REMOVAL', prevent: false }],
  ['23 00 00 00 00 00 00 00 FC', { name: 'READ FORMAT CAPACITIES', allocation: 252 }],
  ['25', { name: 'READ CAPACITY' }],
  ['28 00 FF FF FF FF 00 FF FF', { name: 'READ', lba: 0xffffffff, blocks: 0xffff }],
  ['A8 00 80 00 00 01 80 00 00 02', { name: 'READ', lba: 0x80000001, blocks: 0x80000002 }],
  ['2A 00 00 00 01 02 00 03 04', { name: 'WRITE', lba: 0x102, blocks: 0x304 }],
  ['2E 00 00 00 01 02 00 03 04', { name: 'WRITE', lba: 0x102, blocks: 0x304 }],
  ['AA 00 00 00 01 02 00 00 03 04', { name: 'WRITE', lba: 0x102, blocks: 0x304 }],
  ['43 02 00 00 00 00 AA 03 24', { name: 'READ TOC', format: 0, msf: true, track: 0xaa, allocation: 804 }],
  ['43 00 01 00 00 00 00 00 0C', { name: 'READ TOC', format: 1, msf: false, track: 0, allocation: 12 }],
  ['43 00 00 00 00 00 00 00 0C 80', { name: 'READ TOC', format: 2, msf: false, track: 0, allocation: 12 }],
  ['43 00 01 00 00 00 00 00 0C 80', { name: 'READ TOC', format: 1, msf: false, track: 0, allocation: 12 }],
  ['46 02 00 1E 00 00 00 01 00', { name: 'GET CONFIGURATION', type: 2, feature: 0x1e, allocation: 256 }],
  ['4A 01 00 00 10 00 00 00 08', { name: 'GET EVENT STATUS NOTIFICATION', polled: true, classes: 16, allocation: 8 }],
  ['BD 00 00 00 00 00 00 00 00 08', { name: 'MECHANISM STATUS', allocation: 8 }],
  ['9E 10', { name: 'unknown', operation: 0x9e }],
  ['FF', { name: 'unknown', operation: 255 }],
])('reads %s', (hex, command) => {
  const cdb = new Uint8Array(12);
  cdb.set(fromHex(hex));
  expect(decodeCommand(cdb)).toEqual(command);
});
