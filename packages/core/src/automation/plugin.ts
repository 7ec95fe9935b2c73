/**
 * What a plugin is: a name, a schema of its options, and the hooks it wants to be called at, in the order in which they
 * are called. A plugin stands wherever a fleet runs, except in a shell, where only the hooks of actions are called.
 *
 * A hook that throws is named in the log and skipped for that call; one that takes longer than its time limit likewise.
 */
import type { Capability, Value } from '../capabilities/capability.ts';
import type { DiscoveredMachine } from '../discovery/discovered-machine.ts';
import type { Alert } from '../events/alert.ts';
import type { FleetChange, FleetMachine, Reachability } from './changes.ts';
import type { ActionFailure, ActionOutcome, ActionRequest, ActionResult, ActionVerdict } from './commands.ts';
import type { ReimageStage } from './reimage/stages.ts';

/** Where a plugin runs. In a `cli`, which lives for one command, only the hooks of actions are called. */
export type PluginSurface = 'api' | 'bridge' | 'cli' | 'node-red' | 'web';

/**
 * Checks options: a schema of zod, or of any other library that keeps to the Standard Schema (version 1).
 * What it gives out is what the plugin gets.
 */
export interface OptionsSchema<Options> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Options> | Promise<SchemaResult<Options>>;
    readonly types?: { readonly input: unknown; readonly output: Options } | undefined;
  };
}

/** Valid options, or what is wrong. */
export type SchemaResult<Options> =
  | { readonly value: Options; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with options. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a plugin is given in every hook. */
export interface PluginContext<Options = unknown> {
  /** Name of this plugin. */
  readonly plugin: string;
  readonly surface: PluginSurface;
  readonly options: Options;
  /** The machines it is for, as they are now. Empty during `setup`. */
  readonly machines: ReadonlyMap<string, FleetMachine>;
  /** Adds an entry to the capability table; only during `setup`, and not in a worker. @throws TypeError */
  addCapability(entry: Capability): void;
  /**
   * Runs an action or changes a setting, through the queue and the guards that everybody goes through. Not during
   * `setup`. Where it begins inside a hook, it carries its cause; a chain of more than three is refused.
   * @throws AmtError, Vetoed; TypeError for wrong input, and for machines it is not for
   */
  run(machine: string, id: string, input?: unknown, options?: PluginRunOptions): Promise<ActionResult>;
  /** A line in the log of whoever runs the fleet, headed by the plugin's name. */
  log(line: string): void;
  /** Aborted when the plugin is stopped. Everything that goes on by itself ends with it. */
  readonly signal: AbortSignal;
  /** Only where there is a broker. */
  readonly mqtt?: PluginMqtt | undefined;
}

/** How a plugin runs an action. */
export interface PluginRunOptions {
  /** A repeated transaction is answered from memory and not executed again. */
  readonly transaction?: string;
  readonly dryRun?: boolean;
  /** Resolve only when a power action's state is really reached. */
  readonly wait?: boolean;
  readonly signal?: AbortSignal;
}

/** The broker, for a plugin. All but `publish` only during `setup`. */
export interface PluginMqtt {
  /** Base of all topics of the bridge, such as `amtkit`. */
  readonly base: string;
  readonly connected: boolean;
  /**
   * Publishes below the base topic with QoS 1. What it retains is told again at every connect, and emptied when the
   * machine whose topic it is below is removed.
   * @throws TypeError for a topic that is not below the base, belongs to a bridge, or is a command's
   */
  publish(message: MqttMessage): void;
  /** Messages on topics of this filter come to `received`, wherever they are. Commands to machines come anyway. */
  subscribe(filter: string): void;
  /**
   * All it retains, as it is true now: told at every connect, in the order of the plugins, each message taken when there
   * is room for it. For those with more to tell than they want to keep in memory.
   */
  announce(messages: () => Iterable<MqttMessage>): void;
  /** Retained topics of a machine beside those that went through `publish`, to be emptied when it is removed. */
  retains(topics: (machine: string) => Iterable<string>): void;
  /** Done once, before the first announcement, on a broker that may retain what an earlier run left. */
  prepare(work: () => Promise<void>): void;
}

/** A message on its way to the broker. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly retain?: boolean;
}

/** A message that came from the broker. */
export interface ReceivedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The broker kept it: it is not new. */
  readonly retained: boolean;
  /** Where the sender wants the answer. MQTT 5 only. */
  readonly responseTopic?: string | undefined;
  /** What the sender wants to find in it. MQTT 5 only. */
  readonly correlationData?: Uint8Array | undefined;
}

type Later<T> = T | Promise<T>;

/** What functions return that return nothing. */
type Nothing = ReturnType<() => void>;

