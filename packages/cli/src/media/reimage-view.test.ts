import type { ReimageProgress, ReimageStage } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { type TestAppOptions, testApp } from '../testing/app.ts';
import { ReimageView } from './reimage-view.ts';

const at = new Date('2026-01-01T00:00:00Z');
const progress: ReimageProgress = { percent: 12.34, megabytesPerSecond: 8.5, sectors: 10, bytes: 80_000_000 };

const stages: readonly ReimageStage[] = [
  { at, stage: 'checking', message: 'Looking at the PC and at debian.' },
  { at, stage: 'note', note: 'bus-reset', message: 'The drives were reset.' },
  { at, stage: 'note', note: 'interrupted', message: `The drives were lost: ${'word '.repeat(12)}end.` },
  { at, stage: 'serial', text: '\u001b[1mInst', message: '' },
  { at, stage: 'serial', text: 'alling\r\n', message: '' },
  { at, stage: 'reading', progress, message: 'It reads.' },
  { at, stage: 'finished', verdict: 'reboot', progress, message: 'It has restarted.' },
];

function told(options: TestAppOptions, serial = true, machines = ['pc']) {
  const { app, stdout, stderr } = testApp(options);
  using view = new ReimageView({ app, machines, serial });
  for (const stage of stages) view.tell('pc', stage);
  return { stdout: stdout(), stderr: stderr() };
}

describe('A reimage', () => {
  it('on a terminal is lines that fit, and one that stays current', () => {
    const { stdout, stderr } = told({ terminal: { columns: 60 } });
    expect(stdout.split('\n')).toEqual([
      ' 0:00  checking   Looking at the PC and at debian.',
      ` 0:00             The drives were lost: ${'word '.repeat(4).trim()}`,
      `                  ${'word '.repeat(8).trim()}`,
      '                  end.',
      ' 0:00  finished   It has restarted.',
      '',
    ]);
    expect(stderr).toContain(' 0:00  reading: 12.3 %, 80 MB, 8.5 MB/s');
    expect(stderr).toContain('| Installing\n');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('in a pipe is whole lines, and no progress', () => {
    const { stdout, stderr } = told({}, false);
    expect(stdout).toContain('word end.\n');
    expect(stderr).toBe('');
  });

  it('in a pipe tells every tenth of the image once', () => {
    const { app, stdout } = testApp();
    using view = new ReimageView({ app, machines: ['pc'], serial: false });
    for (const percent of [0.5, 9, 10.2, 15, 34, 34, 100]) {
      view.tell('pc', { at, stage: 'reading', progress: { ...progress, percent }, message: `${percent} %` });
    }
    expect(stdout().match(/[\d.]+ %/g)).toEqual(['10.2 %', '34 %', '100 %']);
  });

  it('of several names each', () => {
    expect(told({}, false, ['pc', 'other']).stdout).toMatch(/^ 0:00 {2}pc {2}checking/);
  });

  it('with --jsonl is an object for each stage, and for what the PC writes', () => {
    const objects = told({ mode: 'jsonl' })
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ type, stage }) => stage ?? type)).toEqual([
      ...['checking', 'note', 'note', 'serial', 'serial', 'reading', 'finished'],
    ]);
    expect(objects[0]).toMatchObject({ type: 'stage', machine: 'pc', at: at.toISOString() });
    expect(objects[5]).toMatchObject({ progress: { percent: 12.34 } });
  });
});
