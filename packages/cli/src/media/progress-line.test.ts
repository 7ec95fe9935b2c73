import type { MediaStatistics } from '@amtkit/core';
import { describe, expect, it } from 'vitest';
import { agoText, rateText, sizeText, spanText } from './amounts.ts';
import { percentTouched, progressLine } from './progress-line.ts';

const now = new Date('2026-01-01T00:00:10Z');

function statistics(more: Partial<MediaStatistics> = {}): MediaStatistics {
  return {
    commands: 1,
    bytesRead: 1_230_000_000,
    bytesWritten: 0,
    touched: { cd: 340, floppy: 0 },
    blocks: { cd: 1000, floppy: 2880 },
    stalls: 0,
    failures: 0,
    resets: 0,
    bytesPerSecond: 12_400_000,
    lastAccess: new Date('2026-01-01T00:00:08Z'),
    ...more,
  };
}

describe('The line of served media', () => {
  it('of one machine has rate, bytes, how much was touched, and the last access', () => {
    expect(progressLine([{ name: 'office-pc', statistics: statistics() }], now, 79)).toBe(
      'office-pc: 12.4 MB/s, 1.2 GB read, 34 % touched, last 2 s ago',
    );
  });

  it('says so when nothing was read yet, and when there is no connection', () => {
    const fresh = statistics({ lastAccess: undefined, bytesRead: 0 });
    expect(progressLine([{ name: 'pc', statistics: fresh }], now, 79)).toBe('pc: nothing read yet');
    const lost = { name: 'pc', statistics: statistics(), problem: new Error('gone') };
    expect(progressLine([lost], now, 79)).toBe('pc: not connected; 1.2 GB read so far');
  });

  it('of several has the sum, and the share of each', () => {
    const machines = [
      { name: 'a', statistics: statistics() },
      { name: 'b', statistics: statistics({ touched: { cd: 1000, floppy: 0 } }) },
      { name: 'c', statistics: statistics(), problem: new Error('gone') },
    ];
    expect(progressLine(machines, now, 79)).toBe('3 machines: 37.2 MB/s, 3.7 GB read; a 34 %, b 100 %, c lost');
  });

  it('never goes beyond the terminal', () => {
    const machines = Array.from({ length: 40 }, (_, i) => ({ name: `machine-${i}`, statistics: statistics() }));
    expect(progressLine(machines, now, 79)).toHaveLength(79);
    expect(progressLine([], now, 79)).toBe('');
  });

  it('counts the blocks of the floppy where there is no CD', () => {
    const floppy = statistics({ blocks: { cd: 0, floppy: 2880 }, touched: { cd: 0, floppy: 1440 } });
    expect(percentTouched(floppy)).toBe(50);
    expect(percentTouched(statistics({ blocks: { cd: 0, floppy: 0 } }))).toBe(0);
  });
});

describe('Amounts', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [12_000_000, '12 MB'],
    [657_457_152, '657 MB'],
    [6.4e9, '6.4 GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  it('of time are short', () => {
    expect([0, 2000, 99_000, 200_000, 7_200_000].map(agoText)).toEqual([
      'now',
      '2 s ago',
      '99 s ago',
      '3 min ago',
      '2 h ago',
    ]);
    expect([400, 59_000, 200_000, 3_840_000].map(spanText)).toEqual(['0 s', '59 s', '3 min 20 s', '1 h 4 min']);
    expect(rateText(0)).toBe('0.0 MB/s');
  });
});
