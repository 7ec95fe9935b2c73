/**
 * From the PC to a viewer: `amt kvm vnc` in front of the simulator's firmware, beside QEMU's own VNC server, which is what
 * that firmware looks at. One viewer at a time reads either, both ways in turns.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '@amtkit/core/testing';
import { askChild, endChild, nextMessage, startChild } from './children.ts';
import { GuestKey, writeGuest } from './kvm-guest.ts';
import type { ScreenPc } from './kvm-pc.ts';
import type { Seen, ViewerOrder } from './kvm-viewer.ts';
import { password } from './redirection-work.ts';
import type { BenchGoal, BenchPart } from './table.ts';

/** What one way is like. Processor time is milliseconds for one picture. */
interface Way {
  readonly screen: string;
  readonly way: 'QEMU' | 'amtkit';
  readonly picturesPerSecond?: number;
  readonly updatesPerSecond?: number;
  readonly mbPerSecond?: number;
  readonly cpu?: { readonly guest: number; readonly firmware: number; readonly amt: number };
  /** Milliseconds from a key to its picture, sorted. */
  readonly keyMs: readonly number[];
}

const TURNS = 3;
const COUNT_MS = 4_000;
const KEYS_A_TURN = 12;

/** Of a guest the first pixel is watched, of the PC in memory the character that says which key was the last. */
const FIRST_PIXEL = { x: 0, y: 0, width: 1, height: 1 };
const LAST_KEY = { x: 240, y: 744, width: 8, height: 16 };

/** Measures both ways. */
export async function measureBridge(): Promise<{ readonly part: BenchPart; readonly goals: readonly BenchGoal[] }> {
  const program = join(import.meta.dirname, '../packages/cli/dist/main.js');
  if (!existsSync(program)) throw new Error(`${program} is not there: run npm run build first.`);
  const folder = await mkdtemp(join(tmpdir(), 'amt-bench-'));
  const rig = new Rig(program, folder);
  try {
    const guest = findProgram('qemu-system-x86_64') === undefined ? [] : await measureGuest(rig);
    const ways = [...guest, await measureMemory(rig)];
    return { part: partOf(ways, guest.length === 0), goals: goalsOf(ways) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureGuest(rig: Rig): Promise<readonly Way[]> {
  const disk = join(rig.folder, 'guest.img');
  await writeGuest(disk);
  await using pc = await rig.pc(disk);
  const { qemu } = pc.doors;
  if (qemu === undefined) throw new Error('The guest did not start.');
  const pids = { guest: qemu.pid, firmware: pc.pid };
  await painted(rig, qemu.vnc);
  const ways: Way[] = [];
  for (const screen of ['text, 720 × 400', 'graphics, 1024 × 768']) {
    if (ways.length > 0) await tell(rig, qemu.vnc, GuestKey.graphics);
    const turns: {
      readonly way: Way['way'];
      readonly seen: Seen;
      readonly cpu: Cpu;
      readonly times: readonly number[];
    }[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      turns.push({ way: 'QEMU', ...(await oneTurn(rig, qemu.vnc, pids)) });
      await using amt = await rig.amt(pc.doors.target);
      turns.push({ way: 'amtkit', ...(await oneTurn(rig, amt.path, { ...pids, amt: amt.pid })) });
    }
    for (const way of ['QEMU', 'amtkit'] as const) {
      const own = turns.filter((each) => each.way === way);
      const rate = (what: 'pictures' | 'updates' | 'bytes') =>
        median(own.map(({ seen }) => (1000 * seen[what]) / seen.ms));
      const cpuOf = (who: keyof Cpu) => median(own.map(({ seen, cpu }) => cpu[who] / Math.max(1, seen.pictures)));
      ways.push({
        screen,
        way,
        picturesPerSecond: rate('pictures'),
        updatesPerSecond: rate('updates'),
        mbPerSecond: rate('bytes') / 1e6,
        cpu: { guest: cpuOf('guest'), firmware: cpuOf('firmware'), amt: cpuOf('amt') },
        keyMs: own.flatMap(({ times }) => times).toSorted((a, b) => a - b),
      });
    }
  }
  return ways;
}

/** Pictures for a while, then single keys. */
async function oneTurn(rig: Rig, path: string, pids: Readonly<Partial<Record<keyof Cpu, number>>>) {
  await using viewer = await rig.viewer(path, FIRST_PIXEL);
  await viewer.ask({ do: 'press', keysym: GuestKey.begin });
  // What was asked for before belongs to nobody's turn.
  await viewer.ask<Seen>({ do: 'count', ms: 500 });
  const before = cpuOf(pids);
  const seen = await viewer.ask<Seen>({ do: 'count', ms: COUNT_MS });
  const after = cpuOf(pids);
  await viewer.ask({ do: 'press', keysym: GuestKey.end });
  await viewer.ask<Seen>({ do: 'count', ms: 500 });
  const keysyms = Array.from({ length: KEYS_A_TURN }, () => GuestKey.count);
  const { times } = await viewer.ask<{ readonly times: readonly number[] }>({ do: 'time', keysyms });
  const cpu = {
    guest: after.guest - before.guest,
    firmware: after.firmware - before.firmware,
    amt: after.amt - before.amt,
  };
  return { seen, cpu, times };
}

/** The PC in memory paints at once when a key comes; there is nothing beside it. */
async function measureMemory(rig: Rig): Promise<Way> {
  await using pc = await rig.pc();
  await using amt = await rig.amt(pc.doors.target);
  await using viewer = await rig.viewer(amt.path, LAST_KEY);
  const keysyms = Array.from({ length: TURNS * KEYS_A_TURN }, (_, i) => 0x61 + (i % 2));
  const { times } = await viewer.ask<{ readonly times: readonly number[] }>({ do: 'time', keysyms });
  return { screen: 'PC in memory, 1024 × 768', way: 'amtkit', keyMs: times.toSorted((a, b) => a - b) };
}

/** Waits until the guest obeys keys. */
async function painted(rig: Rig, path: string): Promise<void> {
  await using viewer = await rig.viewer(path, FIRST_PIXEL);
  for (let i = 0; i < 50; i++) {
    await viewer.ask({ do: 'press', keysym: GuestKey.count });
    if ((await viewer.ask<Seen>({ do: 'count', ms: 500 })).pictures > 0) return;
  }
  throw new Error('The guest does not answer its keyboard.');
}

async function tell(rig: Rig, path: string, keysym: number): Promise<void> {
  await using viewer = await rig.viewer(path, FIRST_PIXEL);
  await viewer.ask({ do: 'press', keysym });
  await viewer.ask<Seen>({ do: 'count', ms: 500 });
}

/** Processes, each of which ends with the scope it is used in. */
class Rig {
  readonly folder: string;
  readonly #program: string;
  #sockets = 0;

  constructor(program: string, folder: string) {
    [this.#program, this.folder] = [program, folder];
  }

  async pc(...args: readonly string[]) {
    const child = startChild('kvm-pc.ts', args);
    const doors = await nextMessage<ScreenPc>(child);
    return { doors, pid: pidOf(child), [Symbol.asyncDispose]: () => endChild(child) };
  }

  async viewer(path: string, area: object) {
    const child = startChild('kvm-viewer.ts', [path, JSON.stringify(area)]);
    await nextMessage(child);
    const ask = <T = object>(order: ViewerOrder): Promise<T> => askChild<T>(child, order);
    return { ask, [Symbol.asyncDispose]: () => endChild(child) };
  }

  /** `amt kvm vnc`, listening. */
  async amt(target: string) {
    const path = join(this.folder, `vnc-${this.#sockets++}`);
    const words = [this.#program, 'kvm', 'vnc', target, '--listen', `unix:${path}`, '--json'];
    const env = {
      ...process.env,
      AMTKIT_CONFIG: join(this.folder, 'amtkit.yaml'),
      AMTKIT_STATE: join(this.folder, 'state.json'),
      AMT_PASSWORD: password,
    };
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`amt kvm vnc ended with ${code}.`))),
    ]);
    const end = async (): Promise<void> => {
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      await gone;
    };
    return { path, pid: pidOf(child), [Symbol.asyncDispose]: end };
  }
}

