/**
 * What a machine can say and do, as data: facts only, from which command line, MQTT, Home Assistant and documentation
 * are derived. Three kinds — reading, setting, action — and a short list of value types.
 *
 * No icons, topics, flags or colours here: each surface keeps its taste in its own `presentation.ts`.
 */
import type { Machine } from '../machine/machine.ts';
import type { MediaDesk } from './media-desk.ts';

/** What a value may be. */
export type ValueType =
  | { readonly type: 'flag' }
  | { readonly type: 'integer'; readonly min?: number; readonly max?: number; readonly unit?: string }
  | { readonly type: 'number'; readonly min?: number; readonly max?: number; readonly unit?: string }
  | ({ readonly type: 'text' } & TextLimits)
  | ({ readonly type: 'secret'; readonly once?: true } & TextLimits)
  | { readonly type: 'one-of'; readonly options: readonly string[] }
  | { readonly type: 'timestamp'; readonly none?: true }
  | { readonly type: 'list' }
  | { readonly type: 'record'; readonly fields: Readonly<Record<string, ValueType>> };

/** What text is taken. */
export interface TextLimits {
  readonly maxLength?: number;
  /** Regular expression it must match as a whole. */
  readonly pattern?: string;
  /** What such text is, for whoever sent another: `six digits`. */
  readonly like?: string;
}

/** A value type together with its TypeScript type, and whether an input may be left out. */
export type Typed<T> = ValueType & { readonly optional?: true; readonly _value?: T };

/** `true` or `false`. As an input it may be left out, which is `false`. */
export const flag: Typed<boolean> & { readonly optional: true } = { type: 'flag', optional: true };
/** A whole number. `unit` is a symbol of the SI or a plural word: `s`, `MHz`, `minutes`. */
export const integer = (limits: { min?: number; max?: number; unit?: string } = {}): Typed<number> => ({
  type: 'integer',
  ...limits,
});
/** A number that need not be whole. */
export const number = (limits: { min?: number; max?: number; unit?: string } = {}): Typed<number> => ({
  type: 'number',
  ...limits,
});
/** Text. */
export const text = (limits: TextLimits = {}): Typed<string> => ({
  type: 'text',
  ...limits,
});
/** Text that is never shown, logged or published. `once`: worthless after its first use, so it may travel over shared media. */
export const secret = (limits: TextLimits & { once?: true } = {}): Typed<string> => ({
  type: 'secret',
  ...limits,
});
/** One of a few words. */
export const oneOf = <const O extends readonly string[]>(...options: O): Typed<O[number]> => ({
  type: 'one-of',
  options,
});
/** A point in time; ISO 8601 outside the process. */
export const timestamp: Typed<Date> = { type: 'timestamp' };
/** A point in time, or the word `none` where there is none: no value at all means that the machine lacks the feature. */
export const timestampOrNone: Typed<Date | 'none'> = { type: 'timestamp', none: true };
/** A list of texts or flat records. */
export const list = <T extends string | object>(): Typed<readonly T[]> => ({ type: 'list' });
/** A few values that belong together, by name. */
export const record = <F extends Readonly<Record<string, Typed<unknown> & ValueType>>>(
  fields: F,
): Typed<{ readonly [K in keyof F]: TypeOf<F[K]> }> => ({ type: 'record', fields });
/** An input that may be left out. */
export const optional = <T>(type: Typed<T>): Typed<T> & { readonly optional: true } => ({ ...type, optional: true });

/** A value of any capability. */
export type Value = boolean | number | string | Date | readonly (string | object)[] | ValueRecord | undefined;

/** Values that belong together, by name. */
export type ValueRecord = Readonly<Record<string, boolean | number | string>>;

/** What happens when a power switch is turned off. */
export interface SwitchOffPolicy {
  /** Ask the operating system; ask and cut the power when it has not followed; cut the power. */
  readonly mode: 'soft' | 'soft-then-hard' | 'hard';
  /** How long `soft-then-hard` waits. */
  readonly afterSeconds: number;
}

