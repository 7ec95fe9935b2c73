/** When redirected drives appear and go, as consoles ask for it. [IDER §2.3] */
import { describe, expect, test } from 'vitest';
import { frame, lendCd, opened, read } from '../testing/drive-session.ts';
import { NOW } from '../testing/field-console.ts';
import { type Line, settled } from '../testing/redirection.ts';

describe('features', () => {
  const asks = (sub: string, ...value: string[]) => `48 00 00 00 01 00 00 00 ${sub} ${value.join(' ')}`;
  const tells = (number: string, sub: string, value: string) =>
    `49 00 00 00 ${number} 00 00 00 ${sub} ${value} 00 00 00`;

  test.each<[string, readonly Line[]]>([
    [
      'that exist, in nine bytes',
      [
        ['C', asks('01')],
        ['wait', 50],
        ['F', tells('01', '01', '01')],
      ],
    ],
    [
      'that exist, in thirteen bytes',
      [
        ['C', asks('01', '00 00 00 00')],
        ['F', tells('01', '01', '01')],
      ],
    ],
    [
      'of now, in nine bytes',
      [
        ['C', asks('02')],
        ['wait', 50],
        ['F', tells('01', '02', '01')],
      ],
    ],
    [
      'of now, in thirteen bytes',
      [
        ['C', asks('02', '00 00 00 00')],
        ['F', tells('01', '02', '01')],
      ],
    ],
    [
      'of now, in nine bytes with another message behind',
      [
        ['C', `${asks('02')} 44 00 00 00 07 00 00 00`],
        ['F', `${tells('01', '02', '01')}`],
        ['F', '45 00 00 00 02 00 00 00'],
      ],
    ],
    [
      'without a time',
      [
        ['C', asks('03', '01 00 00 00')],
        ['F', tells('01', '03', '00')],
      ],
    ],
  ])('%s', async (_, lines) => {
    for (const pieces of [Number.POSITIVE_INFINITY, 1]) {
      const { console, simulator } = await opened();
      console.pieces = pieces;
      await console.talk(lines);
      expect(simulator.received.nonsense).toEqual([]);
      expect(console.ended).toBe(false);
    }
  });

  test('are undecided only for a moment', async () => {
    const { console, clock } = await opened();
    await console.say(asks('01'));
    clock.advance(49);
    expect(await console.heard()).toBe('');
    clock.advance(1);
    expect(await console.heard()).toBe(tells('01', '01', '01'));
  });

  test('of another number make no sense', async () => {
    const { console, simulator } = await opened();
    await console.say(asks('04', '00 00 00 00'));
    await settled();
    expect(console.ended).toBe(true);
    expect(simulator.received.nonsense[0]?.message).toContain('feature 4');
  });

  test('say so once the drives are there', async () => {
    const { console } = await opened();
    await console.talk([...lendCd, ['C', asks('02', '00 00 00 00')], ['F', tells('06', '02', '03')]]);
  });

  test('now: the drives come at once, and go', async () => {
    const { console, pc } = await opened();
    await console.talk([...lendCd, ['C', asks('03', '18 00 00 00')], ['F', tells('06', '03', '01')]]);
    expect(pc.inserted).toEqual(['cd 300×2048', 'cd out']);
    expect(console.ended).toBe(false);
  });

  test('gracefully: only while the PC asks for nothing', async () => {
    const { console, pc } = await opened();
    await console.talk(lendCd);
    const reading = pc.media.cd?.read(0, 1);
    await console.talk([
      ['F', read('06', '00 00', '01')],
      ['C', asks('03', '10 00 00 00')],
      ['F', tells('07', '03', '00')],
    ]);
    expect(pc.inserted).toEqual(['cd 300×2048']);
    await console.say(frame('03', '05', '00 08', true), new Uint8Array(2048));
    await reading;
    await console.talk([
      ['wait', 20],
      ['C', asks('03', '10 00 00 00')],
      ['F', tells('08', '03', '01')],
    ]);
    expect(pc.inserted).toEqual(['cd 300×2048', 'cd out']);
  });

  test('on reboot: armed at once, there when the PC starts', async () => {
    const { console, pc } = await opened();
    await console.talk(lendCd.map((line) => (line[1] === NOW ? ['C', asks('03', '09 00 00 00')] : line)) as Line[]);
    expect(pc.inserted).toEqual([]);
    await console.talk([
      ['C', asks('02', '00 00 00 00')],
      ['F', tells('06', '02', '01')],
      ['wait', 20],
    ]);
    pc.tell({ kind: 'starting' });
    await console.talk([
      ['F', '46 00 00 00 07 00 00 00 01'],
      ['C', '47 00 00 00 00 00 00 00'],
    ]);
    expect(pc.inserted).toEqual(['cd 300×2048']);
    await console.talk([
      ['C', asks('02', '00 00 00 00')],
      ['F', tells('08', '02', '03')],
      ['wait', 20],
    ]);
    // And away again with the next start.
    await console.talk([
      ['C', asks('03', '08 00 00 00')],
      ['F', tells('09', '03', '01')],
      ['wait', 20],
    ]);
    expect(pc.inserted).toEqual(['cd 300×2048']);
    pc.tell({ kind: 'starting' });
    await settled();
    expect(pc.inserted).toEqual(['cd 300×2048', 'cd out']);
  });
});
