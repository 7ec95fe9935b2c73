/** Storage redirection: reads back to back by the same firmware, served by us, by MeshCentral, and by a bare socket. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runInOwnNetwork } from './children.ts';
import type { Delayed, IderResults, Measured } from './ider-run.ts';
import type { BenchGoal, BenchTable } from './table.ts';

export const name = 'ider';

const meshcentral = join(import.meta.dirname, '../test/peers/node_modules/meshcentral');

export async function run(): Promise<BenchTable> {
  const compare = existsSync(meshcentral);
  const { reads, delayed, large, many } = await runInOwnNetwork<IderResults>(
    'ider-run.ts',
    compare ? [meshcentral] : [],
  );
  const rows = [...reads.map(readRow), ...delayed.map(delayRow)];
  const growth = large.rssEndMb - large.rssStartMb;
  return {
    title: 'Storage redirection: READ(10) back to back from a 32 MiB image, MTU 1500',
    columns: ['client', 'way', 'blocks', 'ms per exchange added', 'MiB/s', 'commands/s', 'CPU ms per MiB', 'RSS, MB'],
    rows,
    notes: [
      'The firmware is the simulator in a process of its own, each client another; best of three runs; every block that arrives is looked at',
      'amtkit reads the image for every command and sends each answer anew; the bare socket keeps all answers ready and never reads',
      'bare socket: answers made before, one write each, nothing decoded; what is left of the time is the firmware',
      ...(compare ? [] : ["MeshCentral's module was left out: it is not installed (npm run peers)"]),
      `A sparse image of 6 GiB read from end to end: ${Math.round(large.mibPerSecond)} MiB/s, RSS of the client ${Math.round(large.rssStartMb)} MB after the first 64 MiB and ${Math.round(large.rssEndMb)} MB at the end, ${Math.round(large.rssPeakMb)} MB at most`,
      `64 sessions at once from one process: ${Math.round(many.mibPerSecond)} MiB/s in all, RSS ${Math.round(many.rssMb)} MB, ${many.wrong} wrong blocks`,
    ],
    goals: [
      ...reads.filter(({ client }) => client === 'amtkit').flatMap((ours) => goalsOf(ours, reads)),
      ...delayGoals(delayed),
      {
        text: 'memory flat while 6 GiB are served: under 32 MB more at the end',
        met: growth < 32,
        measured: `${Math.round(growth)} MB more`,
      },
      {
        text: '64 sessions at once from one process, every block right',
        met: many.wrong === 0,
        measured: `${many.wrong} wrong`,
      },
      {
        text: 'every block right',
        met: reads.every(({ wrong }) => wrong === 0),
        measured: `${reads.reduce((sum, { wrong }) => sum + wrong, 0)} wrong`,
      },
    ],
  };
}

function readRow(each: Measured): (string | number)[] {
  const { client, way, blocks, rssMb } = each;
  return [
    client,
    way,
    blocks,
    0,
    round(rate(each)),
    Math.round(each.commands / (each.ms / 1000)),
    round(cost(each)),
    Math.round(rssMb),
  ];
}

function delayRow(each: Delayed): (string | number)[] {
  const { client, way, blocks, delayMs, rssMb } = each;
  return [
    client,
    way,
    blocks,
    delayMs,
    round(rate(each)),
    Math.round(each.commands / (each.ms / 1000)),
    round(cost(each)),
    Math.round(rssMb),
  ];
}

function goalsOf(ours: Measured, all: readonly Measured[]): BenchGoal[] {
  const { way, blocks } = ours;
  const of = (client: string) =>
    all.find((each) => each.client === client && each.way === way && each.blocks === blocks);
  const [floor, theirs] = [of('bare socket'), of('MeshCentral')];
  const goals: BenchGoal[] = [];
  if (floor !== undefined) {
    const share = rate(ours) / rate(floor);
    goals.push({
      text: `at least 80 % of the bare socket (${way}, ${blocks} blocks)`,
      met: share >= 0.8,
      measured: `${Math.round(share * 100)} %`,
    });
  }
  if (theirs !== undefined) {
    const [faster, share, wanted] = [rate(ours) / rate(theirs), cost(ours) / cost(theirs), AHEAD[blocks] ?? 1];
    goals.push({
      text: `at least ${wanted} times MeshCentral's rate, as a C client reached (${way}, ${blocks} blocks)`,
      met: faster >= wanted,
      measured: `${faster.toFixed(2)} times`,
    });
    if (blocks > 1) {
      goals.push({
        text: `a quarter of MeshCentral's CPU per MiB or less (${way}, ${blocks} blocks)`,
        met: share <= 0.25,
        measured: `${share.toFixed(2)} times`,
      });
    }
  }
  return goals;
}

/** How much faster than MeshCentral a client in C was, by blocks in a command; with TLS, elsewhere. */
const AHEAD: Readonly<Record<number, number>> = { 1: 1.5, 8: 2.6, 64: 1.7 };

/** What we need for a command beyond the bare socket, where the way there and back takes as long as on a network. */
function delayGoals(all: readonly Delayed[]): BenchGoal[] {
  return all
    .filter(({ client }) => client === 'amtkit')
    .map((ours) => {
      const floor = all.find(
        ({ client, delayMs, blocks }) => client === 'bare socket' && delayMs === ours.delayMs && blocks === ours.blocks,
      );
      const more = ours.ms / ours.commands - (floor === undefined ? 0 : floor.ms / floor.commands);
      return {
        text: `adds nothing measurable to ${ours.delayMs} ms per exchange (${ours.blocks} blocks)`,
        met: more < 0.1 * ours.delayMs + 0.1,
        measured: `${(more * 1000).toFixed(0)} µs more than the bare socket`,
      };
    });
}

function rate({ blocks, commands, ms }: Measured): number {
  return (commands * blocks * 2048) / 1048576 / (ms / 1000);
}

function cost({ blocks, commands, cpuMs }: Measured): number {
  return cpuMs / ((commands * blocks * 2048) / 1048576);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
