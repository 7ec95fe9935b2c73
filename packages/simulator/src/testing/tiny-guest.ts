/**
 * A system of one sector for PCs with a classic BIOS, on a CD that starts it: it says on the serial port what drive it
 * came from, then does what single keys ask for.
 *
 *     a  asks for the power button, and switches off when it is pressed      answers +
 *     c  reads the CD's volume descriptor                                    answers its first 16 bytes, or ! and an error
 *     i  writes itself to the first disk, to be started from there           answers + or ! and an error
 *     q  switches off       r  resets the machine       s  falls asleep, to start anew when it is woken
 *
 * Any other key is sent back.
 */
import { fromHex } from '@amtkit/core/wire';
import type { RedirectedMedium } from '../hardware/hardware.ts';

/** Code of the 8086 for 0000:7C00, the number of its drive in DL. */
const code = fromHex(
  [
    'ea057c0000 fb f4 f4 fa', // start: wait for two ticks, in which the BIOS says what it has left to say; no interruptions from here on
    '31c0 8ed8 8ec0 8ed0 bc007c 8816267d', // segments and stack, keep the drive
    'be277d e8b100 a0267d e8c000 e8b400', // say "tiny guest up" and the drive
    'ba0006 ed f6c401 7529', // wait: power button pressed? off
    'fb f4 b401 cd16 74ef b400 cd16', // sleep until the next tick; a key? take it
    '3c71 7419 3c72 7426 3c73 7419 3c61 7423 3c63 742c 3c69 744d', // q r s a c i
    'e89f00 ebce', // send it back, wait
    'ba0406 b80020 ef f4', // off: PM1a_CNT: sleep type 0, sleep
    'ba0406 b80024 ef ebbd', // sleep: sleep type 1, which is S3
    'b0fe e664 f4', // reset: by the keyboard controller
    'b0f1 e6b2 ba0206 b80001 ef eb38', // acpi: take it over, enable the power button; done
    '8a16267d b442 c706087d0100 be067d cd13 7230', // read: one sector of the drive to 8000; failed?
    'be0080 b91000 fc ac e84a00 e2fa e83c00 eb86', // 16 bytes of it, wait
    'b443 b280 b000 c706187d0100 be167d cd13 720b', // install: write this sector to drive 80; failed?
    'b02b e83d00 e81f00 e968ff', // done: "+" and wait
    'b021 e83200 88e0 e81b00 e80f00 e958ff', // failed: "!", the error, wait
    'fc ac 84c0 7405 e81e00 ebf6 c3', // text: at SI, up to a zero
    'b00d e81600 b00a eb12', // newline: carriage return, line feed
    '50 c0e804 e80300 58 240f 0430 3c39 7602 0427', // hex: of AL
    '52 50 bafd03 ec a820 74fb 58 b2f8 ee 5a c3', // put: AL to the serial port, once that is free
    '10000100008000001000000000000000', // what to read: one sector, 0000:8000, from 16 on
    '10000100007c00000000000000000000', // what to write: one sector, 0000:7C00, at 0
    '00', // the drive
    '74696e792067756573742075702000', // the text
  ]
    .join('')
    .replaceAll(' ', ''),
);

const BLOCK = 2048;

/** The CD: volume descriptor, El Torito record and catalogue, and the system. [ECMA-119] [EL TORITO] */
export function tinyCd(): Uint8Array {
  const image = new Uint8Array(40 * BLOCK);
  const view = new DataView(image.buffer);
  const text = (offset: number, value: string) => image.set(new TextEncoder().encode(value), offset);
  const descriptor = (block: number, type: number) => {
    image[block * BLOCK] = type;
    text(block * BLOCK + 1, 'CD001\x01');
  };
  descriptor(16, 1);
  text(16 * BLOCK + 40, 'TINY');
  descriptor(17, 0);
  text(17 * BLOCK + 7, 'EL TORITO SPECIFICATION');
  view.setUint32(17 * BLOCK + 71, 19, true);
  descriptor(18, 255);
  // Validation entry with its checksum, then the one that is started: no emulation, one sector, at block 20.
  image.set([1, 0], 19 * BLOCK);
  image.set([0xaa, 0x55, 0x55, 0xaa], 19 * BLOCK + 28);
  image.set([0x88, 0, 0, 0, 0, 0, 1, 0, 20], 19 * BLOCK + 32);
  image.set(sector(), 20 * BLOCK);
  return image;
}

/** A floppy of the ordinary size that starts it. */
export function tinyFloppy(): Uint8Array {
  const image = new Uint8Array(2880 * 512);
  image.set(sector());
  return image;
}

/** The system as a BIOS wants it: with the mark of a boot sector. */
function sector(): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(code);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

/** A medium that is read at once, whose reads are written down. */
export function mediumOf(image: Uint8Array, blockLength = BLOCK, writable = false) {
  const reads: { readonly block: number; readonly count: number }[] = [];
  const medium: RedirectedMedium = {
    blockLength,
    blocks: image.length / blockLength,
    writable,
    async read(block, count) {
      reads.push({ block, count });
      return image.slice(block * blockLength, (block + count) * blockLength);
    },
    async write(block, data) {
      image.set(data, block * blockLength);
    },
    command: async () => new Uint8Array(0),
  };
  return Object.assign(medium, { reads });
}
