/** A PC that is on and does nothing with what is lent to it: a test reads its drives instead. */
import {
  type DriveUnit,
  MediumFailed,
  type MemoryPc,
  memoryPc,
  type RedirectedMedium,
  realClock,
} from '@amtkit/simulator';
import { vi } from 'vitest';

/** The PC, and its drives. */
export interface DrivePc {
  readonly hardware: MemoryPc;
  /** What is in a drive, as soon as something is. */
  medium(unit?: DriveUnit): Promise<RedirectedMedium>;
  /** Resolves when nothing is in a drive. */
  empty(unit?: DriveUnit): Promise<void>;
  /** All of a medium, read in commands of so many blocks, again and again where one fails for a moment. */
  readAll(step: number, unit?: DriveUnit): Promise<Uint8Array>;
}

/** A new one. */
export function drivePc(): DrivePc {
  const media: Partial<Record<DriveUnit, RedirectedMedium>> = {};
  const hardware: MemoryPc = Object.assign(memoryPc({ power: 'on', clock: realClock, speed: 0 }), {
    async insert(unit: DriveUnit, medium: RedirectedMedium | undefined) {
      if (medium === undefined) delete media[unit];
      else media[unit] = medium;
    },
  });
  const medium = (unit: DriveUnit = 'cd') =>
    vi.waitUntil(() => media[unit], { timeout: 10_000, interval: 5 }) as Promise<RedirectedMedium>;

  async function patiently(unit: DriveUnit, block: number, count: number): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await (await medium(unit)).read(block, count);
      } catch (error) {
        if (attempt === 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  return {
    hardware,
    medium,
    async empty(unit = 'cd') {
      await vi.waitUntil(() => media[unit] === undefined, { timeout: 10_000, interval: 5 });
    },
    async readAll(step, unit = 'cd') {
      const { blocks, blockLength } = await medium(unit);
      const all = new Uint8Array(blocks * blockLength);
      for (let block = 0; block < blocks; block += step) {
        all.set(await patiently(unit, block, Math.min(step, blocks - block)), block * blockLength);
      }
      return all;
    },
  };
}

/** Why a command failed, as `3/11/0`; `good` where it did not. */
export async function senseOf(command: Promise<unknown>): Promise<string> {
  try {
    await command;
    return 'good';
  } catch (error) {
    if (!(error instanceof MediumFailed)) throw error;
    return error.sense.map((code) => code.toString(16)).join('/');
  }
}
