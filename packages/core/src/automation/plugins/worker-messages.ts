/** What a fleet and the thread of a plugin say to one another. Everything is cloned on its way. */
import type { FirmwareInfo } from '../../machine/machine.ts';
import type { FleetMachine, Reachability } from '../changes.ts';
import type { HookName, MqttMessage, Plugin, PluginRunOptions, PluginSurface, SchemaIssue } from '../plugin.ts';
import type { PresentHook } from './causes.ts';

/** What the fleet says. Messages with an `id` are answered. */
export type ToWorker =
  /** Hold the options against the schema; those that are right are kept for `setup`. */
  | { readonly type: 'check'; readonly id: number; readonly given: unknown }
  | { readonly type: 'setup'; readonly id: number; readonly surface: PluginSurface; readonly mqtt: MirroredMqtt }
  | {
      readonly type: 'call';
      readonly id: number;
      readonly hook: HookName;
      readonly event: unknown;
      readonly present: PresentHook | undefined;
    }
  | { readonly type: 'stop'; readonly id: number }
  /** What is known of a machine; nothing: it is gone. */
  | { readonly type: 'machine'; readonly name: string; readonly machine: MirroredMachine | undefined }
  | { readonly type: 'value'; readonly name: string; readonly id: string; readonly value: unknown }
  | { readonly type: 'connected'; readonly connected: boolean }
  | { readonly type: 'abort' }
  | { readonly type: 'ping' }
  | Answer;

/** What the thread says. */
export type FromWorker =
  | ({ readonly type: 'described' } & Description)
  /** Why it is no plugin, or cannot be loaded. */
  | { readonly type: 'wrong'; readonly text: string }
  | {
      readonly type: 'run';
      readonly id: number;
      readonly machine: string;
      readonly capability: string;
      readonly input: unknown;
      readonly options: Omit<PluginRunOptions, 'signal'>;
      readonly present: PresentHook | undefined;
    }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'publish'; readonly message: MqttMessage }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'pong' }
  | Answer;

/** What came of something that was asked. */
export type Answer = { readonly type: 'answer'; readonly id: number } & (
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: PlainError }
);

/** What a plugin says of itself. */
export interface Description {
  readonly name: string;
  readonly hooks: readonly HookName[];
  readonly timeLimits: Plugin['timeLimits'];
}

/** Issues of options; none: they are right. */
export interface CheckedOptions {
  readonly issues: readonly SchemaIssue[] | undefined;
}

/** The broker as it is now; nothing where there is none. */
export type MirroredMqtt = { readonly base: string; readonly connected: boolean } | undefined;

/** A machine of the fleet, as data. */
export interface MirroredMachine {
  readonly name: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly reachability: Reachability;
  readonly error?: PlainError | undefined;
  readonly firmware?: FirmwareInfo | undefined;
  readonly values: FleetMachine['values'];
  readonly roundTripMs?: number | undefined;
}

/** An error that lost its class on the way. */
export interface PlainError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly hint?: string | undefined;
  /** Of a veto. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** What is kept of an error. */
export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, code, hint, by, reason } = error as Error & PlainError;
  return { message, ...texts({ code, hint, by, reason }) };
}

function texts(all: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

/** An error again, with its code. */
export function thrown({ message, ...about }: PlainError): Error {
  return Object.assign(new Error(message), about);
}

/** An event with the errors in it as data. */
export function plainEvent(value: unknown, depth = 3): unknown {
  if (value instanceof Error) return plainError(value);
  if (depth === 0 || typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainEvent(each, depth - 1)]));
}
