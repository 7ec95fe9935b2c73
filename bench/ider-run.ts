/** The runs of the storage benchmark, in one network. Prints what was measured as JSON. Argument: folder of MeshCentral. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askChild, endChild, nextMessage, startChild } from './children.ts';
import type { Reading, Usage, Way } from './redirection-work.ts';

/** One client reading in commands of one size. */
export interface Measured {
  readonly client: string;
  readonly way: Way;
  readonly blocks: number;
  readonly ms: number;
  readonly commands: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly wrong: number;
}

/** The same with time added to each exchange. */
export interface Delayed extends Measured {
  readonly delayMs: number;
}

/** Everything. */
export interface IderResults {
  readonly reads: readonly Measured[];
  readonly delayed: readonly Delayed[];
  readonly large: {
    readonly mibPerSecond: number;
    readonly rssStartMb: number;
    readonly rssEndMb: number;
    readonly rssPeakMb: number;
  };
  readonly many: { readonly mibPerSecond: number; readonly rssMb: number; readonly wrong: number };
}

const MIB = 1024 * 1024;
const IMAGE_BYTES = 32 * MIB;
const BIG_BYTES = 6 * 1024 * MIB;
const SESSIONS = 64;
const RUNS = 3;
/** So much is read in one run: a second's worth for the slowest of them. */
const BYTES: Readonly<Record<number, number>> = { 1: 24 * MIB, 8: 64 * MIB, 64: 128 * MIB };

const [, , meshcentral] = process.argv;
type Client = readonly [name: string, file: string, args: readonly string[]];
const clients: readonly Client[] = [
  ['amtkit', 'ider-ours.ts', []],
  ['bare socket', 'ider-floor.ts', []],
  ...(meshcentral === undefined ? [] : [['MeshCentral', 'ider-meshcentral.ts', [meshcentral]] as const]),
];

const folder = await mkdtemp(join(tmpdir(), 'amtkit-bench-ider-'));
try {
  const image = join(folder, 'image.iso');
  await numbered(image, IMAGE_BYTES);
  const big = join(folder, 'big.iso');
  const file = await open(big, 'w');
  await file.truncate(BIG_BYTES);
  await file.close();
  const results: IderResults = {
    reads: await allReads(image),
    delayed: await allDelayed(image),
    large: await large(big),
    many: await many(image),
  };
  process.stdout.write(JSON.stringify(results));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** An image whose blocks begin with their own number. */
async function numbered(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  const chunk = new Uint8Array(MIB);
  const view = new DataView(chunk.buffer);
  for (let at = 0; at < bytes; at += MIB) {
    for (let i = 0; i < MIB; i += 2048) view.setUint32(i, (at + i) / 2048);
    await file.write(chunk, 0, MIB, at);
  }
  await file.close();
}

async function allReads(image: string): Promise<Measured[]> {
  const found: Measured[] = [];
  for (const way of ['plain', 'tls'] as const) {
    for (const blocks of [1, 8, 64]) {
      const best = new Map<string, Measured>();
      for (let i = 0; i < RUNS; i++) {
        for (const client of clients) {
          const now = await measure(client, { way, blocks, image, delayMs: 0, bytes: BYTES[blocks] ?? IMAGE_BYTES });
          best.set(now.client, better(best.get(now.client), now));
        }
      }
      found.push(...best.values());
    }
  }
  return found;
}

async function allDelayed(image: string): Promise<Delayed[]> {
  const found: Delayed[] = [];
  for (const delayMs of [1, 10]) {
    for (const client of clients.filter(([name]) => name !== 'MeshCentral')) {
      const bytes = 64 * 2048 * (delayMs === 1 ? 512 : 128);
      found.push({ ...(await measure(client, { way: 'plain', blocks: 64, image, delayMs, bytes })), delayMs });
    }
  }
  return found;
}

/** The least time and the least processor of two runs. */
function better(one: Measured | undefined, other: Measured): Measured {
  if (one === undefined) return other;
  return {
    ...other,
    ms: Math.min(one.ms, other.ms),
    cpuMs: Math.min(one.cpuMs, other.cpuMs),
    rssMb: Math.min(one.rssMb, other.rssMb),
    wrong: one.wrong + other.wrong,
  };
}

interface Work {
  readonly way: Way;
  readonly blocks: number;
  readonly image: string;
  readonly delayMs: number;
  readonly bytes: number;
}

async function measure([client, file, args]: Client, work: Work): Promise<Measured> {
  const { way, blocks, image, delayMs, bytes } = work;
  const pc = startChild('redirection-machine.ts', [String(delayMs)]);
  const child = startChild(file, [JSON.stringify(await nextMessage(pc)), way, image, ...args]);
  try {
    await nextMessage(child);
    await askChild(pc, { do: 'await-media' });
    // Once through the image for warming up: the firmware, the client, and the answers that the bare socket keeps.
    await askChild(pc, { do: 'read', blocks, bytes: delayMs === 0 ? IMAGE_BYTES : 2 * blocks * 2048 });
    const before = await askChild<Usage>(child, 'usage');
    const reading = await askChild<Reading>(pc, { do: 'read', blocks, bytes });
    const after = await askChild<Usage>(child, 'usage');
    return { client, way, blocks, ...reading, cpuMs: after.cpuMs - before.cpuMs, rssMb: after.rssMb };
  } finally {
    await endChild(child);
    await endChild(pc);
  }
}

/** Six gibibytes from end to end, the memory of the client looked at on the way. */
async function large(image: string): Promise<IderResults['large']> {
  const pc = startChild('redirection-machine.ts', ['0', 'empty']);
  const child = startChild('ider-ours.ts', [JSON.stringify(await nextMessage(pc)), 'plain', image]);
  try {
    await nextMessage(child);
    await askChild(pc, { do: 'await-media' });
    const resident = async () => (await askChild<Usage>(child, 'usage')).rssMb;
    await askChild(pc, { do: 'read', blocks: 64, bytes: 64 * MIB });
    const rssStartMb = await resident();
    let rssPeakMb = rssStartMb;
    let ms = 0;
    const step = BIG_BYTES / 48;
    for (let at = 0; at < BIG_BYTES; at += step) {
      ms += (await askChild<Reading>(pc, { do: 'read', blocks: 64, bytes: step, from: at })).ms;
      rssPeakMb = Math.max(rssPeakMb, await resident());
    }
    return { mibPerSecond: BIG_BYTES / MIB / (ms / 1000), rssStartMb, rssEndMb: await resident(), rssPeakMb };
  } finally {
    await endChild(child);
    await endChild(pc);
  }
}

/** Many sessions from one process, all read at once. */
async function many(image: string): Promise<IderResults['many']> {
  const pc = startChild('redirection-machine.ts', ['0', 'numbered', String(SESSIONS)]);
  const child = startChild('ider-ours.ts', [JSON.stringify(await nextMessage(pc)), 'plain', image]);
  try {
    await nextMessage(child);
    await askChild(pc, { do: 'await-media' });
    const { ms, wrong } = await askChild<Reading>(pc, { do: 'read', blocks: 32, bytes: 4 * MIB });
    const { rssMb } = await askChild<Usage>(child, 'usage');
    return { mibPerSecond: (SESSIONS * 4) / (ms / 1000), rssMb, wrong };
  } finally {
    await endChild(child);
    await endChild(pc);
  }
}
