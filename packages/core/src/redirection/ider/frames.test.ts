import { describe, expect, it } from 'vitest';
import { Reader } from '../../bytes/reader.ts';
import { hex } from '../../testing/recording.ts';
import { DataFrames, framed } from './frames.ts';
import { iderMessages } from './messages.ts';

const CD = { device: 0xb0, dma: true };

/** Each frame in a run of them: its header as the table has it, and its data. */
function framesIn(bytes: Uint8Array): { header: object; data: Uint8Array }[] {
  const reader = new Reader(bytes);
  const frames: { header: object; data: Uint8Array }[] = [];
  while (reader.remaining > 0) {
    const message = iderMessages.decode(reader);
    if (message?.type !== 'IderDataToHost') throw new Error('No frame where one belongs.');
    frames.push({ header: message, data: reader.take(message.length) as Uint8Array });
  }
  return frames;
}

describe('Frames of data for the host', () => {
  it.each([
    ['with DMA, the only one', 3072, 0x71, true, { device: 0xa0, dma: true }],
    ['without DMA, the only one', 3072, 0x26, true, { device: 0xa0, dma: false }],
    ['with DMA, followed by more', 8192, 13, false, CD],
    ['without DMA, followed by more', 8190, 0xfffffffe, false, { device: 0xb0, dma: false }],
    ['of a single byte', 1, 0x01020304, true, CD],
  ])('have the header that the table writes: %s', (_, length, sequence, last, shape) => {
    const bytes = new DataFrames(8192, 1).seal(length, sequence, last, shape);
    const table = iderMessages.encode({
      type: 'IderDataToHost',
      status: 0,
      attributes: (shape.dma ? 1 : 0) + (last ? 2 : 0),
      sequence,
      length,
      inputMask: shape.dma ? 0xb4 : 0xb5,
      inputError: 0,
      inputReason: 2,
      inputByteCount: shape.dma ? 0 : length,
      inputDevice: shape.device,
      inputStatus: 0x58,
      outputMask: last ? 0x85 : 0,
      outputError: 0,
      outputReason: last ? 3 : 0,
      outputDevice: last ? shape.device : 0,
      outputStatus: last ? 0x50 : 0,
    });
    expect(bytes.subarray(0, bytes.length - length)).toEqual(table);
  });

  it('are the two that an older console noted', () => {
    const frames = new DataFrames(8192, 1);
    expect(frames.seal(3072, 0x71, true, { device: 0xa0, dma: true }).subarray(0, 34)).toEqual(
      hex`54 00 00 03 71 00 00 00 00 00 0C 00 B4 00 02 00 00 00 A0 58 85 00 03 00 00 00 A0 50 00 00 00 00 00 00`,
    );
    expect(frames.seal(3072, 0x26, true, { device: 0xa0, dma: false }).subarray(0, 34)).toEqual(
      hex`54 00 00 02 26 00 00 00 00 00 0C 00 B5 00 02 00 00 0C A0 58 85 00 03 00 00 00 A0 50 00 00 00 00 00 00`,
    );
  });

  it('carry what was put into their parts, the last one what is left', () => {
    const frames = new DataFrames(8192, 4);
    const parts = frames.parts(20480);
    expect(parts.map((part) => part.length)).toEqual([8192, 8192, 4096]);
    for (const [i, part] of parts.entries()) part.fill(i + 1);
    const sent = framesIn(frames.seal(20480, 7, true, CD));
    expect(sent.map(({ data }) => [data.length, new Set(data)])).toEqual([
      [8192, new Set([1])],
      [8192, new Set([2])],
      [4096, new Set([3])],
    ]);
    expect(sent.map(({ header }) => header)).toMatchObject([
      { sequence: 7, attributes: 1 },
      { sequence: 8, attributes: 1 },
      { sequence: 9, attributes: 3 },
    ]);
  });

  it('can be used again for other lengths without a trace of the reply before', () => {
    const frames = new DataFrames(2048, 8);
    const [first] = frames.parts(16384);
    frames.seal(16384, 0, true, { device: 0xb0, dma: false });
    for (const part of frames.parts(5000)) part.fill(9);
    expect(frames.parts(5000)[0]?.buffer).toBe(first?.buffer);
    const again = new DataFrames(2048, 8);
    for (const part of again.parts(5000)) part.fill(9);
    expect(frames.seal(5000, 8, false, CD)).toEqual(again.seal(5000, 8, false, CD));
  });

  it('take over data that lies elsewhere', () => {
    const data = Uint8Array.from({ length: 64 }, (_, i) => i);
    const sent = framesIn(framed(data, 40, 5, CD));
    expect(sent.map(({ data }) => [...data])).toEqual([[...data.subarray(0, 40)], [...data.subarray(40)]]);
  });
});
