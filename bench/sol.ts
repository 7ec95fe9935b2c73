/** The serial port: how soon a typed character comes back, and how fast output arrives, beside a bare socket. */
import { runInOwnNetwork } from './children.ts';
import type { SolRun } from './sol-run.ts';
import type { BenchTable } from './table.ts';

export const name = 'sol';

export async function run(): Promise<BenchTable> {
  const runs = await runInOwnNetwork<readonly SolRun[]>('sol-run.ts');
  const goals = runs
    .filter(({ client }) => client === 'amtkit')
    .flatMap((ours) => {
      const floor = runs.find(({ client, way }) => client === 'bare socket' && way === ours.way);
      if (floor === undefined) return [];
      const later = ours.keyMs - floor.keyMs;
      const share = ours.mibPerSecond / floor.mibPerSecond;
      return [
        {
          text: `a character comes back within 1 ms of the bare socket (${ours.way})`,
          met: later < 1,
          measured: `${later.toFixed(2)} ms later`,
        },
        {
          text: `output at least at 80 % of the bare socket (${ours.way})`,
          met: share >= 0.8,
          measured: `${Math.round(share * 100)} %`,
        },
      ];
    });
  return {
    title: 'The serial port',
    columns: ['client', 'way', 'ms until a character is back', 'MiB/s of output', 'CPU ms per MiB'],
    rows: runs.map(({ client, way, keyMs, mibPerSecond, cpuMsPerMib }) => [
      client,
      way,
      two(keyMs),
      two(mibPerSecond),
      two(cpuMsPerMib),
    ]),
    notes: [
      'The PC echoes what is typed at once; its firmware collects what it sends for the 100 ms that consoles ask for',
      'A real serial port of 115,200 baud gives 0.011 MiB/s; MTU 1500; best of three runs',
    ],
    goals,
  };
}

function two(value: number): number {
  return Math.round(value * 100) / 100;
}