/** A picture of a screen. */
export interface ScreenPicture {
  readonly png: Uint8Array;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** What an entry may use beside the machine: memory, patience, and its settings in the book. */
export interface CapabilityContext {
  /** Name of the machine in the fleet. */
  readonly name: string;
  /** Lives as long as the process knows the machine. */
  readonly memory: Map<string, unknown>;
  readonly switchOff: SwitchOffPolicy;
  /** Last known value of a reading. */
  readonly value: (id: string) => Value;
  /** Runs another action of the same machine, as part of this one: same guards, same person. */
  readonly run: (id: string, input?: unknown) => Promise<unknown>;
  /** Media and reimages of the machine, which go on after the action that began them. */
  readonly desk: MediaDesk;
  /** Hands a picture of the screen to whoever watches the machine. */
  readonly show: (picture: ScreenPicture) => void;
  /** The command's own name for itself, where it has one. */
  readonly transaction?: string | undefined;
  /** Does `work` after a while, in the machine's queue. The same `key` again replaces it; `undefined` takes it back. */
  readonly later: (key: string, afterMs: number, work: (() => Promise<unknown>) | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One call to the façade, shared by every reading cut from it. The fleet makes it once per refresh.
 *
 * - `seconds`: at every poll.
 * - `minutes`: rarely, and after an action that changes one of its readings.
 * - `once`: after connecting, and when asked.
 * - `asked`: only when asked for; too slow or too large to keep.
 */
export interface Source<T> {
  readonly refresh: 'seconds' | 'minutes' | 'once' | 'asked';
  readonly read: (machine: Machine, context: CapabilityContext) => Promise<T>;
  /**
   * It is known without asking the machine, also while that does not answer; `read`, and `write` of a setting cut from
   * it, leave their first argument alone.
   */
  readonly local?: true;
  /** A start of the machine changes it: it is read with the next poll, and not within minutes. */
  readonly startChanges?: true;
  /** A plugin's: where it fails, the machine is none the worse for it. */
  readonly added?: true;
}

/** How much harm it can do: drives the shell's question, the bridge's permit and what Home Assistant hides. */
export type Effect = 'harmless' | 'disruptive' | 'destructive';

interface Common {
  /** `area.name`, lower case, never reused: public API. */
  readonly id: string;
  /** What a person would call it. */
  readonly title: string;
}

/** A value that can be read. */
export interface Reading extends Common {
  readonly kind: 'reading';
  readonly value: ValueType;
  readonly from: Source<unknown>;
  /** `undefined`: this machine does not have it. */
  readonly pick: (read: never) => Value;
}

/** A value that can be read and changed. */
export interface Setting extends Common {
  readonly kind: 'setting';
  readonly value: ValueType;
  readonly from: Source<unknown>;
  readonly pick: (read: never) => Value;
  readonly effect: Effect;
  /** Ids of readings that may have another value afterwards. */
  readonly changes: readonly string[];
  readonly write: (machine: Machine, value: never, context: CapabilityContext) => Promise<void>;
}

/** The inputs of an action by name. */
export type Inputs = Readonly<Record<string, Typed<unknown> & ValueType>>;

/** Something a machine can do. */
export interface Action extends Common {
  readonly kind: 'action';
  readonly effect: Effect;
  /** Ids of readings that may have another value afterwards. */
  readonly changes: readonly string[];
  readonly input: Inputs;
  /** It begins or ends work that reaches the machine by itself; `run` leaves its first argument alone. */
  readonly local?: true;
  /** What it begins goes on after it was answered, and is told by its readings. */
  readonly begins?: true;
  /**
   * This machine has the action only where the list `reading` holds `item`, or has a value at all where no item is named.
   * Absent: every machine has it.
   */
  readonly requires?: { readonly reading: string; readonly item?: string };
  /** What it returns, if anything, is plain data for whoever asked; bytes in it are not kept for a repeated command. */
  readonly run: (machine: Machine, input: never, context: CapabilityContext) => Promise<unknown>;
}

/** One entry of the table. */
export type Capability = Reading | Setting | Action;

type OptionalInputs<I> = { [K in keyof I]: I[K] extends { readonly optional: true } ? K : never }[keyof I];
type TypeOf<V> = V extends Typed<infer T> ? T : never;

/** What an action's `run` is given. */
export type InputOf<I> = { readonly [K in Exclude<keyof I, OptionalInputs<I>>]: TypeOf<I[K]> } & {
  readonly [K in OptionalInputs<I>]?: TypeOf<I[K]>;
};

/** States a source. */
export function source<T>(definition: Source<T>): Source<T> {
  return definition;
}

/** States a reading. */
export function reading<const Id extends string, T, V>(definition: {
  readonly id: Id;
  readonly title: string;
  readonly value: Typed<V>;
  readonly from: Source<T>;
  readonly pick: (read: T) => V | undefined;
}): Reading & { readonly id: Id } {
  return { kind: 'reading', ...definition } as unknown as Reading & { readonly id: Id };
}

/** States a setting. @default changes: itself; effect: 'harmless' */
export function setting<const Id extends string, T, V>(definition: {
  readonly id: Id;
  readonly title: string;
  readonly value: Typed<V>;
  readonly from: Source<T>;
  readonly pick: (read: T) => V | undefined;
  readonly write: (machine: Machine, value: V, context: CapabilityContext) => Promise<void>;
  readonly effect?: Effect;
  readonly changes?: readonly string[];
}): Setting & { readonly id: Id } {
  return { kind: 'setting', effect: 'harmless', changes: [definition.id], ...definition } as unknown as Setting & {
    readonly id: Id;
  };
}

/** States an action. @default input: none */
export function action<const Id extends string, const I extends Inputs = Record<never, never>>(definition: {
  readonly id: Id;
  readonly title: string;
  readonly effect: Effect;
  readonly changes?: readonly string[];
  readonly input?: I;
  readonly requires?: Action['requires'];
  readonly local?: true;
  readonly begins?: true;
  readonly run: (machine: Machine, input: InputOf<I>, context: CapabilityContext) => Promise<unknown>;
}): Action & { readonly id: Id } {
  return { kind: 'action', changes: [], input: {}, ...definition } as unknown as Action & { readonly id: Id };
}
