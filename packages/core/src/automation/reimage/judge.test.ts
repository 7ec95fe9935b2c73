import { describe, expect, it } from 'vitest';
import { Judge, judgePatience } from './judge.ts';
import type { ReimageUntil } from './until.ts';

/** A judge, and how far a PC has read: times are seconds, amounts kilobytes. */
function judgeOf(...until: ReimageUntil[]) {
  const judge = new Judge({ host: 'pc', media: 'debian', until }, judgePatience, 0);
  return {
    judge,
    tick: (kilobytes: number, second: number) =>
      judge.tick({ percent: 1, megabytesPerSecond: 1, sectors: kilobytes / 2, bytes: kilobytes * 1000 }, second * 1000),
    reset: (kilobytes: number, second: number) => judge.reset(kilobytes * 1000, second * 1000),
  };
}

const restart = { ok: true, verdict: 'reboot' };

describe('A bus reset', () => {
  it('is a restart where silence was before it, and is after it', async () => {
    const { tick, reset } = judgeOf('reboot');
    expect(await tick(90_000, 100)).toBeUndefined();
    reset(90_000, 120);
    expect(await tick(90_000, 179)).toBeUndefined();
    expect(await tick(90_000, 180)).toMatchObject(restart);
  });

  it('is none right after a read: a system takes the drives over', async () => {
    const { tick, reset } = judgeOf('reboot');
    await tick(90_000, 100);
    reset(90_000, 105);
    expect(await tick(90_000, 400)).toBeUndefined();
  });

  it('is none where the PC reads on', async () => {
    const { tick, reset } = judgeOf('reboot');
    await tick(90_000, 100);
    reset(90_000, 120);
    await tick(95_000, 150);
    expect(await tick(95_000, 400)).toBeUndefined();
  });

  it('is still one where the BIOS only looks whether it could start from the drive again', async () => {
    const { tick, reset } = judgeOf('reboot');
    await tick(90_000, 100);
    reset(90_000, 120);
    await tick(90_100, 130);
    expect(await tick(90_100, 181)).toMatchObject(restart);
  });

  it('before anything was read belongs to the start that was asked for', async () => {
    const { judge, tick, reset } = judgeOf('reboot');
    reset(0, 5);
    expect(judge.suspectsRestart).toBe(false);
    expect(await tick(0, 200)).toBeUndefined();
  });

  it('is no success where another one was named', async () => {
    const { judge, tick, reset } = judgeOf('power-off');
    await tick(90_000, 100);
    reset(90_000, 120);
    expect(await tick(90_000, 400)).toBeUndefined();
    expect(judge.restarted()).toBeUndefined();
  });
});

describe('The power', () => {
  it('must be found off twice: a restart may be off for a moment', async () => {
    const { judge, tick } = judgeOf('power-off');
    await tick(90_000, 100);
    expect(judge.power('off')).toBeUndefined();
    expect(judge.power('on')).toBeUndefined();
    expect(judge.power('off')).toBeUndefined();
    expect(judge.power('off')).toMatchObject({ ok: true, verdict: 'power-off' });
  });

  it('that is still off has not come on yet', async () => {
    const { judge, tick } = judgeOf('power-off');
    for (let poll = 0; poll < 10; poll++) expect(judge.power('off')).toBeUndefined();
    expect(await tick(0, 301)).toMatchObject({ ok: false, reason: expect.stringContaining('is not on after') });
  });
});

describe('A screen that stays as it is', () => {
  it('counts from the last read on: a PC that reads is at work, whatever it shows', async () => {
    const { judge, tick } = judgeOf({ still: 2 });
    expect(judge.still(600_000, 600_000)).toBeUndefined();
    await tick(90_000, 600);
    expect(judge.still(600_000, 610_000)).toBeUndefined();
    expect(judge.still(119_000, 900_000)).toBeUndefined();
    expect(judge.still(400_000, 720_000)).toMatchObject({
      ok: true,
      verdict: 'still',
      message: 'The screen of pc has been the same for 2 minutes.',
    });
  });
});

describe('A reimage that is late', () => {
  it('says what was read, and when', async () => {
    const { judge, tick } = judgeOf('power-off', { serial: 'done' });
    await tick(90_000, 100);
    expect(judge.late(7_200_000, 7_200_000)).toMatchObject({
      code: 'NOT_FINISHED',
      reason:
        'pc was to go on until the PC switches itself off, or the serial port says "done", which has not come within 2 hours: it has read 90.0 MB of debian, the last of it 118 minutes ago.',
    });
  });
});
