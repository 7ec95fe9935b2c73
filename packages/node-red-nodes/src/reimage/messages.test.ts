import type { ReimageStage } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { onOutput, tellingsOf } from './messages.ts';

const at = new Date('2030-01-02T03:04:05Z');
const progress = { percent: 40, megabytesPerSecond: 12.5, sectors: 100, bytes: 204_800 };
const told = (stage: object, now: string, before?: string) =>
  tellingsOf({ at, message: 'A sentence.', ...stage } as ReimageStage, now, before).map(({ output, payload }) => [
    output,
    payload,
  ]);

describe('A stage', () => {
  it('is told once', () => {
    expect(told({ stage: 'checking' }, 'checking')).toEqual([['stage', 'checking']]);
    expect(told({ stage: 'checking' }, 'checking', 'checking')).toEqual([]);
  });

  it('with progress is a stage when it begins, and progress each time', () => {
    expect(told({ stage: 'reading', progress }, 'reading', 'booting')).toEqual([
      ['stage', 'reading'],
      ['progress', progress],
    ]);
    expect(told({ stage: 'reading', progress }, 'reading', 'reading')).toEqual([['progress', progress]]);
  });

  it('that ends it goes out where it belongs', () => {
    expect(told({ stage: 'finished', verdict: 'reboot', progress }, 'finished')).toEqual([['done', 'reboot']]);
    const failed = { stage: 'failed', code: 'VANISHED', reason: 'It is gone.', progress };
    expect(told(failed, 'failed')).toEqual([['failed', 'It is gone.']]);
  });

  it('has what happens within it', () => {
    expect(told({ stage: 'note', note: 'interrupted' }, 'reading', 'reading')).toEqual([['stage', 'reading']]);
  });

  it('goes out on one output, and nothing on the others', () => {
    expect(onOutput('done', { payload: 1 })).toEqual([null, null, { payload: 1 }, null]);
  });
});
