/** All plugins of a fleet: set up in order, told what happens, asked before actions, stopped in the end. */
import type { Capability } from '../../capabilities/capability.ts';
import type { DiscoveredMachine } from '../../discovery/discovered-machine.ts';
import { Vetoed } from '../../errors.ts';
import type { FleetChange, FleetMachine } from '../changes.ts';
import type {
  ActionCause,
  ActionFailure,
  ActionOutcome,
  ActionRequest,
  ActionResult,
  ActionVerdict,
  RunOptions,
} from '../commands.ts';
import {
  type HookName,
  hookNames,
  type MqttMessage,
  type Plugin,
  type PluginContext,
  type PluginMqtt,
  type PluginSurface,
  type ReceivedMessage,
} from '../plugin.ts';
import { type Consequences, createConsequences, outsideHooks, presentCause } from './causes.ts';
import { pluginOptions } from './options.ts';
import type { PluginStatus, Plugins, PluginUse } from './plugins.ts';
import { RunningPlugin } from './running.ts';

/** What plugins run on. */
export interface PluginHostOptions {
  readonly surface: PluginSurface;
  /** The broker, for the plugin of a name. */
  readonly mqtt?: ((plugin: string) => PluginMqtt) | undefined;
  readonly log: (line: string) => void;
}

/** What plugins may do with a fleet. */
export interface PluginFleet {
  readonly machines: ReadonlyMap<string, FleetMachine>;
  run(name: string, id: string, input: unknown, options: RunOptions): Promise<ActionResult>;
}

/** In a shell, which lives for one command. */
const ACTION_HOOKS: ReadonlySet<HookName> = new Set(['beforeAction', 'afterAction', 'actionFailed']);

type Entry = { readonly running: RunningPlugin; readonly use: PluginUse; readonly isFor: (machine: string) => boolean };

/** The plugins of one fleet. */
export class PluginHost implements Plugins {
  /** What plugins added to the table. */
  readonly capabilities: Capability[] = [];
  readonly #options: PluginHostOptions;
  readonly #entries: Entry[] = [];
  /** Who is called at each hook, in order. */
  readonly #at = Object.fromEntries(hookNames.map((hook) => [hook, [] as Entry[]])) as Record<HookName, Entry[]>;
  readonly #consequences: Consequences = createConsequences();
  #fleet: PluginFleet | undefined;

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /** From now on plugins see machines, and may run actions. */
  attach(fleet: PluginFleet): void {
    this.#fleet = fleet;
  }

  async add(use: PluginUse): Promise<() => Promise<void>> {
    const { plugin } = use;
    if (this.#entries.some(({ running }) => running.name === plugin.name)) {
      throw new TypeError(`There is a plugin called ${plugin.name} already.`);
    }
    const options = await pluginOptions(plugin, use.options, use.place);
    const stop = new AbortController();
    const log = this.#options.log;
    const isFor = this.#filter(use.machines);
    const context = this.#context(plugin, options, isFor, stop.signal);
    const running = new RunningPlugin(plugin, context, stop, log);
    const entry: Entry = { running, use, isFor };
    this.#entries.push(entry);
    await running.setUp();
    this.#settled.add(plugin.name);
    if (!running.failed) {
      for (const hook of hookNames) {
        const called = this.#options.surface !== 'cli' || ACTION_HOOKS.has(hook);
        if (called && plugin[hook] !== undefined) this.#at[hook].push(entry);
      }
    }
    return async () => {
      for (const hook of hookNames) this.#at[hook] = this.#at[hook].filter((other) => other !== entry);
      this.#entries.splice(this.#entries.indexOf(entry), 1);
      await running.stop();
    };
  }

  /** A change of the fleet. */
  tell(change: FleetChange): void {
    const { machine } = change;
    switch (change.type) {
      case 'added': {
        const { host = machine, tags = [] } = this.#fleet?.machines.get(machine) ?? {};
        this.#tell('machineAdded', machine, { machine, host, tags });
        break;
      }
      case 'reachability': {
        const { reachability, error } = change;
        const why = error && { code: error.code, message: error.message, hint: error.hint };
        this.#tell('reachabilityChanged', machine, { machine, reachability, error: why });
        break;
      }
      case 'value': {
        const { id, value, previous } = change;
        this.#tell('valueChanged', machine, { machine, id, value, previous }, this.#consequences.causeOf(machine, id));
        break;
      }
      case 'reimage': {
        const { media, transaction, stage } = change;
        this.#tell('reimageStage', machine, { machine, media, transaction, stage });
        break;
      }
      case 'alert':
        this.#tell('alert', machine, { machine, alert: change.alert });
        break;
      default:
    }
    this.#tell('changed', machine, change);
    if (change.type === 'removed') {
      this.#tell('machineRemoved', machine, { machine });
      this.#consequences.forget(machine);
    }
  }

