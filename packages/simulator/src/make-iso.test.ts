/** CD images, byte by byte where the standard says what stands there, and as the pretend PC reads them. */
import { describe, expect, test } from 'vitest';
import { openCd } from './hardware/memory/iso9660.ts';
import { fileOf, wholeOf } from './hardware/memory/volume.ts';
import { makeIso } from './make-iso.ts';

const reader = (image: Uint8Array) => async (block: number, count: number) =>
  image.slice(block * 2048, (block + count) * 2048);
const at = (image: Uint8Array, offset: number, length: number) =>
  Buffer.from(image.subarray(offset, offset + length)).toString('latin1');
const hex = (image: Uint8Array, offset: number, length: number) =>
  Buffer.from(image.subarray(offset, offset + length)).toString('hex');

describe('an image', () => {
  const image = makeIso({
    label: 'MINI_1',
    files: { 'A.TXT': 'hello\n', 'DISK.IMG': new Uint8Array(5000).fill(7) },
    bootScript: 'print hi\npoweroff\n',
  });

  test('has its descriptors where every reader looks for them', () => {
    expect(image.length % 2048).toBe(0);
    expect(image.subarray(0, 16 * 2048).every((byte) => byte === 0)).toBe(true);
    // Primary volume descriptor: type, identifier, version, label, size in both byte orders, block size.
    expect(hex(image, 16 * 2048, 7)).toBe('01434430303101');
    expect(at(image, 16 * 2048 + 40, 32)).toBe('MINI_1'.padEnd(32));
    const blocks = image.length / 2048;
    expect(hex(image, 16 * 2048 + 80, 8)).toBe(`${byte(blocks)}000000000000${byte(blocks)}`);
    expect(hex(image, 16 * 2048 + 128, 4)).toBe('00080800');
    // Boot record with the block of the catalog, and the end.
    expect(at(image, 17 * 2048, 39)).toBe(`\0CD001\x01${'EL TORITO SPECIFICATION'.padEnd(32, '\0')}`);
    expect(hex(image, 17 * 2048 + 0x47, 4)).toBe('13000000');
    expect(hex(image, 18 * 2048, 7)).toBe('ff434430303101');
  });

  test('has a catalog whose words sum up to nothing', () => {
    const catalog = image.subarray(19 * 2048, 20 * 2048);
    let sum = 0;
    for (let i = 0; i < 32; i += 2) sum += (catalog[i] ?? 0) + 256 * (catalog[i + 1] ?? 0);
    expect(sum % 0x10000).toBe(0);
    expect(hex(catalog, 30, 2)).toBe('55aa');
    // Bootable, no emulation, one sector of 512 bytes, at the block of the script.
    expect(hex(catalog, 32, 8)).toBe('8800000000000100');
    const block = (catalog[40] ?? 0) * 2048;
    expect(at(image, block, 27)).toBe('#!amtkit\nprint hi\npoweroff\n');
  });

  test('is read back as it was made', async () => {
    const cd = await openCd(reader(image));
    expect(cd).toMatchObject({ label: 'MINI_1', boot: { emulation: 0, size: 512 } });
    expect(cd?.files.map(({ name, size }) => [name, size])).toEqual([
      ['A.TXT', 6],
      ['AMTKIT.SH', 27],
      ['DISK.IMG', 5000],
    ]);
    const disk = cd && fileOf(cd, 'disk.img');
    expect(disk && (await wholeOf(disk, 1))).toEqual(new Uint8Array(5000).fill(7));
  });

  test('is the same for the same files', () => {
    const again = () => makeIso({ files: { 'A.TXT': 'hello' } });
    expect(again()).toEqual(again());
  });
});

test('a root of many files takes more than one block', async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`FILE_NUMBER_${i}.DATA`, `file ${i}`]));
  const cd = await openCd(reader(makeIso({ files })));
  expect(cd?.files).toHaveLength(200);
  const file = cd && fileOf(cd, 'FILE_NUMBER_199.DATA');
  expect(file && Buffer.from(await wholeOf(file, 8)).toString()).toBe('file 199');
  expect(cd?.boot).toBeUndefined();
});

test('a boot image of another kind starts where it stands, and is no file', async () => {
  const bootImage = new Uint8Array(3000).fill(0x90);
  const cd = await openCd(reader(makeIso({ bootImage, files: { A: '' } })));
  expect(cd?.boot).toMatchObject({ size: 3072 });
  expect(cd?.files.map(({ name }) => name)).toEqual(['A']);
});

test.each([
  [{ label: 'lower' }, 'label'],
  [{ label: 'X'.repeat(33) }, 'label'],
  [{ files: { 'readme.txt': '' } }, 'readme.txt'],
  [{ files: { 'A.B.C': '' } }, 'A.B.C'],
  [{ files: { ['X'.repeat(32)]: '' } }, 'XXX'],
])('names that no CD can carry are refused: %o', (options, word) => {
  expect(() => makeIso(options)).toThrow(TypeError);
  expect(() => makeIso(options)).toThrow(word);
});

describe('a reader', () => {
  test('finds no volume on a medium without one', async () => {
    expect(await openCd(reader(new Uint8Array(40 * 2048)))).toBeUndefined();
  });

  test('starts nothing whose catalog is damaged', async () => {
    const image = makeIso({ bootScript: 'print hi' });
    image[19 * 2048 + 4] = 0x20;
    expect(await openCd(reader(image))).toMatchObject({ label: 'AMTKIT', boot: undefined });
    const unwilling = makeIso({ bootScript: 'print hi' });
    unwilling[19 * 2048 + 32] = 0;
    expect((await openCd(reader(unwilling)))?.boot).toBeUndefined();
  });
});

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
