/** What a plugin costs that does nothing: one hook more at every change of a value, and before every action. */
import { type ActionRequest, definePlugin, type FleetChange, type Plugin, PluginHost } from '@amtkit/core/automation';
import type { BenchTable } from './table.ts';

/** Of the benchmark. */
export const name = 'plugins';

/** Calls of one run, and runs of which the best counts. */
const CALLS = 200_000;
const RUNS = 7;
const GOAL_US = 5;

const change: FleetChange = { type: 'value', machine: 'pc', id: 'power.state', value: 'on', previous: 'off' };
const request: ActionRequest = {
  machine: 'pc',
  id: 'power.off',
  kind: 'action',
  title: 'Switch off',
  effect: 'destructive',
  input: {},
  by: 'mqtt',
  transaction: 't',
  dryRun: false,
};

const inert = {
  'at once': definePlugin<unknown>({ name: 'inert', valueChanged: () => {}, beforeAction: () => undefined }),
  later: definePlugin<unknown>({ name: 'inert', valueChanged: async () => {}, beforeAction: async () => undefined }),
} as const;

/** Measures hosts without plugins beside hosts with one. */
export async function run(): Promise<BenchTable> {
  const rows: (readonly (string | number)[])[] = [];
  const goals: BenchTable['goals'][number][] = [];
  for (const [hook, measure] of [
    ['valueChanged', told],
    ['beforeAction', asked],
  ] as const) {
    const without = await best(undefined, measure);
    rows.push([hook, 'no plugin', rounded(without), '–']);
    for (const [when, plugin] of Object.entries(inert)) {
      const withOne = await best(plugin, measure);
      const adds = withOne - without;
      rows.push([hook, `one that answers ${when}`, rounded(withOne), rounded(adds)]);
      const text = `${hook} that does nothing and answers ${when} adds under ${GOAL_US} µs`;
      goals.push({ text, met: adds < GOAL_US, measured: `${rounded(adds)} µs` });
    }
  }
  return {
    title: 'A hook that does nothing',
    columns: ['hook', 'plugin', 'µs per call', 'added, µs'],
    rows,
    goals,
    notes: [
      `${CALLS.toLocaleString('en')} calls one after another, the best of ${RUNS} runs; the whole way through the host, with cause, time limit and isolation of errors`,
      'A hook that answers later is waited for, which takes a timer for its limit',
    ],
  };
}

/** Microseconds of one call. */
type Measure = (host: PluginHost) => Promise<number>;

async function best(plugin: Plugin | undefined, measure: Measure): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const host = new PluginHost({ surface: 'api', log: () => {} });
    if (plugin !== undefined) await host.add({ plugin });
    times.push(await measure(host));
    await host.close();
  }
  return Math.min(...times);
}

/** Events go one after another: after each batch the host is let catch up, as a fleet does between polls. */
async function told(host: PluginHost): Promise<number> {
  const startedAt = performance.now();
  for (let i = 0; i < CALLS; i++) {
    host.tell(change);
    if (i % 100 === 99) await new Promise((done) => setImmediate(done));
  }
  return ((performance.now() - startedAt) * 1000) / CALLS;
}

async function asked(host: PluginHost): Promise<number> {
  const accept = (input: unknown) => ({ input, visible: input });
  const startedAt = performance.now();
  for (let i = 0; i < CALLS; i++) await host.before(request, { host: '127.0.0.1', accept });
  return ((performance.now() - startedAt) * 1000) / CALLS;
}

function rounded(us: number): number {
  return Math.round(us * 100) / 100;
}
