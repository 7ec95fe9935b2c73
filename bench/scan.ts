/** 65,536 loopback addresses with 8,192 machines among them: ours, beside MeshCentral's scanner on the same machines. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endChild, nextMessage, startChild } from './children.ts';
import type { BenchTable } from './table.ts';

export const name = 'scan';

/** What a scanner process reports. */
export interface ScanRun {
  readonly found: number;
  /** From the first ping to the last machine, where the scanner tells them as they come. */
  readonly lastAnswerMs?: number;
  /** From asking to the end. */
  readonly totalMs: number;
  readonly firstMs?: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  /** Longest time the event loop did not turn. */
  readonly blockedMs: number;
}

const ADDRESSES = 65_536;
const MACHINES = 8_192;
const RUNS = 3;
const RANGE = '127.77.0.0-127.77.255.255';
const meshcentral = join(import.meta.dirname, '../test/peers/node_modules/meshcentral/amtscanner.js');

export async function run(): Promise<BenchTable> {
  const notes: string[] = [
    `${MACHINES.toLocaleString('en-US')} UDP sockets in another process answer as configured 11.8 machines; every scanner runs in a process of its own`,
  ];
  const { port, stop } = await responders();
  try {
    const ours: ScanRun[] = [];
    const theirs: ScanRun[] = [];
    const compare = peerReason(port, notes);
    for (let i = 0; i < RUNS; i++) {
      ours.push(await scanner('scan-ours.ts', [RANGE, String(port)]));
      if (compare) theirs.push(await scanner('scan-meshcentral.ts', [meshcentral, RANGE]));
    }
    const rows = [
      ...ours.map((result, i) => rowOf(`amtkit, run ${i + 1}`, result)),
      ...theirs.map((result, i) => rowOf(`MeshCentral, run ${i + 1}`, result)),
    ];
    return { title: TITLE, columns: COLUMNS, rows, notes, goals: goalsOf(ours) };
  } finally {
    await stop();
  }
}

const TITLE = `Scanning ${ADDRESSES.toLocaleString('en-US')} loopback addresses with ${MACHINES.toLocaleString('en-US')} machines`;

const COLUMNS = [
  'scanner',
  'found',
  'missed',
  'first found, ms',
  'first ping to last answer, ms',
  'total, ms',
  'CPU, ms',
  'RSS, MB',
  'event loop blocked at most, ms',
];

/** Whether MeshCentral's scanner can be run, and a note either way. */
function peerReason(port: number, notes: string[]): boolean {
  if (!existsSync(meshcentral)) {
    notes.push("MeshCentral's scanner was left out: it is not installed (npm run peers)");
    return false;
  }
  if (port !== 623) {
    notes.push("MeshCentral's scanner was left out: it only pings port 623, which needs root to be answered here");
    return false;
  }
  notes.push(
    "MeshCentral's reverse look-up of names, which holds its results back, was answered at once in its favour",
  );
  return true;
}

function rowOf(who: string, result: ScanRun): (string | number)[] {
  return [
    who,
    result.found,
    MACHINES - result.found,
    result.firstMs === undefined ? '–' : Math.round(result.firstMs),
    result.lastAnswerMs === undefined ? '–' : Math.round(result.lastAnswerMs),
    Math.round(result.totalMs),
    Math.round(result.cpuMs),
    Math.round(result.rssMb),
    Math.round(result.blockedMs * 10) / 10,
  ];
}

function goalsOf(ours: readonly ScanRun[]): BenchTable['goals'] {
  const missed = Math.max(...ours.map(({ found }) => MACHINES - found));
  const slowest = Math.max(...ours.map(({ lastAnswerMs }) => lastAnswerMs ?? Number.POSITIVE_INFINITY));
  const blocked = Math.max(...ours.map(({ blockedMs }) => blockedMs));
  return [
    { text: 'none missed in any run', met: missed === 0, measured: `${missed} missed at worst` },
    {
      text: 'first ping to last answer under 2 s',
      met: slowest < 2000,
      measured: `${Math.round(slowest)} ms at worst`,
    },
    { text: 'event loop never blocked over 20 ms', met: blocked <= 20, measured: `${blocked.toFixed(1)} ms at worst` },
  ];
}

/** Starts the machines; on port 623 where that is allowed. */
async function responders(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const child = startChild('scan-responders.ts', [String(ADDRESSES), String(MACHINES)]);
  const { port } = await nextMessage<{ port: number }>(child);
  return {
    port,
    stop: () => endChild(child),
  };
}

async function scanner(file: string, args: readonly string[]): Promise<ScanRun> {
  const child = startChild(file, args);
  const result = await nextMessage<ScanRun>(child);
  await endChild(child);
  return result;
}
