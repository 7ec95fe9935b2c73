/** The fleet itself: machines of the book and guests, each with its keeper; and the memory of transactions. */
import { randomUUID } from 'node:crypto';
import type { Capability, SwitchOffPolicy, Value } from '../capabilities/capability.ts';
import { bySource, type Sources } from '../capabilities/sources.ts';
import { AmtError } from '../errors.ts';
import { type LogSink, logOf } from '../log.ts';
import type { Machine } from '../machine/machine.ts';
import type { AskCode } from '../machine/screen-session.ts';
import type { AlertSettings } from './alerts/settings.ts';
import { type AlertWatch, watchAlerts } from './alerts/watch.ts';
import { type Audit, openAudit } from './audit.ts';
import { type Broadcast, createBroadcast } from './broadcast.ts';
import { capabilities } from './capabilities.ts';
import type { FleetChange, FleetMachine } from './changes.ts';
import type { ActionResult, Guard, RunOptions } from './commands.ts';
import { type Access, createConnector } from './connector.ts';
import { reimageMemory } from './desk/remembered.ts';
import type { Fleet, FleetAdjustment, GuestMachine } from './fleet.ts';
import { Gate } from './gate.ts';
import { createKeeper } from './keeper.ts';
import type { Keeper, KeptMachine, Patience } from './keeping.ts';
import { bookLibrary, type MediaLibrary } from './library.ts';
import { createPace } from './pace.ts';
import type { Plugin, PluginMqtt, PluginSurface } from './plugin.ts';
import type { Behind } from './plugins/causes.ts';
import { PluginHost } from './plugins/host.ts';
import type { PluginUse } from './plugins/plugins.ts';
import { createTransactions, withoutBytes } from './transactions.ts';
import { defaultGrace } from './transitions.ts';

/** How a fleet is made. */
export interface FleetOptions extends Access {
  /** Watch over the machines by polling. @default true */
  readonly poll?: boolean;
  readonly patience?: Partial<Patience>;
  readonly guards?: readonly Guard[];
  /** Plugins, in the order in which they are asked; `loadPlugins` has those of the book. @default none */
  readonly plugins?: readonly (Plugin | PluginUse)[];
  /** Where they run. @default 'api' */
  readonly surface?: PluginSurface;
  /** The broker, for the plugin of a name. */
  readonly mqtt?: (plugin: string) => PluginMqtt;
  /**
   * The machines of the book it is for, by name. A function is asked again at every `sync`: what it does not want any more
   * leaves the fleet, what it wants anew joins. @default all
   */
  readonly only?: ReadonlySet<string> | ((machine: string) => boolean);
  /** What happens to machines whose book entry says nothing. @default soft-then-hard after 120 s */
  readonly switchOff?: SwitchOffPolicy;
  /** What can be attached by name. @default the book's media */
  readonly library?: MediaLibrary;
  /** Who asks for the code that a machine shows, where a reimage needs it. @default nobody: it waits until somebody consents in another way */
  readonly consentCode?: (machine: string) => AskCode | undefined;
  /** Takes every command down. @default into the file that the book names, if it does */
  readonly audit?: Audit;
  /** Tells what happens at the machines themselves. @default nothing of it */
  readonly alerts?: AlertSettings;
  /** @default silent */
  readonly log?: LogSink;
}

/**
 * Starts a fleet over the machines of a book; without one it begins empty.
 * @throws InvalidBook for wrong options of a plugin
 */
export async function createFleet(options: FleetOptions = {}): Promise<Fleet> {
  const { plugins = [], surface = 'api', mqtt } = options;
  const host = new PluginHost({ surface, mqtt, log: logOf(options.log) });
  try {
    for (const each of plugins) await host.add('plugin' in each ? each : { plugin: each });
    const fleet = new KeptFleet(withAudit(options), host);
    await fleet.begin();
    return fleet;
  } catch (error) {
    await host.close();
    for (const each of plugins) if ('plugin' in each) await each.worker?.end();
    throw error;
  }
}

function withAudit(options: FleetOptions): FleetOptions {
  const { audit: settings } = options.book?.bridge ?? {};
  if (options.audit !== undefined || settings === undefined) return options;
  return { ...options, audit: openAudit({ ...settings, ...(options.log === undefined ? {} : { log: options.log }) }) };
}

/** What the product promises. */
const defaultPatience: Patience = {
  pollMs: 30_000,
  transitionPollMs: 2_000,
  offlinePollMs: 120_000,
  slowPollMs: 300_000,
  busyRetryMs: 2_000,
  grace: defaultGrace,
};

/** How many machines are polled at the same moment. */
const POLLS_AT_ONCE = 64;

/** How many begin while somebody waits for a command: each of their requests is one that the command's may wait behind. */
const POLLS_BESIDES = 8;

/** How long a command is waited for in this sense, milliseconds. */
const WAITS_MS = 2000;

