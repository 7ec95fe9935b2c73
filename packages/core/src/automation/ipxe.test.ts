import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageFailed } from '../errors.ts';
import { contentOf, findFile } from './ipxe/iso-file.ts';
import { ipxeImage } from './ipxe.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-ipxe-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Blocks of a CD as iPXE's build lays them out, smaller: descriptors, catalog, root, settings of the loader, FAT volume. */
const [CATALOG, ROOT, SETTINGS, UEFI, END] = [20, 21, 22, 23, 33];
/** A FAT12 volume of 40 sectors: one reserved, two tables of one, a root of 16 entries, clusters of one sector. */
const FAT = { table: 512, root: 1536, data: 2048, sectors: 40 };

function ipxeCd({ uefi = true, loader = true, full = false } = {}): Uint8Array {
  const cd = new Uint8Array(END * 2048);
  const view = new DataView(cd.buffer);
  const text = (at: number, words: string) => cd.set(new TextEncoder().encode(words), at);
  const both = (at: number, value: number) => {
    view.setUint32(at, value, true);
    view.setUint32(at + 4, value);
  };
  const record = (at: number, name: string, block: number, size: number) => {
    cd[at] = 33 + name.length + ((33 + name.length) % 2);
    both(at + 2, block);
    both(at + 10, size);
    cd[at + 32] = name.length;
    text(at + 33, name);
    return at + (cd[at] as number);
  };
  for (const [block, type] of [
    [16, 1],
    [17, 0],
    [18, 2],
    [19, 255],
  ] as const) {
    cd[block * 2048] = type;
    text(block * 2048 + 1, 'CD001');
    if (type === 1 || type === 2) record(block * 2048 + 156, '\0', ROOT, 2048);
  }
  text(17 * 2048 + 7, 'EL TORITO SPECIFICATION');
  view.setUint32(17 * 2048 + 0x47, CATALOG, true);
  let at = record(record(ROOT * 2048, '\0', ROOT, 2048), '\x01', ROOT, 2048);
  const settings = 'TIMEOUT 0\nDEFAULT ipxe.lkrn\nLABEL ipxe.lkrn\n KERNEL ipxe.krn\n';
  if (loader) at = record(at, 'ISOLINUX.CFG;1', SETTINGS, settings.length);
  text(SETTINGS * 2048, settings);
  if (!uefi) return cd;
  cd.set([0x91, 0xef, 1], CATALOG * 2048 + 64);
  cd[CATALOG * 2048 + 96] = 0x88;
  view.setUint32(CATALOG * 2048 + 96 + 8, UEFI, true);
  const fat = UEFI * 2048;
  view.setUint16(fat + 11, 512, true);
  cd.set([1, 1, 0, 2, 16, 0, FAT.sectors, 0, 0xf8, 1, 0], fat + 13);
  cd.set([0x55, 0xaa], fat + 510);
  for (const copy of [0, 1]) {
    const table = fat + FAT.table + copy * 512;
    cd.set([0xf8, 0xff, 0xff, 0xff, 0x0f], table);
    if (full) cd.fill(0xff, table, table + 512);
  }
  text(fat + FAT.root, 'EFI        \x10');
  return cd;
}

async function made(url: string, cd: Uint8Array): Promise<Uint8Array> {
  const path = join(folder, 'ipxe.iso');
  await writeFile(path, cd);
  await using source = await ipxeImage(url, { image: path });
  const bytes = new Uint8Array(source.size);
  await source.read(0, bytes);
  return bytes;
}

const url = 'http://boot.lan/install.ipxe';
const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const fileOf = (cd: Uint8Array, name: string) => {
  const file = findFile(cd, name);
  return file === undefined ? undefined : words(contentOf(cd, file));
};

