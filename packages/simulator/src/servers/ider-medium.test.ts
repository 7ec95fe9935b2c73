/** Redirected media as the PC meets them, behind consoles of every habit. */
import { fromHex } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { data, type Habit, image, type Lending, lend, NO_INPUT, opcodes, SENSE } from '../testing/field-console.ts';
import { settled } from '../testing/redirection.ts';

describe.each<[Habit]>([['right'], ['mesh'], ['amtider']])('a console of habit %s', (habit) => {
  test('lends a CD, and the floppy stays empty', async () => {
    const cd = image(600 * 1024);
    const made = await lend({ cd }, habit);
    expect(made.pc.inserted).toEqual(['cd 300×2048']);
    expect(await made.during(made.pc.media.cd?.read(17, 12))).toEqual(cd.slice(17 * 2048, 29 * 2048));
    expect(made.field.gaps).toBe(0);
    expect(made.simulator.received.nonsense).toEqual([]);
  });

  test('lends a floppy, write-protected, and the CD stays empty', async () => {
    const floppy = image(1_474_560);
    const made = await lend({ floppy }, habit);
    expect(made.pc.inserted).toEqual(['floppy 2880×512']);
    expect(made.pc.media.floppy?.writable).toBe(false);
    expect(await made.during(made.pc.media.floppy?.read(0, 1))).toEqual(floppy.slice(0, 512));
    await expect(made.during(made.pc.media.floppy?.write(0, new Uint8Array(512)))).rejects.toMatchObject({
      sense: [7, 0x27, 0],
    });
  });

  test('survives a reset in the middle of a read', async () => {
    const cd = image(200 * 1024);
    const made = await lend({ cd }, habit);
    const read = expect(made.pc.media.cd?.read(0, 64)).rejects.toMatchObject({ sense: [6, 0x29, 0] });
    await settled();
    made.pc.tell({ kind: 'starting' });
    await settled();
    await read;
    expect(await made.during(made.pc.media.cd?.read(3, 2))).toEqual(cd.slice(3 * 2048, 5 * 2048));
    expect(made.field.asked).toContain('46');
  });
});

