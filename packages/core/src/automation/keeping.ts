/** What a keeper of one machine is, and what it is given. */
import type { Action, Capability, CapabilityContext, Setting, Value } from '../capabilities/capability.ts';
import type { Sources } from '../capabilities/sources.ts';
import type { AmtError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Machine } from '../machine/machine.ts';
import type { AskCode } from '../machine/screen-session.ts';
import type { FleetChange, FleetMachine } from './changes.ts';
import type { DeskPatience } from './desk/desk.ts';
import type { ReimageMemory } from './desk/remembered.ts';
import type { MediaLibrary } from './library.ts';
import type { Pace } from './pace.ts';
import type { Grace } from './transitions.ts';

/** What a keeper needs to know of its machine. */
export interface KeptMachine {
  readonly name: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly switchOff: CapabilityContext['switchOff'];
  readonly connect: (signal: AbortSignal | undefined) => Promise<Machine>;
}

/** How patient keepers are; milliseconds. */
export interface Patience {
  /** Between polls of a machine that answers. */
  readonly pollMs: number;
  /** Between polls during a power transition. */
  readonly transitionPollMs: number;
  /** The longest pause between polls of a machine that does not answer. */
  readonly offlinePollMs: number;
  /** Between refreshes of what changes rarely. */
  readonly slowPollMs: number;
  /** Before a request refused for somebody else's sake is repeated, once. */
  readonly busyRetryMs: number;
  readonly grace: Grace;
  /** Of media and reimages. */
  readonly desk?: DeskPatience;
}

/** What a keeper is given by its fleet. */
export interface KeeperOptions {
  readonly table: ReadonlyMap<string, Capability>;
  readonly patience: Patience;
  readonly send: (change: FleetChange) => void;
  /** What is polled, by source. */
  readonly polled: Sources;
  /** Commands go before polls, of which only so many run at the same moment. */
  readonly pace: Pace;
  /** It was polled, or could not be. */
  readonly onPoll?: ((ok: boolean) => void) | undefined;
  readonly log: Log;
  /** What can be attached by name. */
  readonly library: MediaLibrary;
  /** Remembers a reimage beyond this process. */
  readonly reimages?: ReimageMemory | undefined;
  /** Who asks for a code of consent; undefined where nobody does. */
  readonly consentCode?: (() => AskCode | undefined) | undefined;
}

/** One kept machine. */
export interface Keeper extends FleetMachine {
  read(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Value | AmtError>>;
  /** Carries out an action or a setting; guards and memory of transactions are the fleet's. */
  run(capability: Action | Setting, input: unknown, options: CommandOptions): Promise<unknown>;
  machine(signal?: AbortSignal): Promise<Machine>;
  /** Works with the machine in its turn. */
  use<T>(work: (machine: Machine) => Promise<T>): Promise<T>;
  /** Starts polling, the first time after `delayMs`. */
  start(delayMs: number): void;
  /** What is known may be old: the next poll reads everything. */
  outdate(): void;
  /** Polls now and goes on polling, also after a refused login. */
  refresh(): Promise<void>;
  /** Takes over new facts; the connection is made anew. */
  update(machine: KeptMachine): Promise<void>;
  stop(): Promise<void>;
}

/** How a command is carried out. */
export interface CommandOptions {
  /** Resolve only when a power action's state is really reached. */
  readonly wait: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly transaction?: string | undefined;
  /** Asks guards and plugins about an action that is a part of this one; gives the input it is to be done with. */
  readonly within?: ((part: Action | Setting, input: unknown) => Promise<unknown>) | undefined;
}
