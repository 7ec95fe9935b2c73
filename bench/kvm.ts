/**
 * Screens. Decoding them as the firmware sends them, 1920 × 1080 into RGBA: ours, beside MeshCentral's and noVNC's decoders.
 * And the whole way from a PC to a VNC viewer, beside QEMU's own VNC server.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  chunksOf,
  type PictureName,
  picture,
  ScreenEncoder,
  tilesOf,
  wirePixels,
  wrongPixels,
} from '@amtkit/core/testing';
import { measureBridge } from './kvm-bridge.ts';
import { CHUNK, type Decoder, meshcentral, novnc, ours } from './kvm-decoders.ts';
import { type Screen, screensOf, type Way, zrleOf } from './kvm-screens.ts';
import type { BenchGoal, BenchTable } from './table.ts';

export const name = 'kvm';

const PICTURES = ['console', 'bios', 'desktop', 'photo'] as const satisfies readonly PictureName[];
const DEPTHS = [16, 8] as const;

/** Decoders take turns for so long, each, and at least so often. A turn is several updates, as a screen has them. */
const TOTAL_MS = 1_500;
const TURNS = 7;
const UPDATES_A_TURN = 4;
/** The first turns are for the compiler. */
const WARM_UP = 2;

/** One picture in one way, measured. Milliseconds for one update of the whole screen. */
interface Row {
  readonly screen: Pick<Screen, 'name' | 'depth' | 'way'>;
  readonly bytes: number;
  readonly our: number;
  readonly their: number | undefined;
}

export async function run(): Promise<BenchTable> {
  const notes = [
    'Updates of the whole screen, 510 tiles, in chunks of 16 KiB; milliseconds of the processor, so that others who use it do not count; the decoders take turns of four updates, and of each the fastest quarter ends with the number given; the pictures are made up, and the encoder is one that our tests use',
    'No canvas: MeshCentral and noVNC put each tile on one besides, amtkit decodes straight into the memory of one picture',
    "noVNC decodes ZRLE of 24 bits, one rectangle a screen, since that is what it asks for; it is beside MeshCentral's stored blocks of 16 bits",
  ];
  // First, while there is nothing else that memory could be given back of.
  const memory = await memoryGoal();
  const rows: Row[] = [];
  for (const depth of DEPTHS) {
    for (const picture of PICTURES) {
      for await (const screen of screensOf(picture, depth)) rows.push(measure(screen));
    }
  }
  const zrle = new Map<string, number>();
  for (const picture of PICTURES) {
    const ms = await measureZrle(picture);
    if (ms !== undefined) zrle.set(picture, ms);
  }
  if (rows.some(({ their }) => their === undefined)) {
    notes.push("MeshCentral's and noVNC's decoders were left out: they are not installed (npm run peers)");
  }
  const chunks = await chunkGoal();
  const bridge = await measureBridge();
  return {
    title: 'Decoding screens of 1920 × 1080 into RGBA',
    columns: ['picture', 'bits', 'blocks', 'KB', 'amtkit, ms', 'MeshCentral, ms', 'times as fast', 'noVNC ZRLE 24, ms'],
    rows: rows.map((row) => cells(row, zrle)),
    notes,
    more: [bridge.part],
    goals: [...speedGoals(rows), chunks, memory, ...bridge.goals],
  };
}

function cells({ screen, bytes, our, their }: Row, zrle: ReadonlyMap<string, number>): (string | number)[] {
  const once = screen.depth === 16 && screen.way === 'stored' ? zrle.get(screen.name) : undefined;
  return [
    screen.name,
    screen.depth,
    screen.way,
    Math.round(bytes / 1000),
    our.toFixed(2),
    their?.toFixed(2) ?? '–',
    their === undefined ? '–' : (their / our).toFixed(2),
    once?.toFixed(1) ?? '–',
  ];
}

function measure({ first, again, shown, ...screen }: Screen): Row {
  const mine = ours(screen.depth);
  const other = meshcentral(screen.depth);
  const decoders: readonly Decoder[] = other === undefined ? [mine] : [mine, other];
  for (const decoder of decoders) for (const update of first) decoder.decode(chunksOf(update, CHUNK));
  const [our = 0, their] = taken(decoders, chunksOf(again, CHUNK));
  const wrong = wrongPixels(mine.client.framebuffer.pixels, shown);
  if (wrong > 0) throw new Error(`${wrong} pixels of ${screen.name} are wrong, ${screen.depth} bits, ${screen.way}.`);
  return { screen, bytes: again.length, our, their };
}

async function measureZrle(picture: PictureName): Promise<number | undefined> {
  const decoder = await novnc();
  if (decoder === undefined) return undefined;
  const { first, again } = await zrleOf(picture);
  for (const piece of first) decoder.decode([piece]);
  return taken([decoder], [again])[0];
}