describe('reads', () => {
  test('are split as asked for, and put together again', async () => {
    const cd = image(200 * 2048);
    const made = await lend({ cd }, 'right');
    const before = made.field.asked.length;
    expect(await made.during(made.pc.media.cd?.read(1, 150))).toEqual(cd.slice(2048, 151 * 2048));
    expect(made.field.asked.slice(before)).toEqual([
      'b0280000000001000040000000',
      'b0280000000041000040000000',
      'b0280000000081000016000000',
    ]);
    const small = await lend({ cd }, 'right', { bytesPerCommand: 4096 });
    expect(await small.during(small.pc.media.cd?.read(0, 5))).toEqual(cd.slice(0, 5 * 2048));
    expect(opcodes(small).filter((each) => each === 'b028')).toHaveLength(3);
    const least = await lend({ cd }, 'right', { bytesPerCommand: 1 });
    expect(await least.during(least.pc.media.cd?.read(0, 2))).toEqual(cd.slice(0, 4096));
  });

  test('go one at a time, whatever the PC asks for at once', async () => {
    const cd = image(64 * 2048);
    const floppy = image(512 * 64);
    const made = await lend({ cd, floppy });
    const all = Promise.all([
      made.pc.media.cd?.read(0, 4),
      made.pc.media.floppy?.read(1, 2),
      made.pc.media.cd?.read(8, 1),
    ]);
    await settled();
    const reads = () => opcodes(made).filter((each) => each.endsWith('28'));
    expect(reads()).toEqual([]);
    const [first, second, third] = await made.during(all);
    expect(reads()).toEqual(['b028', 'a028', 'b028']);
    expect(first).toEqual(cd.slice(0, 8192));
    expect(second).toEqual(floppy.slice(512, 1536));
    expect(third).toEqual(cd.slice(8 * 2048, 9 * 2048));
  });

  test('wait on a slow link before every command', async () => {
    const made = await lend({ cd: image(64 * 2048) }, 'right', { exchangeDelayMs: 50 });
    expect(made.pc.inserted).toEqual(['cd 64×2048']);
    const reading = made.pc.media.cd?.read(0, 1);
    await settled();
    made.clock.advance(49);
    const before = made.field.asked.length;
    await made.field.answer();
    expect(made.field.asked.length).toBe(before);
    made.clock.advance(1);
    await made.field.answer();
    expect(await reading).toHaveLength(2048);
  });

  test('beyond four gigabytes carry their whole address', async () => {
    const made = await lend({ cd: image(2048) });
    // 5 GiB: 2,621,440 blocks.
    made.field.instead.push((cdb) =>
      cdb[0] === 0x28 ? ['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '05 21 00')] : undefined,
    );
    const far = expect(made.pc.media.cd?.read(2_621_439, 1)).rejects.toMatchObject({ sense: [5, 0x21, 0] });
    await settled();
    await made.field.answer();
    await far;
    expect(made.field.asked.at(-1)).toBe('b028000027ffff000001000000');
  });

  test.each<[string, Habit, (made: Lending) => void, readonly number[]]>([
    ['past the end', 'right', () => {}, [5, 0x21, 0]],
    ['past the end of a console that says nothing is wrong', 'mesh', () => {}, [3, 0x11, 0]],
    ['that get too little', 'right', ({ field }) => field.instead.push(() => [data('b0', 1024)]), [3, 0x11, 0]],
    ['that get too much', 'right', ({ field }) => field.instead.push(() => [data('b0', 4096)]), [3, 0x11, 0]],
    [
      'that meet a bad place',
      'right',
      ({ field }) => field.instead.push(() => ['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '03 11 00')]),
      [3, 0x11, 0],
    ],
  ])('%s fail', async (_, habit, prepare, sense) => {
    const made = await lend({ cd: image(10 * 2048) }, habit);
    prepare(made);
    await expect(made.during(made.pc.media.cd?.read(10, 1))).rejects.toMatchObject({ name: 'MediumFailed', sense });
    expect(await made.during(made.pc.media.cd?.read(9, 1))).toHaveLength(2048);
  });

  test('that only meet the news of a reset are repeated', async () => {
    const made = await lend({ cd: image(10 * 2048) });
    for (let i = 0; i < 3; i++) {
      made.field.instead.push(() => ['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '06 29 00')]);
    }
    expect(await made.during(made.pc.media.cd?.read(0, 1))).toHaveLength(2048);
    for (let i = 0; i < 4; i++) {
      made.field.instead.push(() => ['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '06 29 00')]);
    }
    await expect(made.during(made.pc.media.cd?.read(0, 1))).rejects.toMatchObject({ sense: [6, 0x29, 0] });
  });

  test('that are answered slowly but steadily are waited for', async () => {
    const made = await lend({ cd: image(64 * 2048) });
    made.field.instead.push(() => []);
    const reading = made.pc.media.cd?.read(0, 16);
    await settled();
    await made.field.answer();
    for (let i = 0; i < 4; i++) {
      for (let seconds = 0; seconds < 10; seconds++) {
        made.clock.advance(1000);
        await made.field.answer();
      }
      await made.field.say(data('b0', 8192).replace('54 00 00 03', i === 3 ? '54 00 00 03' : '54 00 00 01'));
    }
    expect(await reading).toHaveLength(16 * 2048);
  });

  test('that meet another medium fail, and the PC gets that one', async () => {
    const made = await lend({ cd: image(4 * 2048) });
    made.field.lent = { cd: image(7 * 2048) };
    made.field.instead.push(() => ['51 00 00 02 09 00 00 00', NO_INPUT, SENSE('b0', '06 28 00')]);
    await expect(made.during(made.pc.media.cd?.read(0, 1))).rejects.toMatchObject({ sense: [6, 0x28, 0] });
    for (let i = 0; i < 10; i++) {
      made.clock.advance(20);
      await made.field.answer();
    }
    expect(made.pc.inserted).toEqual(['cd 4×2048', 'cd out', 'cd 7×2048']);
    expect(await made.during(made.pc.media.cd?.read(6, 1))).toHaveLength(2048);
  });

  test('that nobody answers fail in time, and the bus is reset', async () => {
    const made = await lend({ cd: image(10 * 2048) });
    made.field.instead.push(() => []);
    const silent = expect(made.pc.media.cd?.read(0, 1)).rejects.toMatchObject({ sense: [4, 8, 1] });
    await settled();
    await made.field.answer();
    made.clock.advance(15_000);
    await silent;
    expect(made.simulator.received.commands.at(-1)).toMatchObject({ failed: 'no-answer' });
    expect(await made.during(made.pc.media.cd?.read(0, 1))).toHaveLength(2048);
    expect(made.field.asked).toContain('46');
  });
});

describe('a writable floppy', () => {
  /** Asks for the data of a write in portions of 8192 bytes at most, and takes it. */
  async function written(made: Lending, block: number, bytes: Uint8Array, portions: readonly number[]) {
    const writing = made.pc.media.floppy?.write(block, bytes);
    await settled();
    const console = made.field;
    console.instead.push(() =>
      portions.map(
        (n) => `52 00 00 00 12 00 00 00 00 ${hex16(n)} 00 b5 00 00 00 ${hex16(n)} a0 58 ${'00 '.repeat(11)}`,
      ),
    );
    return { writing };
  }
  const hex16 = (n: number) => `${(n & 0xff).toString(16).padStart(2, '0')} ${(n >> 8).toString(16).padStart(2, '0')}`;

  test('takes what is written, in portions that fit', async () => {
    const made = await lend({ floppy: image(1_474_560), writable: true });
    expect(made.pc.media.floppy?.writable).toBe(true);
    const bytes = image(24 * 512);
    const { writing } = await written(made, 7, bytes, [12288]);
    // The command, then two messages of data.
    const console = made.field;
    await console.answer();
    expect(console.asked.slice(-3)).toEqual(['a02a0000000007000018000000', '53', '53']);
    const messages = made.simulator.received.messages('GetDataFromHost');
    expect(messages).toMatchObject([{ message: { length: 12288 } }]);
    await made.field.sayGood('a0');
    await writing;
    expect(made.field.written).toEqual(bytes);
    expect(made.simulator.received.commands.at(-1)).toMatchObject({ unit: 'floppy', length: 12288 });
  });

  test('that refuses after all says why', async () => {
    const made = await lend({ floppy: image(1_474_560), writable: true });
    await expect(made.during(made.pc.media.floppy?.write(0, new Uint8Array(512)))).rejects.toMatchObject({
      sense: [7, 0x27, 0],
    });
  });

  test('that asks for more than is written makes no sense', async () => {
    const made = await lend({ floppy: image(1_474_560), writable: true });
    const { writing } = await written(made, 0, new Uint8Array(512), [512, 512]);
    const failed = expect(writing).rejects.toMatchObject({ sense: [2, 0x3a, 0] });
    await made.field.answer();
    await failed;
    expect(made.simulator.received.nonsense[0]?.message).toContain('asked for 512 bytes where 0 are left');
  });

  test('takes whole blocks only', async () => {
    const made = await lend({ floppy: image(1_474_560), writable: true });
    await expect(made.pc.media.floppy?.write(0, new Uint8Array(100))).rejects.toBeInstanceOf(TypeError);
  });
});

describe('other commands', () => {
  test.each<[string, string, string]>([
    ['inquiry', '12 00 00 00 24 00', '05 80 00 21 1f 00 00 00 61 6d 74 6b 69 74 20 20'],
    [
      'table of contents, cut to what there is room for',
      '43 00 00 00 00 00 00 00 0c 00',
      '00 12 01 01 00 14 01 00 00 00 00 00',
    ],
    ['capacity', '25 00 00 00 00 00 00 00 00 00', '00 00 00 09 00 00 08 00'],
    ['READ(12)', 'a8 00 00 00 00 03 00 00 00 01 00 00', ''],
    ['READ(6)', '08 00 00 03 01 00', ''],
    ['unit ready', '00 00 00 00 00 00', ''],
  ])('%s', async (name, cdb, answer) => {
    const cd = image(10 * 2048);
    const made = await lend({ cd });
    const before = made.field.asked.length;
    const got = await made.during(made.pc.media.cd?.command(fromHex(cdb)));
    if (name.startsWith('READ')) expect(got).toEqual(cd.slice(3 * 2048, 4 * 2048));
    else expect(Buffer.from(got).toString('hex').startsWith(answer.replaceAll(' ', ''))).toBe(true);
    if (name === 'inquiry') expect(made.field.asked.length).toBe(before);
    else if (answer !== '') expect(got.length).toBe(answer.split(' ').length);
  });

  test('never reach the console where consoles are known to hang, or where they do not fit', async () => {
    const made = await lend({ cd: image(2048) });
    const before = made.field.asked.length;
    const cd = made.pc.media.cd;
    await expect(cd?.command(fromHex('43 00 02 00 00 00 00 00 0c 00'))).rejects.toMatchObject({ sense: [5, 0x24, 0] });
    await expect(cd?.command(fromHex('43 00 00 00 00 00 00 00 0c 80'))).rejects.toMatchObject({ sense: [5, 0x24, 0] });
    await expect(cd?.command(fromHex('2a 00 00 00 00 00 00 00 01 00'))).rejects.toMatchObject({ sense: [5, 0x24, 0] });
    await expect(cd?.command(fromHex(`9e 10 ${'00 '.repeat(14)}`))).rejects.toMatchObject({ sense: [5, 0x20, 0] });
    expect(Buffer.from((await cd?.command(fromHex('03 00 00 00 12 00'))) ?? []).toString('hex')).toBe(
      '700005000000000a000000002000'.padEnd(36, '0'),
    );
    expect(made.field.asked.length).toBe(before);
  });

  test('that a console answers with nothing mean that nothing is there', async () => {
    const made = await lend({ cd: image(2048) }, 'mesh');
    made.field.instead.push(() => ['51 00 00 02 09 00 00 00', NO_INPUT, 'c5 00 03 00 00 00 b0 50 00 00 00']);
    await expect(made.during(made.pc.media.cd?.command(fromHex('1a 00 3f 00 c0 00')))).rejects.toMatchObject({
      sense: [2, 0x3a, 0],
    });
  });
});

test('every command is on record with what became of it', async () => {
  const made = await lend({ cd: image(10 * 2048) });
  await made.during(made.pc.media.cd?.read(1, 2));
  await made.during(made.pc.media.cd?.read(10, 1)).catch(() => {});
  expect(made.simulator.received.commands.slice(-2)).toEqual([
    { connection: 1, unit: 'cd', cdb: fromHex('28 00 00 00 00 01 00 00 02 00 00 00'), length: 4096 },
    { connection: 1, unit: 'cd', cdb: fromHex('28 00 00 00 00 0a 00 00 01 00 00 00'), length: 0, sense: [5, 0x21, 0] },
  ]);
});
