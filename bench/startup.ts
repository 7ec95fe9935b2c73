/** How long `amt` takes to start, as differences to `node -e 0`: the built program, each run a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulator } from '@amtkit/simulator';
import type { BenchTable } from './table.ts';

/** Of the benchmark. */
export const name = 'startup';

/** Runs of each command line; they take turns, so that whatever else the machine does meets all of them. */
const RUNS = 20;
const PASSWORD = 'P@ssw0rd1';

/** Measures the difference that each command line makes. */
export async function run(): Promise<BenchTable> {
  const program = join(import.meta.dirname, '../packages/cli/dist/main.js');
  if (!existsSync(program)) throw new Error(`${program} is not there: run npm run build first.`);
  const folder = await mkdtemp(join(tmpdir(), 'amt-startup-'));
  const simulator = await createSimulator({ speed: 0, password: PASSWORD });
  const { host, ports } = simulator;
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ['node -e 0', ['-e', '0']],
    ['amt --version', [program, '--version']],
    ['amt --help', [program, '--help']],
    ['amt ls', [program, 'ls']],
    ['amt power state, TLS', [program, 'power', 'state', `${host}:${ports.wsmanTls}`]],
    ['amt power state, plain', [program, 'power', 'state', `${host}:${ports.wsman}`, '--tls', 'off']],
  ];
  const env = {
    ...process.env,
    AMTKIT_CONFIG: join(folder, 'amtkit.yaml'),
    AMTKIT_STATE: join(folder, 'state.json'),
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    AMT_PASSWORD: PASSWORD,
  };
  try {
    // The first run of each fills the compile cache and accepts the certificate, as the first use does.
    for (const [, words] of lines) await timed(words, env);
    const times = new Map(lines.map(([what]) => [what, [] as number[]]));
    for (let i = 0; i < RUNS; i++) {
      for (const [what, words] of lines) times.get(what)?.push(await timed(words, env));
    }
    return table(new Map([...times].map(([what, all]) => [what, all.toSorted((a, b) => a - b)])));
  } finally {
    await simulator.close();
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds from start to end of one process. */
async function timed(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, words, { env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${words.join(' ')} ended with ${code}.`);
  return performance.now() - startedAt;
}

function table(times: ReadonlyMap<string, readonly number[]>): BenchTable {
  const base = median(times.get('node -e 0') ?? []);
  const over = (what: string): number => Math.round(median(times.get(what) ?? []) - base);
  return {
    title: 'Start-up, from start to end of the process',
    columns: ['command', 'median, ms', 'over node -e 0, ms', 'fastest, ms', 'slowest, ms'],
    rows: [...times].map(([what, all]) => [
      what,
      Math.round(median(all)),
      over(what),
      Math.round(all[0] ?? 0),
      Math.round(all.at(-1) ?? 0),
    ]),
    goals: [
      goal('amt --version under 60 ms over node -e 0', over('amt --version'), 60),
      goal('amt power state on loopback under 300 ms over node -e 0, plain', over('amt power state, plain'), 300),
      goal('amt power state on loopback under 300 ms over node -e 0, TLS', over('amt power state, TLS'), 300),
    ],
    notes: [
      `${RUNS} runs of each, taking turns; the compile cache is warm, as from the second use on`,
      'power state connects, logs in, reads what the firmware is and then its power: five round trips',
      `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    ],
  };
}

function goal(text: string, measured: number, limit: number): BenchTable['goals'][number] {
  return { text, met: measured < limit, measured: `${measured} ms` };
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle - 0.5)] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
