/**
 * Many machines: what they say, what they are asked to do, and what changes. Every surface stands on `read`, `run` and
 * `watch`; queue, transitions, guards and de-duplication exist once, here.
 */
import type { Capability, Effect, ScreenPicture, Value } from '../capabilities/capability.ts';
import type { AmtError } from '../errors.ts';
import type { Alert } from '../events/alert.ts';
import type { FirmwareInfo, Machine } from '../machine/machine.ts';
import type { ReimageStage } from './reimage/stages.ts';

/** Whether a machine answers. `refused`: it answers, but not to these credentials; it is left alone until asked. */
export type Reachability = 'unknown' | 'online' | 'offline' | 'refused';

/** What the fleet knows of one machine at this moment. */
export interface FleetMachine {
  readonly name: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly reachability: Reachability;
  /** Why it is not online. */
  readonly error?: AmtError | undefined;
  /** Absent before the first contact. */
  readonly firmware?: FirmwareInfo | undefined;
  /** Last known value by capability id. */
  readonly values: ReadonlyMap<string, Value>;
  /** Round trip of the last request, milliseconds. */
  readonly roundTripMs?: number | undefined;
}

/** Who asks, and how. */
export interface RunOptions {
  /** For the log: `cli`, `mqtt`, a plugin's name. */
  readonly by?: string;
  /** A repeated transaction is answered from memory and not executed again. */
  readonly transaction?: string;
  /** Check everything, send nothing. */
  readonly dryRun?: boolean;
  /** Resolve only when a power action's state is really reached. */
  readonly wait?: boolean;
  readonly signal?: AbortSignal;
}

/** What came of an action or a changed setting. */
export interface ActionResult {
  readonly machine: string;
  readonly id: string;
  readonly transaction: string;
  /** One sentence for people. */
  readonly message: string;
  /** What the action returned, plain data. */
  readonly data?: unknown;
  /** Answered from memory. */
  readonly repeated?: boolean;
  readonly dryRun?: boolean;
  readonly ms: number;
}

/** What {@link Fleet.watch} yields. */
export type FleetChange =
  | { readonly type: 'added'; readonly machine: string }
  | { readonly type: 'removed'; readonly machine: string }
  /** The first contact that told what the firmware is, and every later one that told something else. */
  | { readonly type: 'identified'; readonly machine: string; readonly firmware: FirmwareInfo }
  | {
      readonly type: 'reachability';
      readonly machine: string;
      readonly reachability: Reachability;
      readonly error?: AmtError | undefined;
    }
  | {
      readonly type: 'value';
      readonly machine: string;
      readonly id: string;
      readonly value: Value;
      readonly previous: Value;
    }
  /** A power change that was accepted is now there, or is not within its grace period. */
  | {
      readonly type: 'transition';
      readonly machine: string;
      readonly id: string;
      readonly ok: boolean;
      readonly message: string;
    }
  /** A certificate seen for the first time was accepted and is remembered from now on. */
  | { readonly type: 'certificate'; readonly machine: string; readonly fingerprint: string }
  /** Something happened to media that were attached by name. */
  | {
      readonly type: 'media';
      readonly machine: string;
      /** `interrupted` ones come back by themselves (`reattached`); `ejected` and `failed` ones do not. */
      readonly event: 'attached' | 'ejected' | 'interrupted' | 'reattached' | 'read-error' | 'failed';
      readonly media: string;
      readonly message: string;
    }
  /** A reimage came to a stage, ended, or something happened within a stage. */
  | {
      readonly type: 'reimage';
      readonly machine: string;
      readonly media: string;
      /** Of the command that began it, where it had one. */
      readonly transaction?: string;
      readonly stage: ReimageStage;
    }
  /** Something happened at the machine itself, told once however many ways it came. */
  | { readonly type: 'alert'; readonly machine: string; readonly alert: Alert }
  /** Somebody asked for a picture of the screen. */
  | ({ readonly type: 'picture'; readonly machine: string } & ScreenPicture)
  /** Every command, succeeded or failed, whoever gave it. */
  | {
      readonly type: 'result';
      readonly machine: string;
      readonly id: string;
      readonly by: string;
      readonly transaction: string;
      readonly ok: boolean;
      readonly code: string;
      readonly message: string;
      readonly ms: number;
    };

/** What is about to happen, for those who may say no. */
export interface ActionRequest {
  readonly machine: string;
  readonly id: string;
  readonly effect: Effect;
  readonly by: string;
  readonly dryRun: boolean;
}

/** Says no with a reason, or nothing. */
export type Guard = (request: ActionRequest) => { readonly by: string; readonly reason: string } | undefined;

/** A machine that is not in the book, for the life of the process. */
export interface GuestMachine {
  /** @default made from the host */
  readonly name?: string;
  readonly host: string;
  readonly user?: string;
  readonly password: string;
  readonly tls?: 'auto' | 'on' | 'off';
  readonly ports?: { readonly wsman?: number; readonly redirection?: number };
  readonly fingerprint?: string;
  readonly legacyTls?: boolean;
  readonly tags?: readonly string[];
}

/** Many machines. Closing it ends every connection. */
export interface Fleet extends AsyncDisposable {
  /** The whole table: built-in entries. */
  readonly capabilities: readonly Capability[];
  readonly machines: ReadonlyMap<string, FleetMachine>;
  /** Joins a machine that is not in the book; returns its name. */
  add(machine: GuestMachine): Promise<string>;
  remove(name: string): Promise<void>;
  /** Asks the machine now. @throws AmtError; TypeError for unknown names and ids */
  read(name: string, id: string, options?: { readonly signal?: AbortSignal }): Promise<Value>;
  /** Asks for several at once: each source is called once. A failing source fails only its own readings. */
  readMany(
    name: string,
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ReadonlyMap<string, Value | AmtError>>;
  /** Runs an action, or changes a setting to `input`. @throws AmtError, Vetoed; TypeError for wrong input */
  run(name: string, id: string, input?: unknown, options?: RunOptions): Promise<ActionResult>;
  /** What changes from now on. A slow reader loses nothing but intermediate values of one reading, and older pictures. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<FleetChange>;
  /** Takes over what changed in the book: machines added, removed, edited. */
  sync(): Promise<void>;
  /** Polls now; also after a refused login. */
  refresh(name: string): Promise<void>;
  /** The machine itself, for streams and raw requests; what the table can say goes through `run`. */
  machine(name: string, options?: { readonly signal?: AbortSignal }): Promise<Machine>;
  close(): Promise<void>;
}
