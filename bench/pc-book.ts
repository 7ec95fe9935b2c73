/** What benchmarks of many PCs share: the PCs in a process of their own, a machine book of them, what a process uses. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchPc } from './bridge-pcs.ts';

/** How PCs are spoken to. */
export type PcKind = 'plain' | 'tls';

/** Starts PCs that are off. Indexes that are sent to their process are switched on. @param first of their addresses */
export async function startPcs(
  count: number,
  kind: PcKind,
  first = '127.0.16.1',
): Promise<{ process: ChildProcess; list: BenchPc[] }> {
  const pcs = fork(join(import.meta.dirname, 'bridge-pcs.ts'), [String(count), kind, first]);
  const [list] = (await once(pcs, 'message')) as [BenchPc[]];
  return { process: pcs, list };
}

/** Writes a book with PCs called `pc-0`, `pc-1` and so on. @param more further lines */
export async function writePcBook(
  file: string,
  pcs: readonly BenchPc[],
  kind: PcKind,
  more: readonly string[] = [],
): Promise<void> {
  const tls = kind === 'tls' ? 'on' : 'off';
  const machines = pcs.map(
    ({ host, port }, i) => `  pc-${i}: { host: ${host}, tls: '${tls}', ports: { wsman: ${port} }, credentials: lab }`,
  );
  const lines = [
    'credentials: { lab: { password: "P@ssw0rd1" } }',
    ...more,
    ...(machines.length === 0 ? [] : ['machines:', ...machines]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** Indexes that lie as far from one another as they can. */
export function spread(count: number, of: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor((i * of) / count));
}

/** What a process used so far, as Linux counts it. */
export async function usageOf({ pid }: ChildProcess): Promise<{ readonly cpuMs: number; readonly rssKb: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [utime = 0, stime = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { cpuMs: (utime + stime) * TICK_MS, rssKb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) };
}

/** Linux tells times in hundredths of a second, whatever the kernel was built with. */
const TICK_MS = 10;

/** Ends a process and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}
