/** All plugins of a fleet: set up in order, told what happens, asked before actions, stopped in the end. */
import type { Capability } from '../../capabilities/capability.ts';
import type { DiscoveredMachine } from '../../discovery/discovered-machine.ts';
import { InvalidBook, Vetoed } from '../../errors.ts';
import type { FleetChange, FleetMachine } from '../changes.ts';
import type { ActionFailure, ActionOutcome, ActionRequest, ActionResult, RunOptions } from '../commands.ts';
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
import { Additions } from './additions.ts';
import { type Behind, type Consequences, createConsequences, hookBehind, outsideHooks } from './causes.ts';
import { pluginOptions } from './options.ts';
import type { PluginStatus, Plugins, PluginUse } from './plugins.ts';
import { RunningPlugin } from './running.ts';
import { unlessCancelled } from './time-limit.ts';
import { eventOf, originOf } from './told.ts';
import { frozen, vetoOf } from './verdict.ts';

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

/** A plugin that was added. */
interface Entry {
  readonly running: RunningPlugin;
  readonly use: PluginUse;
  readonly isFor: (machine: string) => boolean;
}

/** Whether a plugin is set up, after which it cannot add to the table and may run actions. */
interface Phase {
  settled: boolean;
}

/** How the input of an action is changed: what it is in the end, and what of it may be shown. @throws TypeError */
export type AcceptInput = (changed: unknown) => { readonly input: unknown; readonly visible: unknown };

/** The plugins of one fleet. */
export class PluginHost implements Plugins {
  readonly #options: PluginHostOptions;
  readonly #entries: Entry[] = [];
  /** Who is called at each hook, in order. */
  readonly #at = Object.fromEntries(hookNames.map((hook) => [hook, [] as Entry[]])) as Record<HookName, Entry[]>;
  /** Those that run in threads. */
  #threads: readonly Entry[] = [];
  readonly #consequences: Consequences = createConsequences();
  readonly #additions = new Additions();
  /** Machines that were told of; one that was removed is known until that was told, too. */
  readonly #known = new Map<string, FleetMachine>();
  #fleet: PluginFleet | undefined;

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /** What plugins added to the table. */
  get capabilities(): readonly Capability[] {
    return this.#additions.entries;
  }

  /** From now on plugins see machines, and may run actions. */
  attach(fleet: PluginFleet): void {
    this.#fleet = fleet;
  }

