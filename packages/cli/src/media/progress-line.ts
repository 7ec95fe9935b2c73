/** One line that says how served media are doing. */
import type { MediaStatistics, MediaUnit } from '@amtkit/core';
import { cutAt } from '../table.ts';
import { agoText, rateText, sizeText } from './amounts.ts';

/** One machine of the line. */
export interface ServedMachine {
  readonly name: string;
  readonly statistics: MediaStatistics;
  /** Why there is no session at this moment. */
  readonly problem?: Error | undefined;
}

/** The line, `width` columns at most: one machine in full, several as a sum and the share of each. */
export function progressLine(machines: readonly ServedMachine[], now: Date, width: number): string {
  const [only] = machines;
  if (only === undefined) return '';
  return cutAt(machines.length === 1 ? ofOne(only, now) : ofSeveral(machines), width);
}

/** Of the blocks of the drive that is read, those that were read at least once; 0 to 100. */
export function percentTouched({ touched, blocks }: MediaStatistics): number {
  const unit: MediaUnit = blocks.cd > 0 ? 'cd' : 'floppy';
  return blocks[unit] === 0 ? 0 : (100 * touched[unit]) / blocks[unit];
}

function ofOne({ name, statistics, problem }: ServedMachine, now: Date): string {
  const { bytesRead, bytesWritten, bytesPerSecond, lastAccess } = statistics;
  if (problem !== undefined) return `${name}: not connected; ${sizeText(bytesRead)} read so far`;
  if (lastAccess === undefined) return `${name}: nothing read yet`;
  return [
    `${name}: ${rateText(bytesPerSecond)}`,
    `${sizeText(bytesRead)} read`,
    ...(bytesWritten > 0 ? [`${sizeText(bytesWritten)} written`] : []),
    `${Math.floor(percentTouched(statistics))} % touched`,
    `last ${agoText(now.getTime() - lastAccess.getTime())}`,
  ].join(', ');
}

function ofSeveral(machines: readonly ServedMachine[]): string {
  const sum = (of: (statistics: MediaStatistics) => number): number =>
    machines.reduce((total, { statistics }) => total + of(statistics), 0);
  const shares = machines.map(({ name, statistics, problem }) => {
    return `${name} ${problem === undefined ? `${Math.floor(percentTouched(statistics))} %` : 'lost'}`;
  });
  const rate = rateText(sum(({ bytesPerSecond }) => bytesPerSecond));
  return `${machines.length} machines: ${rate}, ${sizeText(sum(({ bytesRead }) => bytesRead))} read; ${shares.join(', ')}`;
}
