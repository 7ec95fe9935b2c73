/**
 * The guest whose screen is measured: a boot sector that paints as fast as a screen is refreshed, or once for each key.
 * Machine code, since nothing else starts in a second and does exactly this; each piece says what it does.
 */
import { writeFile } from 'node:fs/promises';

/** Keysyms of the keys that it obeys. Every other key is counted in the colour of the first pixel. */
export const GuestKey = { begin: 0x72, end: 0x73, graphics: 0x67, count: 0x78 } as const;

/** Makes a disk that starts it. */
export async function writeGuest(file: string): Promise<void> {
  const disk = new Uint8Array(1024 * 1024);
  disk.set(Buffer.from(PROGRAM.map(([, code]) => code).join(''), 'hex'));
  await writeFile(file, disk);
}

/** Loaded at 0x7c00. */
const PROGRAM: readonly (readonly [does: string, code: string])[] = [
  ['interrupts off; segments 0; the stack below', 'fa31c08ed88ec08ed0bc007cfc'],
  ['read the second sector behind the first', 'b80102b9020030f6bb007ecd13'],
  ['text mode 3, and no cursor', 'b80300cd10b90020b401cd10'],
  ['what mode 0x144 is, 1024 × 768 in 32 bits: its memory is told at 0x1028', 'b8014fb94401bf0010cd10'],
  ['ESI: where the font of 8 × 16 is', 'b83011b706cd106631f68cc666c1e604660fb7ed6601ee'],
  ['protected mode', 'fa0f0116187e0f20c00c010f22c0ea5b7c0800'],
  ['segments of 4 GiB', '66b810008ed88ec08ed0bc007c0000'],
  [
    'both interrupts, timer and keyboard, are answered at 0x7de4',
    'bf00210000b902000000c707e47d0800c74704008e000083c708e2ee0f011d1e' + '7e0000',
  ],
  ['the two at numbers 0x20 and 0x21, and no other', 'b011e620b020e621b004e621b001e621b0fce621b0ffe6a1'],
  ['the timer at 60 Hz', 'b034e643b0aee640b04de640'],
  ['at 2 MiB, cell after cell, text of 128 × 128 characters in grey', 'bf0000200031d2'],
  ['a character that depends on the number of its cell, or none', '69c2b179379ec1e8183c607302b02083e07fc1e0048d2c06'],
  ['its sixteen lines', '57b5108a450045b108'],
  ['of eight dots', 'd0e019db81e3c0c0c000891f83c704fec975ed81c7e00f0000fecd75dd'],
  ['the next cell, the next row', '5f83c72042f6c27f75b881c700f0000081fa0040000072aa'],
  ['EBX: number of the picture; EBP: whether pictures are painted; ESI: the screen', '31db31edbe00800b00'],
  ['wait for an interrupt', 'fbf4'],
  [
    'a key that goes down? R begins, S ends, G goes into graphics, others count',
    'e464a8017429e46084c078233c1374143c1f74173c220f848200000043e85a00' + '0000ebda',
  ],
  ['R, S', 'bd01000000ebd331edebcf'],
  ['the timer: the next picture', '85ed74cb4368177d000089f781fe00800b007521'],
  [
    'of text: 2000 characters that depend on its number',
    'b9d00700008d04d969c0b179379ec1e8180d20070000257f07000066abe2e6eb' + '18',
  ],
  ['of graphics: the text of 2 MiB, sixteen lines further', '89d883e03fc1e01005000020005689c6b900000c00f3a55e'],
  [
    'its number, last, as the colour of the first pixel: background of a blank, or blue',
    '89d881fe00800b00750f83e007c1e00c0d20070000668906c383e01fc1e00389' + '06c3',
  ],
  [
    'G: the registers of the Bochs display, from the table',
    'bfeb7d0000b905000000bace0100008a070fb6c066ef42668b470166ef83c703' + 'e2e88b3528100000e933ffffff',
  ],
  ['interrupts: heard', '50b020e62058cf'],
  ['off, width, height, 32 bits, on with all of its memory', '040000010004020003032000044100'],
  ['end of the first sector', '0000000055aa'],
  [
    'segments: none, code, data; and where they and the interrupts are',
    '0000000000000000ffff0000009acf00ffff00000092cf001700007e00000f01' + '00200000',
  ],
];