  async add(use: PluginUse): Promise<() => Promise<void>> {
    const { plugin } = use;
    const options = await this.#accept(use).catch(async (error: unknown) => {
      await use.worker?.end();
      throw error;
    });
    const stop = new AbortController();
    const phase: Phase = { settled: false };
    const isFor = this.#filter(use.machines);
    const context = this.#context(plugin, options, isFor, stop.signal, phase);
    const running = new RunningPlugin(plugin, context, stop, this.#options.log);
    const entry: Entry = { running, use, isFor };
    this.#entries.push(entry);
    if (use.worker !== undefined) this.#threads = [...this.#threads, entry];
    await running.setUp();
    phase.settled = true;
    if (running.failed) this.#additions.drop(plugin.name);
    else this.#join(entry);
    return async () => {
      this.#leave(entry);
      const at = this.#entries.indexOf(entry);
      if (at >= 0) this.#entries.splice(at, 1);
      await running.stop();
    };
  }

  /** The options of a plugin that may join. @throws InvalidBook; TypeError where it is not in a book */
  async #accept({ plugin, options, place }: PluginUse): Promise<unknown> {
    if (this.#entries.some(({ running }) => running.name === plugin.name)) {
      const sentence = `There is a plugin called ${plugin.name} already`;
      const { file, key } = place ?? {};
      if (file === undefined) throw new TypeError(`${sentence}.`);
      throw new InvalidBook(`${file}: ${key?.replace(/\.options$/, '')}: ${sentence.toLowerCase()}.`, { file, key });
    }
    return await pluginOptions(plugin, options, place);
  }

  /** A change of the fleet; `because` of an action that is known, otherwise of what is known of its causes. */
  tell(change: FleetChange, because?: Behind): void {
    const { machine } = change;
    if (change.type === 'added') {
      const added = this.#fleet?.machines.get(machine);
      if (added !== undefined) this.#known.set(machine, added);
    }
    for (const { use, isFor } of this.#threads)
      if (isFor(machine)) use.worker?.follow(change, this.#known.get(machine));
    const behind = because ?? this.#behind(change);
    const [hook, event] = eventOf(change, this.#known.get(machine));
    if (hook !== undefined && hook !== 'machineRemoved') this.#tell(hook, machine, event, behind);
    this.#tell('changed', machine, change, behind);
    if (change.type !== 'removed') return;
    this.#tell('machineRemoved', machine, { machine });
    this.#consequences.forget(machine);
    this.#known.delete(machine);
  }

  /**
   * Asks all before an action. What it is to be done with in the end, if a plugin changed its input.
   * @throws Vetoed; Cancelled while one of them is asked
   */
  async before(
    request: ActionRequest,
    {
      host,
      accept,
      signal,
    }: { readonly host: string; readonly accept: AcceptInput; readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly input: unknown } | undefined> {
    let changed: { readonly input: unknown } | undefined;
    let asked = frozen(request);
    for (const { running, isFor } of this.#at.beforeAction) {
      if (!isFor(request.machine)) continue;
      const answer = running.ask<object>('beforeAction', asked, request);
      const what = `the plugin ${running.name} was asked about ${request.id} of ${request.machine}`;
      const verdict = await unlessCancelled(answer, signal, what);
      if (verdict === undefined || verdict === null) continue;
      const reason = vetoOf(verdict);
      if (reason !== undefined) {
        const by = running.name;
        throw new Vetoed(`${request.machine}: ${request.id} was refused by ${by}: ${reason}`, { host, by, reason });
      }
      if (typeof verdict !== 'object' || !('input' in verdict)) {
        if (typeof verdict !== 'object' || !('veto' in verdict)) {
          running.complain('beforeAction', new TypeError('it returned neither { veto } nor { input } nor nothing'));
        }
        continue;
      }
      try {
        const { input, visible } = accept(verdict.input);
        changed = { input };
        asked = frozen({ ...request, input: visible });
      } catch (error) {
        running.complain('beforeAction', error, `its input for ${request.id} is left out`);
      }
    }
    return changed;
  }

  /** An action was accepted that may change these readings. */
  accepted({ machine, id, cause }: ActionRequest, changes: readonly string[]): void {
    this.#consequences.expect(machine, [id, ...changes], cause);
  }

  after(outcome: ActionOutcome): void {
    this.#tell('afterAction', outcome.machine, outcome, outcome);
  }

  failed(failure: ActionFailure): void {
    this.#tell('actionFailed', failure.machine, failure, failure);
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
      state: running.failed || use.worker?.isGivenUp === true ? 'failed' : 'running',
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

  #join(entry: Entry): void {
    for (const hook of hookNames) {
      const called = this.#options.surface !== 'cli' || ACTION_HOOKS.has(hook);
      if (called && entry.running.plugin[hook] !== undefined) this.#at[hook].push(entry);
    }
  }

  /** New lists, so that a round that is under way comes to its end. */
  #leave(entry: Entry): void {
    for (const hook of hookNames) this.#at[hook] = this.#at[hook].filter((other) => other !== entry);
    this.#threads = this.#threads.filter((other) => other !== entry);
  }

  /** Which action a change is the consequence of. */
  #behind(change: FleetChange): Behind | undefined {
    const id = originOf(change);
    const cause = id === undefined ? undefined : this.#consequences.causeOf(change.machine, id);
    return cause === undefined ? undefined : { cause };
  }

  #tell(hook: HookName, machine: string, event: unknown, behind?: Behind): void {
    for (const { running, isFor } of this.#at[hook]) if (isFor(machine)) running.tell(hook, event, behind);
  }

  #filter(machines: readonly string[] | undefined): (machine: string) => boolean {
    if (machines === undefined || machines.includes('@all')) return everybody;
    const names = new Set(machines.filter((each) => !each.startsWith('@')));
    const tags = machines.filter((each) => each.startsWith('@')).map((each) => each.slice(1));
    return (name) => {
      if (names.has(name)) return true;
      const has = this.#known.get(name)?.tags ?? this.#fleet?.machines.get(name)?.tags ?? [];
      return tags.some((tag) => has.includes(tag));
    };
  }

  #context(
    plugin: Plugin,
    options: unknown,
    isFor: (machine: string) => boolean,
    stopped: AbortSignal,
    phase: Phase,
  ): PluginContext {
    const host = this;
    const { surface, mqtt, log } = this.#options;
    return {
      plugin: plugin.name,
      surface,
      options,
      signal: stopped,
      mqtt: mqtt?.(plugin.name),
      get machines() {
        const all = host.#fleet?.machines ?? NONE;
        // Most are for all machines, and look one up at every event.
        return isFor === everybody ? all : new Map([...all].filter(([name]) => isFor(name)));
      },
      addCapability: (entry) => {
        if (this.#fleet !== undefined || phase.settled) {
          throw new TypeError(
            `${plugin.name} cannot add ${entry.id} any more: capabilities are added during setup, before the first machine.`,
          );
        }
        this.#additions.add(plugin, entry);
      },
      run: async (machine, id, input, given = {}) => {
        const what = `${machine}: ${id}, by the plugin ${plugin.name},`;
        const fleet = this.#fleet;
        if (fleet === undefined || !phase.settled) {
          throw new TypeError(`${what} was not begun: nothing can be run during setup.`);
        }
        if (!isFor(machine)) {
          throw new TypeError(`${what} was not begun: the book does not list the plugin for this machine.`);
        }
        const hook = hookBehind(what);
        const { transaction, wait, dryRun = false, signal } = given;
        const options: RunOptions = {
          by: `plugin:${plugin.name}`,
          cause: hook?.cause,
          dryRun: dryRun || hook?.dryRun === true,
          signal: signal === undefined ? stopped : AbortSignal.any([signal, stopped]),
          ...(transaction === undefined ? {} : { transaction }),
          ...(wait === undefined ? {} : { wait }),
        };
        return await outsideHooks(() => fleet.run(machine, id, input, options));
      },
      log: (line) => log(`plugin ${plugin.name}: ${line}`),
    };
  }
}

const everybody = (): boolean => true;

const NONE: ReadonlyMap<string, FleetMachine> = new Map();
