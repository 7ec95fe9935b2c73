import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecorder, readRecording } from './recording.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amt-recording-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A clock that shows these times, one after the other. */
function clock(...times: readonly number[]): () => number {
  const left = [...times];
  return () => left.shift() ?? 0;
}

describe('A recording', () => {
  it('is the bytes as they came, and a line of times for each piece; both for their owner alone', async () => {
    const path = join(folder, 'serial.log');
    const recorder = openRecorder(path, clock(0, 1500, 1510));
    recorder.write(Buffer.from('login: '));
    recorder.write(Uint8Array.of(0xff, 0x00));
    recorder.close();
    expect(await readFile(path)).toEqual(Buffer.from('login: \u00ff\0', 'latin1'));
    expect(await readFile(`${path}.times`, 'utf8')).toBe('1.500000 7\n0.010000 2\n');
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { pieces } = await readRecording(path);
    expect(pieces.map(({ afterMs, bytes }) => [afterMs, bytes.length])).toEqual([
      [1500, 7],
      [10, 2],
    ]);
  });

  it('goes on at the end of a file, and its times stay right where some bytes have none', async () => {
    const path = join(folder, 'old.log');
    await writeFile(path, 'from elsewhere');
    const recorder = openRecorder(path, clock(0, 200));
    recorder.write(Buffer.from('new'));
    recorder.close();
    const { pieces } = await readRecording(path);
    expect(pieces.map(({ afterMs, bytes }) => [afterMs, Buffer.from(bytes).toString()])).toEqual([
      [0, 'from elsewhere'],
      [200, 'new'],
    ]);
  });

  it('without times is one piece', async () => {
    const path = join(folder, 'bare.log');
    await writeFile(path, 'abc');
    expect(await readRecording(path)).toMatchObject({ timed: false, pieces: [{ afterMs: 0 }] });
  });

  it('with times that make no sense is refused with the line', async () => {
    const path = join(folder, 'odd.log');
    await writeFile(path, 'abc');
    await writeFile(`${path}.times`, '1.0 2\nsoon 1\n');
    await expect(readRecording(path)).rejects.toThrow(`${path}.times:2 is not`);
  });
});
