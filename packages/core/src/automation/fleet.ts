/**
 * Many machines: what they say, what they are asked to do, and what changes. Every surface stands on `read`, `run` and
 * `watch`; queue, transitions, guards, plugins and de-duplication exist once, here.
 */
import type { Capability, SwitchOffPolicy, Value } from '../capabilities/capability.ts';
import type { AmtError } from '../errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { FleetChange, FleetMachine } from './changes.ts';
import type { ActionResult, RunOptions } from './commands.ts';
import type { Plugins } from './plugins/plugins.ts';

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

/** What can change while a fleet runs. */
export interface FleetAdjustment {
  /** Between polls of a machine that answers, milliseconds. */
  readonly pollMs?: number;
  /** What happens to machines whose book entry says nothing. */
  readonly switchOff?: SwitchOffPolicy;
}

/** Many machines. Closing it ends every connection. */
export interface Fleet extends AsyncDisposable {
  /** The whole table: built-in entries, and those of plugins. */
  readonly capabilities: readonly Capability[];
  readonly machines: ReadonlyMap<string, FleetMachine>;
  readonly plugins: Plugins;
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
  /** Another pace, another way to switch off, from now on; connections stay. */
  adjust(changes: FleetAdjustment): void;
  /** Takes over what changed in the book: machines added, removed, edited. */
  sync(): Promise<void>;
  /** Others may have changed these machines: they are read again with the next poll, what changes rarely, too. */
  outdate(machines: Iterable<string>): void;
  /** Polls now; also after a refused login. */
  refresh(name: string): Promise<void>;
  /** The machine itself, for streams and raw requests; what the table can say goes through `run`. */
  machine(name: string, options?: { readonly signal?: AbortSignal }): Promise<Machine>;
  close(): Promise<void>;
}