/** Milliseconds of the processor. */
interface Cpu {
  readonly guest: number;
  readonly firmware: number;
  readonly amt: number;
}

/** What processes took so far, by Linux's account in /proc. */
function cpuOf(pids: Readonly<Partial<Record<keyof Cpu, number>>>): Cpu {
  const of = (pid: number | undefined): number => {
    if (pid === undefined) return 0;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  };
  return { guest: of(pids.guest), firmware: of(pids.firmware), amt: of(pids.amt) };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('A process did not start.');
  return pid;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function partOf(ways: readonly Way[], withoutGuest: boolean): BenchPart {
  const number = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '–';
  return {
    title: 'From the PC to a VNC viewer',
    columns: [
      'screen',
      'through',
      'pictures/s',
      'updates/s',
      'MB/s',
      'CPU of the guest, ms a picture',
      'of the firmware',
      'of amt',
      'key to picture, ms, median',
      'of ten keys the slowest',
    ],
    rows: ways.map(({ screen, way, picturesPerSecond, updatesPerSecond, mbPerSecond, cpu, keyMs }) => [
      screen,
      way,
      number(picturesPerSecond, 1),
      number(updatesPerSecond, 1),
      number(mbPerSecond, 1),
      number(cpu?.guest, 1),
      way === 'amtkit' ? number(cpu?.firmware, 1) : '–',
      way === 'amtkit' ? number(cpu?.amt, 1) : '–',
      number(median(keyMs), 0),
      number(keyMs[Math.floor(0.9 * keyMs.length)], 0),
    ]),
    notes: [
      "The guest paints all of its screen 60 times a second, QEMU's VNC server looks at that some 30 times; a picture is counted by the number that the guest writes into it last",
      'The firmware is the simulator, which reads the same VNC server, encodes tiles, and takes no time of its own; real firmware is far slower, and its processor is not ours',
      `The viewer reads raw pixels, and is alone; both ways in turns, three of ${COUNT_MS / 1000} s, the median; one key after the other, ${TURNS * KEYS_A_TURN} in all`,
      'A screen that was still is looked at by QEMU some 80 ms later; the firmware has it hurry when a key comes, so that the way through us can be the shorter one',
      ...(withoutGuest ? ['QEMU is not installed: its rows were left out'] : []),
    ],
  };
}

function goalsOf(ways: readonly Way[]): BenchGoal[] {
  return ways.flatMap((ours) => {
    const direct = ways.find(({ screen, way }) => screen === ours.screen && way === 'QEMU');
    if (ours.way !== 'amtkit' || direct === undefined) return [];
    const share = (ours.picturesPerSecond ?? 0) / (direct.picturesPerSecond ?? 1);
    const later = median(ours.keyMs) - median(direct.keyMs);
    return [
      {
        text: `at least 80 % of the pictures that QEMU's own server shows (${ours.screen})`,
        met: share >= 0.8,
        measured: `${Math.round(100 * share)} %`,
      },
      {
        text: `a key's picture at most 50 ms later than from QEMU's own server (${ours.screen})`,
        met: later <= 50,
        measured: `${later.toFixed(0)} ms later`,
      },
    ];
  });
}
