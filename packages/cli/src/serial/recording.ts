/**
 * A recording of a serial port: the bytes as they came in one file, and beside it, with `.times` behind its name, when
 * they came: a line for each piece, seconds since the one before and how many bytes.
 */
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../exit.ts';

/** Takes down what comes. Every piece is on the disk before the next one is looked at. */
export interface Recorder {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** A recorder that goes on at the end of a file that is there. @throws UsageError where it cannot be written */
export function openRecorder(path: string, now = (): number => performance.now()): Recorder {
  const bytesFile = openForAppend(path);
  const timesFile = openForAppend(timesOf(path));
  let before = now();
  // What is in the file without a time comes at once, so that the times behind it are right.
  const untimed = fstatSync(bytesFile).size - timedBytes(readFileSync(timesOf(path), 'utf8'));
  if (untimed > 0) writeSync(timesFile, `${(0).toFixed(6)} ${untimed}\n`);
  return {
    write(bytes) {
      if (bytes.length === 0) return;
      const at = now();
      writeSync(bytesFile, bytes);
      writeSync(timesFile, `${((at - before) / 1000).toFixed(6)} ${bytes.length}\n`);
      before = at;
    },
    close() {
      closeSync(bytesFile);
      closeSync(timesFile);
    },
  };
}

/** A piece of a recording, and how long after the one before it came. */
export interface RecordedPiece {
  readonly afterMs: number;
  readonly bytes: Uint8Array;
}

/** Reads a recording. Bytes without a time, and all of them where the times are missing, come at once. @throws UsageError */
export async function readRecording(path: string): Promise<{ pieces: readonly RecordedPiece[]; timed: boolean }> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read: ${error.code ?? error.message}.`);
  });
  const times = await readFile(timesOf(path), 'utf8').catch(() => undefined);
  const pieces: RecordedPiece[] = [];
  let at = 0;
  for (const [index, line] of (times ?? '').split('\n').entries()) {
    if (line === '') continue;
    const [, seconds, length] = /^(\d+(?:\.\d+)?) (\d+)$/.exec(line) ?? [];
    if (seconds === undefined || length === undefined) {
      throw new UsageError(`${timesOf(path)}:${index + 1} is not a number of seconds and a number of bytes.`);
    }
    pieces.push({ afterMs: Number(seconds) * 1000, bytes: bytes.subarray(at, at + Number(length)) });
    at += Number(length);
  }
  if (at < bytes.length) pieces.push({ afterMs: 0, bytes: bytes.subarray(at) });
  return { pieces, timed: times !== undefined };
}

/** Where the times of a recording are. */
export function timesOf(path: string): string {
  return `${path}.times`;
}

function timedBytes(times: string): number {
  return times.split('\n').reduce((sum, line) => sum + (Number(line.split(' ')[1]) || 0), 0);
}

/** What comes over a serial port may be anything, passwords too: the file is for its owner alone. */
function openForAppend(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`);
  }
}