  /**
   * Asks all before an action. What it is to be done with in the end: the input as it was, or as a plugin changed it.
   * @throws Vetoed
   */
  async before(
    request: ActionRequest,
    { host, accept }: { readonly host: string; readonly accept: (input: unknown) => unknown },
  ): Promise<{ readonly input: unknown } | undefined> {
    let changed: { readonly input: unknown } | undefined;
    let asked = request;
    for (const { running, isFor } of this.#at.beforeAction) {
      if (!isFor(request.machine)) continue;
      const verdict = await running.ask<ActionVerdict>('beforeAction', asked, request.cause);
      if (verdict === undefined || verdict === null) continue;
      if ('veto' in verdict) {
        const by = running.name;
        const reason = String(verdict.veto);
        const message = `${request.machine}: ${request.id} was refused by ${by}: ${reason}`;
        throw new Vetoed(message, { host, by, reason });
      }
      if (!('input' in verdict)) continue;
      try {
        changed = { input: accept(verdict.input) };
        asked = { ...asked, input: verdict.input };
      } catch (error) {
        const why = (error as Error).message;
        this.#options.log(`plugin ${running.name}: beforeAction: its input for ${request.id} is left out: ${why}`);
      }
    }
    return changed;
  }

  /** An action was accepted that may change these readings. */
  accepted({ machine, cause }: ActionRequest, changes: readonly string[]): void {
    this.#consequences.expect(machine, changes, cause);
  }

  after(outcome: ActionOutcome): void {
    this.#tell('afterAction', outcome.machine, outcome, outcome.cause);
  }

  failed(failure: ActionFailure): void {
    this.#tell('actionFailed', failure.machine, failure, failure.cause);
  }

  discovered(found: DiscoveredMachine): void {
    for (const { running } of this.#at.discovered) running.tell('discovered', { found });
  }

  publishing(message: MqttMessage): MqttMessage | null {
    let going = message;
    for (const { running } of this.#at.publishing) {
      const answer = running.askNow<MqttMessage | null>('publishing', going);
      if (answer === null) return null;
      if (answer !== undefined) going = answer;
    }
    return going;
  }

  received(message: ReceivedMessage): boolean {
    return this.#at.received.some(({ running }) => running.askNow<boolean>('received', message) === true);
  }

  statuses(): readonly PluginStatus[] {
    return this.#entries.map(({ running, use }) => ({
      name: running.name,
      version: use.version,
      use: use.use,
      isolation: use.isolation ?? 'inline',
      state: running.failed ? 'failed' : 'running',
      failures: running.failures,
      lastError: running.lastError,
    }));
  }

  /** Whether anybody wants to be asked before actions. */
  get guards(): boolean {
    return this.#at.beforeAction.length > 0;
  }

  /** Stops all, the last one first. */
  async close(): Promise<void> {
    for (const { running } of this.#entries.splice(0).reverse()) await running.stop();
  }

  readonly #settled = new Set<string>();

  #tell(hook: HookName, machine: string, event: unknown, behind?: ActionCause): void {
    for (const { running, isFor } of this.#at[hook]) if (isFor(machine)) running.tell(hook, event, behind);
  }

  #filter(machines: readonly string[] | undefined): (machine: string) => boolean {
    if (machines === undefined || machines.includes('@all')) return () => true;
    const names = new Set(machines.filter((each) => !each.startsWith('@')));
    const tags = machines.filter((each) => each.startsWith('@')).map((each) => each.slice(1));
    return (name) => {
      if (names.has(name)) return true;
      const has = this.#fleet?.machines.get(name)?.tags ?? [];
      return tags.some((tag) => has.includes(tag));
    };
  }

  #context(plugin: Plugin, options: unknown, isFor: (machine: string) => boolean, signal: AbortSignal): PluginContext {
    const host = this;
    const { surface, mqtt, log } = this.#options;
    return {
      plugin: plugin.name,
      surface,
      options,
      signal,
      mqtt: mqtt?.(plugin.name),
      get machines() {
        return new Map([...(host.#fleet?.machines ?? [])].filter(([name]) => isFor(name)));
      },
      addCapability: (entry) => this.#addCapability(plugin.name, entry),
      run: async (machine, id, input, given = {}) => {
        const what = `${machine}: ${id}, by the plugin ${plugin.name},`;
        if (this.#fleet === undefined || !this.#settled.has(plugin.name)) {
          throw new TypeError(`${what} was not begun: nothing can be run during setup.`);
        }
        if (!isFor(machine)) {
          throw new TypeError(`${what} was not begun: the book does not list the plugin for this machine.`);
        }
        const cause = presentCause(what);
        const fleet = this.#fleet;
        const by = `plugin:${plugin.name}`;
        return await outsideHooks(() => fleet.run(machine, id, input, { signal, ...given, by, cause }));
      },
      log: (line) => log(`plugin ${plugin.name}: ${line}`),
    };
  }

  #addCapability(plugin: string, entry: Capability): void {
    if (this.#fleet !== undefined || this.#settled.has(plugin)) {
      throw new TypeError(
        `${plugin} cannot add ${entry.id} any more: capabilities are added during setup, before the first machine.`,
      );
    }
    if (!/^[a-z][a-z0-9]*\.[a-z0-9]+(-[a-z0-9]+)*$/.test(entry.id)) {
      throw new TypeError(
        `${plugin} cannot add ${JSON.stringify(entry.id)}: an id is an area and a name, such as power.state.`,
      );
    }
    if (this.capabilities.some(({ id }) => id === entry.id)) {
      throw new TypeError(`${plugin} cannot add ${entry.id}: another plugin has added it already.`);
    }
    this.capabilities.push(entry);
  }
}