/** What each decoder takes for the same update in its best quarter: whatever else runs only makes it worse. */
function taken(decoders: readonly Decoder[], chunks: readonly Uint8Array[]): number[] {
  const times = decoders.map((): number[] => []);
  const end = performance.now() + TOTAL_MS * decoders.length;
  for (let turn = 0; turn < TURNS + WARM_UP || performance.now() < end; turn++) {
    for (const [i, decoder] of decoders.entries()) {
      const ms = timed(() => decoder.decode(chunks));
      if (turn >= WARM_UP) times[i]?.push(ms);
    }
  }
  return times.map(quartile);
}

/** Milliseconds of the processor for one update, in all threads: collecting garbage is part of the work. */
function timed(work: () => void): number {
  const start = process.cpuUsage();
  for (let i = 0; i < UPDATES_A_TURN; i++) work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / UPDATES_A_TURN;
}

function quartile(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)] ?? 0;
}

function speedGoals(rows: readonly Row[]): BenchGoal[] {
  const goal = (way: Way, floor: number, middle: number, than: string): BenchGoal[] => {
    const ratios = rows
      .filter(({ screen }) => screen.way === way && screen.name !== 'photo')
      .flatMap(({ our, their }) => (their === undefined ? [] : [their / our]));
    if (ratios.length === 0) return [];
    const worst = Math.min(...ratios);
    const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
    return [
      {
        text: `${way}: console, BIOS and desktop ${middle} times as fast as ${than} on average`,
        met: mean >= middle,
        measured: `${mean.toFixed(2)} times`,
      },
      {
        text: `${way}: none of them less than ${floor} times as fast`,
        met: worst >= floor,
        measured: `${worst.toFixed(2)} times at worst`,
      },
    ];
  };
  return [...goal('stored', 1.5, 2, 'MeshCentral'), ...goal('zlib', 1.5, 2.5, 'MeshCentral')];
}

/** The size of chunks must not matter. */
async function chunkGoal(): Promise<BenchGoal> {
  const sizes = [64, 1448, CHUNK, 4 * 1024 * 1024];
  const ratios: { size: number; ratio: number }[] = [];
  for (const picture of ['desktop', 'photo'] as const) {
    const screen = (await screensOf(picture, 16).next()).value as Screen;
    const decoders = sizes.map(() => ours(16));
    for (const decoder of decoders) for (const update of screen.first) decoder.decode([update]);
    const times = decoders.map((): number[] => []);
    for (let turn = 0; turn < 10 + WARM_UP; turn++) {
      for (const [i, decoder] of decoders.entries()) {
        const chunks = chunksOf(screen.again, sizes[i] ?? CHUNK);
        const ms = timed(() => decoder.decode(chunks));
        if (turn >= WARM_UP) times[i]?.push(ms);
      }
    }
    const taken = times.map(quartile);
    const usual = taken[sizes.indexOf(CHUNK)] ?? 1;
    sizes.forEach((size, i) => {
      ratios.push({ size, ratio: (taken[i] ?? 0) / usual });
    });
  }
  const tiny = ratios.filter(({ size }) => size === 64);
  const worst = ratios.filter(({ size }) => size >= 1448).reduce((a, b) => (b.ratio > a.ratio ? b : a));
  return {
    text: 'chunks of 1,448 bytes to 4 MB within twice the time of 16 KiB',
    met: worst.ratio <= 2,
    measured: `${worst.ratio.toFixed(2)} times at worst; ${tiny.map(({ ratio }) => ratio.toFixed(1)).join(' and ')} times in 64 bytes`,
  };
}

/** A large screen for a long time. */
async function memoryGoal(): Promise<BenchGoal> {
  const [width, height, updates] = [3840, 2160, 100_000];
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const tiles = tilesOf(wirePixels(picture('bios', 512, 512), 'rgb565'), 512, 512);
  const encoder = new ScreenEncoder('rgb565', 'stored');
  const first = await encoder.update(tiles.slice(0, 4));
  const some: Uint8Array[] = [];
  for (let i = 0; i < 16; i++) some.push(await encoder.update(tiles.slice(4 * i, 4 * i + 4)));
  const { client } = ours(16, width, height);
  client.receive(first);
  const used = (): number => {
    // Memory outside the heap goes only once what held it is gone.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  let [before, rss] = [0, 0];
  const start = performance.now();
  for (let i = 0; i < updates; i++) {
    if (i === updates / 10) [before, rss] = [used(), process.memoryUsage.rss()];
    const update = some[i % some.length] as Uint8Array;
    client.receive(update.subarray(0, 700));
    client.receive(update.subarray(700));
    client.takeOutgoing();
  }
  const seconds = (performance.now() - start) / 1000;
  const grown = (used() - before) / 1e6;
  const last = process.memoryUsage.rss();
  // Until here it is in use.
  client.close();
  return {
    text: `no memory more after ${updates.toLocaleString('en-US')} updates of a screen of ${width} × ${height} in 16 bits`,
    met: grown < 1,
    measured: `${grown.toFixed(2)} MB between update 10,000 and the last; RSS ${Math.round(rss / 1e6)} MB then and ${Math.round(last / 1e6)} MB at the end; ${Math.round(updates / seconds).toLocaleString('en-US')} updates a second`,
  };
}
