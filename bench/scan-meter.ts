/** Measures what a scan costs its process. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { ScanRun } from './scan.ts';

/** What every scanner reports. */
type Cost = Pick<ScanRun, 'found' | 'totalMs' | 'cpuMs' | 'rssMb' | 'blockedMs'>;

/** Counts from when it resolves; the function it gives says what it has cost. */
export async function meter(): Promise<(found: number) => Cost> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // It counts from one tick of its timer to the next, so that the first must have been.
  await setTimeout(50);
  const cpu = process.cpuUsage();
  const start = performance.now();
  return (found) => {
    delay.disable();
    const { user, system } = process.cpuUsage(cpu);
    return {
      found,
      totalMs: performance.now() - start,
      cpuMs: (user + system) / 1000,
      rssMb: process.resourceUsage().maxRSS / 1024,
      blockedMs: delay.max / 1e6,
    };
  };
}