describe('An image of iPXE', () => {
  it('has its script as an initrd of the loader that a BIOS starts', async () => {
    const cd = await made(url, ipxeCd());
    expect(fileOf(cd, 'ISOLINUX.CFG')).toBe(
      'TIMEOUT 0\nDEFAULT ipxe.lkrn\nLABEL ipxe.lkrn\n KERNEL ipxe.krn\n INITRD autoexec.ipx\n',
    );
    expect(fileOf(cd, 'AUTOEXEC.IPX')).toBe(
      [
        '#!ipxe',
        ':again',
        'dhcp || goto later',
        'chain --autofree http://boot.lan/install.ipxe || goto later',
        'exit',
        ':later',
        'echo Trying again in five seconds.',
        'sleep 5',
        'goto again',
        '',
      ].join('\n'),
    );
    expect(cd.length).toBe((END + 1) * 2048);
    expect(new DataView(cd.buffer).getUint32(16 * 2048 + 80, true)).toBe(END + 1);
  });

  it('has it under its long name in the volume that UEFI starts', async () => {
    const cd = await made(url, ipxeCd());
    const fat = cd.subarray(UEFI * 2048);
    // As mtools 4.0 writes it for the same two names.
    expect(Buffer.from(fat.subarray(FAT.root + 32, FAT.root + 64)).toString('hex')).toBe(
      '416100750074006f0065000f00a57800650063002e0069007000000078006500',
    );
    expect(words(fat.subarray(FAT.root + 64, FAT.root + 75))).toBe('AUTOEX~1IPX');
    const entry = new DataView(fat.buffer, fat.byteOffset + FAT.root + 64);
    const cluster = entry.getUint16(26, true);
    expect(cluster).toBe(2 + 1);
    const size = entry.getUint32(28, true);
    expect(words(fat.subarray(FAT.data + (cluster - 2) * 512, FAT.data + (cluster - 2) * 512 + size))).toMatch(
      /^#!ipxe\n/,
    );
    // Clusters 2 (taken before) and 3 both end their chains, in both copies of the table.
    for (const copy of [0, 1]) {
      const table = fat.subarray(FAT.table + copy * 512);
      expect([...table.subarray(0, 6)]).toEqual([0xf8, 0xff, 0xff, 0xff, 0xff, 0xff]);
    }
  });

  it('starts a CD image as a drive', async () => {
    const cd = await made('http://boot.lan/debian.iso', ipxeCd());
    expect(fileOf(cd, 'AUTOEXEC.IPX')).toContain('sanboot --no-describe http://boot.lan/debian.iso || goto later');
  });

  it('is made from one for BIOS alone, and from one for UEFI alone', async () => {
    expect(fileOf(await made(url, ipxeCd({ uefi: false })), 'AUTOEXEC.IPX')).toContain('chain');
    expect(await made(url, ipxeCd({ loader: false }))).toHaveLength(END * 2048);
  });

  it('says what is wrong with the CD it is to be made from', async () => {
    await expect(made(url, ipxeCd({ uefi: false, loader: false }))).rejects.toThrow(/is not the CD of iPXE/);
    await expect(made(url, ipxeCd({ full: true }))).rejects.toThrow(
      'The boot image for UEFI has no room for a script.',
    );
    await expect(ipxeImage(url, { image: join(folder, 'none.iso') })).rejects.toBeInstanceOf(ImageFailed);
  });

  it.each(['', 'boot.lan', 'file:///etc/passwd', 'http://boot.lan/a b', 'http://boot.lan/"x"'])(
    'is refused for %j',
    async (wrong) => {
      await expect(made(wrong, ipxeCd())).rejects.toBeInstanceOf(TypeError);
    },
  );

  it('has a name without the secrets of its URL', async () => {
    await writeFile(join(folder, 'ipxe.iso'), ipxeCd());
    await using image = await ipxeImage('http://me:secret@boot.lan/x?token=1', { image: join(folder, 'ipxe.iso') });
    expect(image.name).toBe('iPXE for http://boot.lan/x');
  });
});
