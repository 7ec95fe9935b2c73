/** How far a PC has read, from what its media session counts. */
import type { MediaStatistics, MediaUnit } from '../../machine/sessions.ts';
import type { ReimageProgress } from './stages.ts';

/** Of nothing. */
export const noProgress: ReimageProgress = { percent: 0, megabytesPerSecond: 0, sectors: 0, bytes: 0 };

/** Progress of the drive that the PC starts from. @param before bytes that were read before it was told to start */
export function progressOf(statistics: MediaStatistics, unit: MediaUnit, before = 0): ReimageProgress {
  const { touched, blocks, bytesRead, bytesPerSecond } = statistics;
  const sectors = touched[unit];
  return {
    percent: blocks[unit] === 0 ? 0 : Math.floor((1000 * sectors) / blocks[unit]) / 10,
    megabytesPerSecond: Math.round(bytesPerSecond / 10_000) / 100,
    sectors,
    bytes: bytesRead - before,
  };
}
