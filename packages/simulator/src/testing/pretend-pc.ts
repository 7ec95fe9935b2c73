/** The pretend PC by itself, as its tests handle it. */
import { createHash } from 'node:crypto';
import { type ManualClock, manualClock } from '../clock.ts';
import type { RedirectedMedium } from '../hardware/hardware.ts';
import { type MemoryPc, memoryPc, type PcOptions } from '../hardware/memory/pc.ts';
import { makeIso } from '../make-iso.ts';
import { settled } from './redirection.ts';

/** A pretend PC without firmware: its serial port on a screen, a keyboard, a clock. */
export interface Bench {
  readonly pc: MemoryPc;
  readonly clock: ManualClock;
  /** Everything its serial port said. */
  readonly screen: { text: string };
  /** What it told the firmware. */
  readonly told: string[];
  type(keys: string): Promise<void>;
  /** Lets so many milliseconds pass, in small steps. */
  pass(ms: number): Promise<void>;
}

/** Sets one up. */
export function bench(options: PcOptions = {}): Bench {
  const clock = manualClock();
  const pc = memoryPc({ clock, speed: 0, ...options });
  const screen = { text: '' };
  const told: string[] = [];
  void (async () => {
    for await (const chunk of pc.serial) screen.text += Buffer.from(chunk).toString('utf8');
  })();
  void (async () => {
    for await (const change of pc.changes()) {
      told.push(change.kind === 'power' ? change.power : change.kind === 'booted' ? change.from : change.kind);
    }
  })();
  return {
    pc,
    clock,
    screen,
    told,
    async type(keys) {
      await pc.serial.write(Buffer.from(keys, 'latin1'));
      await settled();
    },
    async pass(ms) {
      for (let at = 0; at < ms; at += 100) {
        clock.advance(100);
        await settled();
      }
    },
  };
}

/** Starts from a redirected drive, and lets things go on as far as they do without time. */
export async function boot(made: Bench, unit: 'cd' | 'floppy', medium: RedirectedMedium | undefined): Promise<void> {
  if (medium !== undefined) await made.pc.insert(unit, medium);
  await made.pc.apply('reset', unit === 'cd' ? 'ider-cd' : 'ider-floppy');
  for (let i = 0; i < 50; i++) await settled();
}

/** A small system as it stands on a disk. */
export const system = new TextEncoder().encode(
  `#!amtkit\nprint Hello from the disk.\nsystem Demo OS 2\n${'\0'.repeat(200_000)}`,
);
/** A CD with that system and a program. */
export const installer = (script: string, extra = {}) =>
  makeIso({ files: { 'DISK.IMG': system, ...extra }, bootScript: script });
/** SHA-256 as lower-case hex. */
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