class KeptFleet implements Fleet {
  readonly capabilities: readonly Capability[];
  readonly plugins: PluginHost;
  readonly #options: FleetOptions;
  readonly #patience: { -readonly [K in keyof Patience]: Patience[K] };
  #switchOff: SwitchOffPolicy;
  readonly #table: ReadonlyMap<string, Capability>;
  readonly #polled: Sources;
  readonly #keepers = new Map<string, Keeper>();
  /** What a book's machine was made from, to see what an edit changed. */
  readonly #entries = new Map<string, string>();
  readonly #changes: Broadcast<FleetChange> = createBroadcast({ key: keyOf, into: mergeValues });
  readonly #transactions = createTransactions<ActionResult>();
  readonly #connector: ReturnType<typeof createConnector>;
  readonly #pace = createPace({ atOnce: POLLS_AT_ONCE, besides: POLLS_BESIDES, waitsMs: WAITS_MS });
  readonly #library: MediaLibrary;
  readonly #gate: Gate;
  #alerts: AlertWatch | undefined;

  constructor(options: FleetOptions, plugins: PluginHost) {
    this.#options = options;
    this.plugins = plugins;
    this.capabilities = [...capabilities, ...plugins.capabilities];
    this.#table = new Map(this.capabilities.map((entry) => [entry.id, entry]));
    this.#polled = bySource(
      this.#table,
      this.capabilities.filter(isPolled).map(({ id }) => id),
    );
    this.#library = options.library ?? bookLibrary(options.book);
    this.#patience = { ...defaultPatience, ...options.patience };
    this.#switchOff = options.switchOff ?? { mode: 'soft-then-hard', afterSeconds: 120 };
    this.#connector = createConnector(options, (machine, fingerprint) =>
      this.#send({ type: 'certificate', machine, fingerprint }),
    );
    this.#gate = new Gate({
      table: this.#table,
      keeper: (name) => this.#keeper(name),
      guards: options.guards ?? [],
      plugins,
      audit: options.audit,
      send: (change, because) => this.#send(change, because),
    });
    plugins.attach(this);
  }

  get machines(): ReadonlyMap<string, FleetMachine> {
    return this.#keepers;
  }

  async begin(): Promise<void> {
    const { alerts, log } = this.#options;
    if (alerts !== undefined) {
      this.#alerts = await watchAlerts(alerts, {
        machines: this.#keepers,
        changes: this.#changes.read(),
        use: (name, work) => this.#keeper(name).use(work),
        tell: (machine, alert) => this.#send({ type: 'alert', machine, alert }),
        log: logOf(log),
      });
    }
    await this.sync();
  }

  async sync(): Promise<void> {
    const { book, only } = this.#options;
    if (book === undefined) return;
    const isWanted = typeof only === 'function' ? only : (name: string) => only?.has(name) !== false;
    const left = [...this.#entries.keys()].filter((name) => !book.machines.has(name) || !isWanted(name));
    await Promise.all(left.map((name) => this.remove(name)));
    const fresh: Keeper[] = [];
    for (const [name, entry] of book.machines) {
      if (!isWanted(name)) continue;
      const text = JSON.stringify([
        entry,
        entry.credentials === undefined ? null : book.credentials.get(entry.credentials),
      ]);
      if (this.#entries.get(name) === text) continue;
      this.#entries.set(name, text);
      const switchOff = (): SwitchOffPolicy => entry.switchOff ?? this.#switchOff;
      const kept: KeptMachine = {
        name,
        host: entry.host,
        tags: entry.tags ?? [],
        get switchOff() {
          return switchOff();
        },
        connect: (signal) => this.#connector.fromBook(name, signal),
      };
      const known = this.#keepers.get(name);
      if (known !== undefined) await known.update(kept);
      else fresh.push(this.#keep(kept));
    }
    this.#startAll(fresh);
  }

  async add(guest: GuestMachine): Promise<string> {
    const name = guest.name ?? this.#freeName(guest.host);
    if (this.#keepers.has(name)) throw new TypeError(`There is a machine called ${name} already.`);
    const switchOff = (): SwitchOffPolicy => this.#switchOff;
    const keeper = this.#keep({
      name,
      host: guest.host,
      tags: guest.tags ?? [],
      get switchOff() {
        return switchOff();
      },
      connect: (signal) => this.#connector.fromGuest(name, guest, signal),
    });
    this.#startAll([keeper]);
    return name;
  }

  async remove(name: string): Promise<void> {
    const keeper = this.#keeper(name);
    await this.#alerts?.release(name);
    this.#keepers.delete(name);
    this.#entries.delete(name);
    await keeper.stop();
    this.#send({ type: 'removed', machine: name });
  }

  async read(name: string, id: string, options: { readonly signal?: AbortSignal } = {}): Promise<Value> {
    const value = (await this.#keeper(name).read([id], options.signal)).get(id);
    if (value instanceof AmtError) throw value;
    return value;
  }

  async readMany(
    name: string,
    ids: readonly string[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<ReadonlyMap<string, Value | AmtError>> {
    return await this.#keeper(name).read(ids, options.signal);
  }

  run(name: string, id: string, input?: unknown, options: RunOptions = {}): Promise<ActionResult> {
    const transaction = options.transaction ?? randomUUID();
    const key = `${name} ${transaction}`;
    const seen = this.#transactions.seen(key) ?? this.#seenBefore(key, options);
    if (seen !== undefined) return seen.then((result) => ({ ...result, repeated: true }));
    const outcome = this.#gate.run(name, id, input, { ...options, transaction });
    const kept = outcome.then(withoutBytes);
    kept.catch(() => {});
    if (options.dryRun !== true) {
      this.#transactions.remember(key, kept);
      // What failed may be asked for again by whoever asks after this process has ended.
      if (options.transaction !== undefined)
        kept.then((result) => this.#options.state?.remember(key, result)).catch(() => {});
    }
    return outcome;
  }

  /** What an earlier process carried out. */
  #seenBefore(key: string, { transaction }: RunOptions): Promise<ActionResult> | undefined {
    const known = transaction === undefined ? undefined : this.#options.state?.transaction(key);
    return known === undefined ? undefined : Promise.resolve(known.result as ActionResult);
  }

  watch(options: { readonly signal?: AbortSignal } = {}): AsyncIterable<FleetChange> {
    return this.#changes.read(options.signal);
  }

  adjust({ pollMs = this.#patience.pollMs, switchOff = this.#switchOff }: FleetAdjustment): void {
    this.#switchOff = switchOff;
    const isSooner = pollMs < this.#patience.pollMs;
    this.#patience.pollMs = pollMs;
    if (!isSooner || this.#options.poll === false) return;
    for (const keeper of this.#keepers.values()) {
      // Whoever refused the login is left alone.
      if (keeper.reachability !== 'refused') keeper.start(Math.random() * pollMs);
    }
  }

  outdate(machines: Iterable<string>): void {
    for (const machine of machines) this.#keepers.get(machine)?.outdate();
  }

  async refresh(name: string): Promise<void> {
    await this.#keeper(name).refresh();
  }

  async machine(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Machine> {
    return await this.#keeper(name).machine(options.signal);
  }

  async close(): Promise<void> {
    await this.#alerts?.close();
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.stop()));
    await this.plugins.close();
    this.#keepers.clear();
    await this.#connector.close();
    this.#changes.close();
    await this.#options.audit?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #send(change: FleetChange, because?: Behind): void {
    this.#changes.send(change);
    this.#options.audit?.hear(change);
    this.plugins.tell(change, because);
  }

  #keep(kept: KeptMachine): Keeper {
    const keeper = createKeeper(kept, {
      table: this.#table,
      polled: this.#polled,
      patience: this.#patience,
      send: (change) => this.#send(change),
      pace: this.#pace,
      library: this.#library,
      reimages: reimageMemory(this.#options.state, kept.name),
      consentCode: () => this.#options.consentCode?.(kept.name),
      onPoll: (ok) => this.#options.meter?.polled(ok),
      log: logOf(this.#options.log),
    });
    this.#keepers.set(kept.name, keeper);
    this.#send({ type: 'added', machine: kept.name });
    return keeper;
  }

  /** Spreads the first polls so that later ones do not come all at once. */
  #startAll(keepers: readonly Keeper[]): void {
    if (this.#options.poll === false) return;
    const span = keepers.length < POLLS_AT_ONCE ? 0 : Math.min(this.#patience.pollMs, keepers.length * 10);
    for (const [i, keeper] of keepers.entries()) keeper.start((i * span) / keepers.length);
  }

  #keeper(name: string): Keeper {
    const keeper = this.#keepers.get(name);
    if (keeper === undefined) throw new TypeError(`There is no machine called ${JSON.stringify(name)}.`);
    return keeper;
  }

  #freeName(host: string): string {
    const base =
      host
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 60) || 'machine';
    let name = base;
    for (let n = 2; this.#keepers.has(name); n++) name = `${base}-${n}`;
    return name;
  }
}

function isPolled(entry: Capability): boolean {
  return entry.kind !== 'action' && entry.from.refresh !== 'asked';
}

function keyOf(change: FleetChange): string | undefined {
  if (change.type === 'picture') return `${change.machine} picture`;
  return change.type === 'value' ? `${change.machine} ${change.id}` : undefined;
}

/** A newer value in the place of a waiting one; what it was before stays. */
function mergeValues(waiting: FleetChange, newer: FleetChange): FleetChange {
  return waiting.type === 'value' && newer.type === 'value' ? { ...newer, previous: waiting.previous } : newer;
}
