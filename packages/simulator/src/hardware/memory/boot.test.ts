/** What the pretend PC starts, what it says about it, and what is on its disk afterwards. */
import { describe, expect, test } from 'vitest';
import { makeIso } from '../../make-iso.ts';
import { makeFloppy, mediumOf } from '../../testing/media.ts';
import { bench, boot, installer, sha256, system } from '../../testing/pretend-pc.ts';
import { settled } from '../../testing/redirection.ts';
import { MediumFailed } from '../hardware.ts';
import type { PcOptions } from './pc.ts';

describe('an installation', () => {
  const iso = installer('print Installing.\ncopy DISK.IMG disk\nverify DISK.IMG disk\npoweroff\n');

  test('puts the image onto the disk, byte for byte, and switches the PC off', async () => {
    const made = bench();
    await boot(made, 'cd', mediumOf(iso));
    expect(made.told).toEqual(['on', 'starting', 'ider-cd', 'off']);
    expect(made.pc.disk.bytes).toEqual(system);
    expect(made.pc.disk.sha256).toBe(sha256(system));
    expect(made.screen.text).toContain(`Verified, SHA-256 ${sha256(system)}\r\n`);
    expect(made.screen.text).toContain('100 %\r\n');
  });

  test('is what the PC starts from then on', async () => {
    const made = bench();
    await boot(made, 'cd', mediumOf(iso));
    await made.pc.insert('cd', undefined);
    await made.pc.apply('on');
    await settled();
    expect(made.told.slice(4)).toEqual(['on', 'starting', 'disk', 'system-up']);
    expect(made.screen.text).toMatch(/Hello from the disk\.\r\n\r\nDemo OS 2 on ttyS0.*\r\n# $/s);
  });

  test('reads block by block as a BIOS does, and much at once when it copies', async () => {
    const medium = mediumOf(iso);
    await boot(bench(), 'cd', medium);
    expect(medium.reads.slice(0, 4)).toEqual([
      [16, 1],
      [17, 1],
      [18, 1],
      [19, 1],
    ]);
    expect(Math.max(...medium.reads.map(([, count]) => count))).toBe(64);
  });

  test('that ends half way leaves nothing to start', async () => {
    const made = bench();
    const medium = mediumOf(iso);
    medium.before = (_, count) => {
      if (count > 20) made.pc.losePower();
    };
    await boot(made, 'cd', medium);
    expect(made.pc.power).toBe('off');
    const said = made.screen.text;
    await settled();
    expect(made.screen.text).toBe(said);
    await made.pc.apply('on');
    await settled();
    expect(made.screen.text.endsWith('There is no operating system on the disk. The PC is halted.\r\n')).toBe(true);
    expect(made.pc.systemUp).toBe(false);
  });

  test('survives a drive that goes away and comes back', async () => {
    const made = bench();
    const medium = mediumOf(iso);
    let failures = 0;
    medium.before = async (_, count) => {
      if (count === 64 && failures++ === 0) {
        await made.pc.insert('cd', undefined);
        throw new MediumFailed('The console is gone.', [2, 0x3a, 0]);
      }
    };
    await boot(made, 'cd', medium);
    await made.pass(3000);
    expect(made.screen.text).toContain('Trying again.');
    expect(made.pc.power).toBe('on');
    await made.pc.insert('cd', mediumOf(iso));
    await made.pass(200);
    expect(made.pc.power).toBe('off');
    expect(made.pc.disk.sha256).toBe(sha256(system));
  });

  test('does not go on with another medium', async () => {
    const made = bench();
    const medium = mediumOf(iso);
    medium.before = async (_, count) => {
      if (count === 64) throw new MediumFailed('It is another one.', [6, 0x28, 0]);
    };
    await boot(made, 'cd', medium);
    await made.pc.insert('cd', mediumOf(makeIso({ files: { 'OTHER.IMG': 'x' } })));
    await made.pass(2000);
    expect(made.screen.text).toContain('Line 3: Another medium is in the drive.\r\nThe PC is halted.');
    expect(made.pc.disk.system).not.toBe('installed');
  });

  test('gives up on a place that cannot be read', async () => {
    const made = bench();
    const medium = mediumOf(iso);
    medium.before = (_, count) => {
      if (count === 64) throw new MediumFailed('The console sent 0 of 131072 bytes at block 27.', [3, 0x11, 0]);
    };
    await boot(made, 'cd', medium);
    await made.pass(5000);
    expect(medium.reads.filter(([, count]) => count === 64)).toHaveLength(3);
    expect(made.screen.text).toContain('Line 3: The console sent 0 of 131072 bytes');
  });
});

describe('a program', () => {
  const run = async (script: string, options: PcOptions = {}) => {
    const made = bench(options);
    await boot(made, 'cd', mediumOf(installer(script, { 'A.TXT': 'one\ntwo\n' })));
    return made;
  };

  test.each<[string, string, string]>([
    ['print  two  blanks', 'two  blanks\r\n', ''],
    ['# a remark\nprint x', 'x\r\n', ''],
    ['cat A.TXT', 'one\r\ntwo\r\n', ''],
    ['cat cd:a.txt', 'one\r\ntwo\r\n', ''],
    ['sha256 A.TXT', `${sha256(Buffer.from('one\ntwo\n'))}  A.TXT\r\n`, ''],
    ['list', 'Volume AMTKIT\r\n           8  A.TXT\r\n', ''],
    ['format c:', 'Line 2: There is no command format.\r\nThe PC is halted.\r\n', ''],
    ['cat B.TXT', 'Line 2: There is no file B.TXT on the cd.\r\n', ''],
    ['cat floppy:A.TXT', 'Line 2: There is nothing in the floppy drive.\r\n', ''],
    ['copy A.TXT floppy', 'Line 2: Only the disk can be copied to.\r\n', ''],
    ['verify A.TXT disk', 'Line 2: The disk differs from A.TXT.\r\n', ''],
    ['wait soon', 'Line 2: soon is no number of seconds.\r\n', ''],
    ['list tape', 'Line 2: There is no drive tape; there are cd and floppy.\r\n', ''],
  ])('that says %j', async (script, text) => {
    const made = await run(script);
    expect(made.screen.text).toContain(text);
    expect(made.pc.power).toBe('on');
  });

  test('takes no more than the disk holds', async () => {
    const made = await run('copy DISK.IMG disk', { diskSize: 1000 });
    expect(made.screen.text).toContain('The disk holds 1000 bytes.');
  });

  test('waits for a key, and goes on with it', async () => {
    const made = await run('press-key 5\nprint Wanted.');
    await made.pass(2000);
    expect(made.screen.text.endsWith('Press any key to boot from CD...')).toBe(true);
    await made.type(' ');
    expect(made.screen.text).toContain('Wanted.');
    expect(made.pc.bootedFrom).toBe('ider-cd');
  });

  test('nobody wants leaves the PC to its disk', async () => {
    const made = await run('press-key 2\nprint Wanted.');
    await made.pass(2000);
    expect(made.screen.text).not.toContain('Wanted.');
    expect(made.told.slice(-3)).toEqual(['ider-cd', 'disk', 'system-up']);
  });

  test('restarts the PC, and starts a system', async () => {
    expect((await run('reboot')).told.slice(-2)).toEqual(['disk', 'system-up']);
    const made = await run('system Live OS');
    expect(made.told.slice(-2)).toEqual(['ider-cd', 'system-up']);
    expect(made.screen.text).toContain('Live OS on ttyS0');
  });

  test('pauses until a key, and waits as long as it says', async () => {
    const made = await run('pause\nwait 3\nprint Now.');
    await made.type('x');
    await made.pass(2900);
    expect(made.screen.text).not.toContain('Now.');
    await made.pass(100);
    expect(made.screen.text).toContain('Now.');
  });
});

describe('a redirected CD', () => {
  test('without a medium is said to be empty, and the disk comes next', async () => {
    const made = bench();
    await boot(made, 'cd', undefined);
    await made.pass(3000);
    expect(made.screen.text).toContain('There is no medium in the redirected CD.\r\nStarting from the disk.\r\n');
    expect(made.told.slice(-2)).toEqual(['disk', 'system-up']);
  });

  test('that comes a little late is waited for', async () => {
    const made = bench();
    await boot(made, 'cd', undefined);
    await made.pass(2000);
    await made.pc.insert('cd', mediumOf(installer('print Late.')));
    await settled();
    expect(made.screen.text).toContain('Late.');
  });

  test('that cannot be started is said to be so, and the disk comes next', async () => {
    const made = bench();
    await boot(made, 'cd', mediumOf(makeIso({ files: { 'A.TXT': 'x' } })));
    expect(made.screen.text).toContain('The redirected CD is not bootable.\r\nStarting from the disk.\r\n');
    const blank = bench();
    await boot(blank, 'cd', mediumOf(new Uint8Array(100 * 2048)));
    expect(blank.screen.text).toContain('The redirected CD is not bootable.');
    const short = bench();
    await boot(short, 'cd', mediumOf(new Uint8Array(2048)));
    await short.pass(3000);
    expect(short.screen.text).toContain('The redirected CD cannot be read: There is nothing so far out.');
    expect(short.pc.bootedFrom).toBe('disk');
  });

  test('with machine code is shown: label, files, and what is in them', async () => {
    const made = bench();
    const large = new Uint8Array(70_000);
    const image = makeIso({
      label: 'SOME_OS',
      files: { 'A.TXT': 'x', LARGE: large },
      bootImage: new Uint8Array(2048).fill(0x90),
    });
    await boot(made, 'cd', mediumOf(image));
    expect(made.screen.text).toContain('Volume SOME_OS\r\n');
    expect(made.screen.text).toContain(`           1  A.TXT  ${sha256(Buffer.from('x'))}\r\n`);
    expect(made.screen.text).toContain('       70000  LARGE  not read\r\n');
    expect(made.pc).toMatchObject({ bootedFrom: 'ider-cd', systemUp: false, power: 'on' });
  });
});

describe('a redirected floppy', () => {
  const files = {
    'AMTKIT.SH': '#!amtkit\r\ncat ANSWERS.TXT\r\nsha256 BIG.BIN\r\n',
    'ANSWERS.TXT': 'name=kim\n',
    'BIG.BIN': system,
  };

  test('is started by the program in its root, along its chains', async () => {
    const made = bench();
    await boot(made, 'floppy', mediumOf(makeFloppy('ANSWERS', files), 512));
    expect(made.pc.bootedFrom).toBe('ider-floppy');
    expect(made.screen.text).toContain('name=kim\r\n');
    expect(made.screen.text).toContain(`${sha256(system)}  BIG.BIN\r\n`);
  });

  test('without a program is shown; without a signature it is not started', async () => {
    const made = bench();
    const image = makeFloppy('TOOLS', { 'A.TXT': 'x' });
    await boot(made, 'floppy', mediumOf(image, 512));
    expect(made.screen.text).toContain('Volume TOOLS\r\n           1  A.TXT  ');
    image[510] = 0;
    const unsigned = bench();
    await boot(unsigned, 'floppy', mediumOf(image, 512));
    expect(unsigned.screen.text).toContain('The redirected floppy is not bootable.');
    const empty = bench();
    await boot(empty, 'floppy', mediumOf(new Uint8Array(2880 * 512), 512));
    expect(empty.screen.text).toContain('The redirected floppy is not bootable.');
  });

  test('gives a program on a CD its answers', async () => {
    const made = bench();
    await made.pc.insert('floppy', mediumOf(makeFloppy('ANSWERS', files), 512));
    await boot(made, 'cd', mediumOf(installer('list floppy\ncat floppy:ANSWERS.TXT')));
    expect(made.screen.text).toContain('Volume ANSWERS\r\n');
    expect(made.screen.text).toContain('name=kim\r\n');
  });
});

test('places that need no drive are named', async () => {
  const made = bench();
  for (const place of ['pxe', 'cd', 'https', 'bios'] as const) await made.pc.apply('reset', place);
  await settled();
  for (const text of ['the network', 'the CD', 'the web']) expect(made.screen.text).toContain(`Starting from ${text}.`);
  await made.pc.apply('reset');
  await made.pc.apply('nmi');
  await settled();
  expect(made.screen.text).toContain('NMI received.');
});
