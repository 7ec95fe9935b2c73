/** Which process did something, to be asked later whether it still runs. */
import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** A process, as it is written down. */
export interface ProcessMark {
  /** Never the same twice. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Within which process numbers mean the same: containers may share the name of a computer. Linux only. */
  readonly space?: string | undefined;
  /** When the computer was started, ISO 8601: afterwards process numbers begin anew. */
  readonly booted: string;
}

const id = randomUUID();

/** This process. */
export function thisProcess(): ProcessMark {
  const booted = new Date(Date.now() - uptime() * 1000).toISOString();
  return { id, pid: process.pid, host: hostname(), space: processSpace(), booted };
}

/** Whether the process has ended; undefined where nobody here can tell, since it ran elsewhere. */
export function hasEnded(mark: ProcessMark): boolean | undefined {
  const own = thisProcess();
  if (mark.id === own.id) return false;
  if (mark.host !== own.host || mark.space !== own.space) return undefined;
  if (Math.abs(Date.parse(mark.booted) - Date.parse(own.booted)) > CLOCK_SET_MS) return true;
  // An earlier one that had our number: in containers they all have the same.
  return mark.pid === own.pid || !isAlive(mark.pid);
}

/** How far a clock may be set while a computer runs, without it looking started anew. */
const CLOCK_SET_MS = 60_000;

function processSpace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
