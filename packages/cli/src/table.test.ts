import { describe, expect, it } from 'vitest';
import { cutAt, flat, tableLines } from './table.ts';

describe('A table', () => {
  const rows = [
    ['office-pc', 'on', 'all well'],
    ['lab', 'turning-off', ''],
  ];

  it('has capitals in the head, two spaces between columns, no borders and no blanks at the end', () => {
    expect(tableLines(['machine', 'power', 'note'], rows)).toEqual([
      'MACHINE    POWER        NOTE',
      'office-pc  on           all well',
      'lab        turning-off',
    ]);
  });

  it('leaves out a column that is empty in every row', () => {
    expect(tableLines(['a', 'b', 'c'], [['1', '', '3']])).toEqual(['A  C', '1  3']);
  });

  it('is cut at the width of a terminal, and never in a pipe', () => {
    const long = 'x'.repeat(200);
    expect(tableLines(['a'], [[long]], { width: 20 })[1]).toBe(`${'x'.repeat(17)}...`);
    expect(tableLines(['a'], [[long]])[1]).toBe(long);
  });

  it('keeps what would steer a terminal out of it', () => {
    expect(flat('a\u001b[31mb\r\nc\u0007')).toBe('a\ufffd[31mb c\ufffd');
    expect(tableLines(['a'], [['\u001b[2J']])[1]).not.toContain('\u001b');
  });

  it('counts characters, not code units', () => {
    expect(cutAt('😀😀😀😀😀', 5)).toBe('😀😀😀😀😀');
  });
});
