/** A fleet without machines behind it: a test says what they are and do, and sees what they were asked. */
import { randomUUID } from 'node:crypto';
import { type AmtError, Vetoed } from '@amtkit/core';
import {
  type ActionResult,
  type Capability,
  capabilities,
  type Fleet,
  type FleetAdjustment,
  type FleetChange,
  type FleetMachine,
  type Guard,
  PluginHost,
  parseInput,
  parseValue,
  type Reachability,
  type RunOptions,
  type Value,
} from '@amtkit/core/automation';

/** What a machine was asked to do. */
export interface Run {
  readonly machine: string;
  readonly id: string;
  readonly input: unknown;
  readonly options: RunOptions;
}

/** The fleet, and how a test moves it. */
export interface FakeFleet extends Fleet {
  readonly runs: readonly Run[];
  /** Of its pace and policies, oldest first. */
  readonly adjustments: readonly FleetAdjustment[];
  /** What commands end with. @default success */
  onRun: (run: Run) => Promise<unknown>;
  /** A machine joins, as yet unknown. */
  join(name: string, facts?: { readonly host?: string }): void;
  /** The first contact: it has told its UUID. */
  identify(name: string, uuid: string | undefined): void;
  reach(name: string, reachability: Reachability, error?: AmtError): void;
  /** New values, each announced as a change. */
  tell(name: string, values: Readonly<Record<string, Value>>): void;
  send(change: FleetChange): void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Values of an AMT 12 desktop: everything that is polled has one. */
export const desktop: Readonly<Record<string, Value>> = {
  'power.state': 'off',
  'power.switch': false,
  'power.supported': ['on', 'off', 'cycle', 'reset', 'soft-off', 'soft-reset', 'sleep', 'hibernate', 'nmi'],
  'boot.next': 'unknown',
  'boot.targets': ['pxe', 'disk', 'cd', 'bios', 'ider-cd', 'ider-floppy'],
  'consent.state': 'not-started',
  'consent.needed': false,
  'features.sol': true,
  'features.ider': true,
  'features.kvm': true,
  'features.listener': true,
  'features.kvm-in-use': false,
  'features.consent': 'none',
  'hw.amt-version': '12.0.67',
  'hw.firmware': { installed: '12.0.67.1', advised: '12.0.67.1', advisory: '', url: '' },
  'hw.product': 'amt',
  'hw.uuid': '4c4c4544-0042-4710-8058-b4c04f595831',
  'hw.control-mode': 'admin',
  'hw.manufacturer': 'Example Corp.',
  'hw.model': 'Desk 7',
  'hw.serial': 'EX1234',
  'hw.chassis': 'desktop',
  'hw.board': 'Example Corp. B7',
  'hw.bios': '1.2.3',
  'hw.bios-date': new Date('2020-02-03T00:00:00Z'),
  'hw.cpu': 'Example CPU',
  'hw.memory': 16_384,
  'hw.memory-modules': [],
  'hw.drives': [],
  'media.library': ['debian', 'windows-11'],
  'media.selected': 'none',
  'media.attached': 'none',
  'media.in-use': false,
  'media.rate': 0,
  'media.read': 0,
  'reimage.stage': 'none',
  'reimage.progress': { percent: 0, megabytesPerSecond: 0, sectors: 0, bytes: 0 },
  'reimage.rate': 0,
  'reimage.message': 'none',
  'log.last': 'BIOS: started',
  'net.ports': [],
  'net.mac': '00:1e:37:aa:bb:cc',
  'net.host-name': 'desk',
  'net.ping': true,
  'net.rmcp-ping': true,
  'alarm.next': 'none',
  'alarm.wake': 'none',
  'alarm.list': [],
};

/** An empty fleet. */
export function createFakeFleet(options: { readonly guards?: readonly Guard[] } = {}): FakeFleet {
  const machines = new Map<string, Writable<FleetMachine> & { readonly values: Map<string, Value> }>();
  const runs: Run[] = [];
  const adjustments: FleetAdjustment[] = [];
  const readers = new Set<(change: FleetChange) => void>();
  const results = new Map<string, Promise<ActionResult>>();
  const table: ReadonlyMap<string, Capability> = new Map(capabilities.map((entry) => [entry.id, entry]));
  const plugins = new PluginHost({ surface: 'bridge', log: () => {} });
  const send = (change: FleetChange): void => {
    for (const reader of readers) reader(change);
    plugins.tell(change);
  };
  const of = (name: string): Writable<FleetMachine> & { readonly values: Map<string, Value> } => {
    const machine = machines.get(name);
    if (machine === undefined) throw new TypeError(`There is no machine called ${name}.`);
    return machine;
  };

  async function runOnce(name: string, id: string, input: unknown, how: RunOptions): Promise<ActionResult> {
    const entry = table.get(id);
    if (entry === undefined || entry.kind === 'reading') throw new TypeError(`${id} cannot be run.`);
    of(name);
    const checked = entry.kind === 'setting' ? parseValue(entry.value, input, id) : parseInput(entry, input);
    for (const guard of options.guards ?? []) {
      const { kind, title, effect } = entry;
      const { by = 'api', transaction = '', dryRun = false } = how;
      const veto = guard({ machine: name, id, kind, title, effect, input: checked, by, transaction, dryRun });
      if (veto !== undefined) throw new Vetoed(`${name}: ${id} was refused: ${veto.reason}`, veto);
    }
    const run = { machine: name, id, input: checked, options: how };
    runs.push(run);
    const data = await fleet.onRun(run);
    const transaction = how.transaction ?? randomUUID();
    return {
      machine: name,
      id,
      transaction,
      message: `${name}: done.`,
      ms: 0,
      ...(data === undefined ? {} : { data }),
    };
  }

  const fleet: FakeFleet = {
    capabilities,
    machines,
    plugins,
    runs,
    adjustments,
    onRun: async () => undefined,
    send,
    join(name, { host = '192.0.2.1' } = {}) {
      machines.set(name, { name, host, tags: [], reachability: 'unknown', values: new Map() });
      send({ type: 'added', machine: name });
    },
    identify(name, uuid) {
      const firmware = {
        version: '12.0.67',
        build: '1',
        product: 'amt',
        uuid,
        port: 16992,
        tls: false,
        realm: 'r',
      } as const;
      of(name).firmware = firmware;
      send({ type: 'identified', machine: name, firmware });
    },
    reach(name, reachability, error) {
      Object.assign(of(name), { reachability, error, roundTripMs: 12.3 });
      send({ type: 'reachability', machine: name, reachability, error });
    },
    tell(name, values) {
      for (const [id, value] of Object.entries(values)) {
        const previous = of(name).values.get(id);
        of(name).values.set(id, value);
        send({ type: 'value', machine: name, id, value, previous });
      }
    },
    async add({ name = 'guest', host }) {
      fleet.join(name, { host });
      return name;
    },
    async remove(name) {
      of(name);
      machines.delete(name);
      send({ type: 'removed', machine: name });
    },
    run(name, id, input, how = {}) {
      const key = `${name} ${how.transaction ?? randomUUID()}`;
      const seen = results.get(key);
      if (seen !== undefined) return seen.then((result) => ({ ...result, repeated: true }));
      const result = runOnce(name, id, input, how);
      results.set(key, result);
      return result;
    },
    read: async (name, id) => of(name).values.get(id),
    readMany: async (name, ids) => new Map(ids.map((id) => [id, of(name).values.get(id)])),
    watch: ({ signal } = {}) => follow(readers, signal),
    sync: async () => {},
    outdate: () => {},
    adjust(changes) {
      adjustments.push(changes);
    },
    refresh: async () => {},
    machine: async () => {
      throw new TypeError('There is nothing behind these machines.');
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  plugins.attach(fleet);
  return fleet;
}

function follow(
  readers: Set<(change: FleetChange) => void>,
  signal: AbortSignal | undefined,
): AsyncIterable<FleetChange> {
  const waiting: FleetChange[] = [];
  let wake = (): void => {};
  readers.add((change) => {
    waiting.push(change);
    wake();
  });
  signal?.addEventListener('abort', () => wake(), { once: true });
  return (async function* () {
    while (signal?.aborted !== true) {
      const change = waiting.shift();
      if (change !== undefined) yield change;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  })();
}
