/** Sums of what media sessions have done. */
import type { MediaStatistics, MediaUnit } from '../machine/sessions.ts';

/** Of no session. */
export const noStatistics: MediaStatistics = {
  commands: 0,
  bytesRead: 0,
  bytesWritten: 0,
  touched: { cd: 0, floppy: 0 },
  blocks: { cd: 0, floppy: 0 },
  stalls: 0,
  failures: 0,
  resets: 0,
  bytesPerSecond: 0,
};

/** What two sessions after one another have done. */
export function addStatistics(before: MediaStatistics, after: MediaStatistics): MediaStatistics {
  const blocks = both((unit) => after.blocks[unit] || before.blocks[unit]);
  const lastAccess = after.lastAccess ?? before.lastAccess;
  return {
    commands: before.commands + after.commands,
    bytesRead: before.bytesRead + after.bytesRead,
    bytesWritten: before.bytesWritten + after.bytesWritten,
    touched: both((unit) => Math.min(before.touched[unit] + after.touched[unit], blocks[unit])),
    blocks,
    stalls: before.stalls + after.stalls,
    failures: before.failures + after.failures,
    resets: before.resets + after.resets,
    bytesPerSecond: after.bytesPerSecond,
    ...(lastAccess === undefined ? {} : { lastAccess }),
  };
}

function both(count: (unit: MediaUnit) => number): Record<MediaUnit, number> {
  return { cd: count('cd'), floppy: count('floppy') };
}
