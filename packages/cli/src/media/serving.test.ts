import type { MediaStatistics } from '@amtkit/core';
import type { ServedMedia, ServedMediaEvent } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { testApp } from '../testing/app.ts';
import { ServingView } from './serving.ts';

const statistics: MediaStatistics = {
  commands: 3,
  bytesRead: 4_000_000,
  bytesWritten: 0,
  touched: { cd: 10, floppy: 0 },
  blocks: { cd: 100, floppy: 0 },
  stalls: 0,
  failures: 0,
  resets: 0,
  bytesPerSecond: 0,
};

/** Media to which this happens; then they are detached, or lost by an error. */
function served(events: readonly ServedMediaEvent[], lost?: Error): ServedMedia {
  return {
    statistics,
    reattached: 0,
    problem: undefined,
    switchedOn: [],
    insert: async () => {},
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
    async *[Symbol.asyncIterator]() {
      yield* events;
      if (lost !== undefined) throw lost;
    },
  };
}

const life: readonly ServedMediaEvent[] = [
  { type: 'enabled', start: 'onreboot' },
  { type: 'reset' },
  { type: 'reading', unit: 'cd' },
  { type: 'interrupted', error: new Error('The cable was pulled.') },
  { type: 'reattached', afterMs: 3000 },
  { type: 'enabled', start: 'now' },
  { type: 'reading', unit: 'cd' },
  { type: 'failed', unit: 'cd', error: new Error('The image is shorter than it was.') },
];

describe('Served media', () => {
  it('on a terminal are told in sentences, the usual ones once', async () => {
    const { app, stdout, stderr } = testApp({ terminal: { columns: 80 } });
    await new ServingView(app).follow('pc', 'debian', served(life));
    expect(stdout()).toBe('');
    expect(stderr().split('\n')).toEqual([
      'pc: debian is attached; the PC sees it from its next start on.',
      'pc: the PC reads the CD.',
      'pc: the connection was lost, and is being brought back: The cable was pulled.',
      'pc: attached again after 3 s.',
      'pc: read error on the CD: The image is shorter than it was.',
      expect.stringMatching(/^pc: debian is detached; 4 MB read in \d+ s\.$/),
      '',
    ]);
  });

  it('in a pipe are objects on stdout, sentences on stderr', async () => {
    const { app, stdout, stderr } = testApp();
    await new ServingView(app).follow('pc', 'debian', served(life));
    const objects = stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ type }) => type)).toEqual(['attached', ...life.map(({ type }) => type), 'detached']);
    expect(objects[4]).toMatchObject({ machine: 'pc', error: { message: 'The cable was pulled.' } });
    expect(objects.at(-1)).toMatchObject({ media: 'debian', bytesRead: 4_000_000, percent: 10 });
    expect(stderr()).toContain('attached again');
  });

  it('that are lost for good end with why', async () => {
    const { app } = testApp({ mode: 'jsonl' });
    await expect(new ServingView(app).follow('pc', 'x', served([], new Error('another password')))).rejects.toThrow(
      'another password',
    );
  });
});