/** The hooks, in the order in which they are called. All may be asynchronous. */
export interface PluginHooks<Options = unknown> {
  /** A machine joined the fleet: from the book, or for the life of the process. */
  machineAdded?(
    event: { readonly machine: string; readonly host: string; readonly tags: readonly string[] },
    context: PluginContext<Options>,
  ): Later<void>;
  /** A scan found a machine, in the book or not. */
  discovered?(event: { readonly found: DiscoveredMachine }, context: PluginContext<Options>): Later<void>;
  /** It answers now, or does not any more, or refuses the login. */
  reachabilityChanged?(
    event: {
      readonly machine: string;
      readonly reachability: Reachability;
      /** Why it is not online. */
      readonly error?:
        | { readonly code: string; readonly message: string; readonly hint?: string | undefined }
        | undefined;
    },
    context: PluginContext<Options>,
  ): Later<void>;
  /** A reading or setting has another value. The first value after a start has `undefined` for its previous one. */
  valueChanged?(
    event: { readonly machine: string; readonly id: string; readonly value: Value; readonly previous: Value },
    context: PluginContext<Options>,
  ): Later<void>;
  /**
   * Before anything is sent, whoever asked: may change the input, or say no. Asked in the order of the book; the first
   * no ends it. What throws or does not answer in time has not said no. An action that is a part of another one is asked
   * about, too (`within`); it holds the machine, so do not wait here for another action of it.
   */
  beforeAction?(action: ActionRequest, context: PluginContext<Options>): Later<ActionVerdict | Nothing>;
  /** The action was done. Not told of its parts, nor of dry runs. */
  afterAction?(action: ActionOutcome, context: PluginContext<Options>): Later<void>;
  /** The action failed, or was refused. */
  actionFailed?(action: ActionFailure, context: PluginContext<Options>): Later<void>;
  /** A reimage came to a stage, made progress, or ended. */
  reimageStage?(
    event: {
      readonly machine: string;
      readonly media: string;
      readonly transaction?: string | undefined;
      readonly stage: ReimageStage;
    },
    context: PluginContext<Options>,
  ): Later<void>;
  /** The firmware says that something happened: by a subscription, a trap, or its event log. */
  alert?(event: { readonly machine: string; readonly alert: Alert }, context: PluginContext<Options>): Later<Nothing>;
  /** Every other change of the fleet, and those above once more, as the fleet tells them. */
  changed?(change: FleetChange, context: PluginContext<Options>): Later<void>;
  /** A machine left the fleet. */
  machineRemoved?(event: { readonly machine: string }, context: PluginContext<Options>): Later<void>;
  /** Where there is a broker: a message goes out. Return it or nothing, a changed copy, or `null` to keep it back. */
  publishing?(message: MqttMessage, context: PluginContext<Options>): MqttMessage | null | undefined | Nothing;
  /** Where there is a broker: a message came in below the base topic. `true`: it is dealt with. */
  received?(message: ReceivedMessage, context: PluginContext<Options>): boolean | Nothing;
}

/** Names of the hooks. */
export type HookName = keyof PluginHooks;

/** A plugin. */
export interface Plugin<Options = unknown> extends PluginHooks<Options> {
  /** Lower-case letters, digits and dashes; stands in logs, vetoes and audits. */
  readonly name: string;
  /** Its options. @default it takes none */
  readonly options?: OptionsSchema<Options>;
  /**
   * Longest time a hook may take, milliseconds; `setup` is also what undoes it. `read` and `run`: the capabilities it
   * added, when they are read, and when they are carried out. @default 10_000 for each, 120_000 for `run`
   */
  readonly timeLimits?: Partial<Readonly<Record<HookName | 'setup' | 'read' | 'run', number>>>;
  /** Once, with valid options, before the first machine is there. May return what undoes it. */
  setup?(context: PluginContext<Options>, options: Options): Later<PluginDispose | Nothing>;
}

/** Undoes what a setup did. */
export type PluginDispose = () => Later<void>;

/** All hooks, in the order in which they are called. */
export const hookNames = [
  'machineAdded',
  'discovered',
  'reachabilityChanged',
  'valueChanged',
  'beforeAction',
  'afterAction',
  'actionFailed',
  'reimageStage',
  'alert',
  'changed',
  'machineRemoved',
  'publishing',
  'received',
] as const satisfies readonly HookName[];

/** States a plugin; the types of its options follow from their schema. @throws TypeError when it is none */
export function definePlugin<Options = Record<string, never>>(plugin: Plugin<Options>): Plugin<Options> {
  const wrong = whyNoPlugin(plugin);
  if (wrong !== undefined) throw new TypeError(`This is no plugin: ${wrong}.`);
  return plugin;
}

/** What keeps a value from being a plugin; undefined when it is one. */
export function whyNoPlugin(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is not an object';
  const plugin = value as Record<string, unknown>;
  if (typeof plugin.name !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(plugin.name)) {
    return 'its name must be lower-case letters, digits and single dashes';
  }
  const known: ReadonlySet<string> = new Set([...hookNames, 'name', 'options', 'timeLimits', 'setup']);
  for (const [key, member] of Object.entries(plugin)) {
    if (!known.has(key)) return `there is no hook ${key}; there are ${hookNames.join(', ')}`;
    if (typeof member !== 'function' && (key === 'setup' || (hookNames as readonly string[]).includes(key))) {
      return `${key} must be a function`;
    }
  }
  if (plugin.options !== undefined && !isSchema(plugin.options)) {
    return 'its options must be a schema, such as z.object({ … })';
  }
  return undefined;
}

function isSchema(value: unknown): boolean {
  const standard = (value as { readonly '~standard'?: { readonly validate?: unknown } } | null)?.['~standard'];
  return typeof standard?.validate === 'function';
}
