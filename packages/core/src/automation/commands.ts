/** Commands to a fleet: who asks and how, what others may say before, what came of it. */
import type { Effect } from '../capabilities/capability.ts';

/** Who asks, and how. */
export interface RunOptions {
  /** For the log: `cli`, `mqtt`, a plugin's name. */
  readonly by?: string;
  /** Account of whoever asks, where it is known: stands in the audit. */
  readonly user?: string;
  /** A repeated transaction is answered from memory and not executed again. */
  readonly transaction?: string;
  /** Check everything, send nothing. */
  readonly dryRun?: boolean;
  /** Resolve only when a power action's state is really reached. */
  readonly wait?: boolean;
  readonly signal?: AbortSignal;
  /** The hook of a plugin that asks. */
  readonly cause?: ActionCause | undefined;
  /**
   * Does it in the place of the capability itself, outside the machine's queue, with the checked input: for programs that
   * serve images themselves. Guards, plugins, audit and memory are the same.
   */
  readonly work?: (input: unknown) => Promise<unknown>;
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

/** What is about to be done, for those who may change it or say no. */
export interface ActionRequest {
  readonly machine: string;
  /** Id of the action or setting, such as `power.off`. */
  readonly id: string;
  readonly kind: 'action' | 'setting';
  readonly title: string;
  readonly effect: Effect;
  /** Inputs of an action by name, or the new value of a setting; checked. Secrets are left out. */
  readonly input: unknown;
  /** Who asks: `cli`, `mqtt`, `plugin:NAME`. */
  readonly by: string;
  readonly transaction: string;
  /** Nothing will be sent. */
  readonly dryRun: boolean;
  /** The action or setting it is a part of: `power.switch` turned off is a `power.soft-off`. */
  readonly within?: string | undefined;
  /** The hook that began it. */
  readonly cause?: ActionCause | undefined;
}

/** Why an action began: a hook of a plugin, and how many such hooks stand behind it. */
export interface ActionCause {
  readonly plugin: string;
  readonly depth: number;
}

/** What `beforeAction` may say. */
export type ActionVerdict =
  | undefined
  /** No, and why: a reason to be read behind "refused by NAME:". */
  | { readonly veto: string }
  /** Yes, but with these inputs, or this value; for actions all of them. */
  | { readonly input: unknown };

/** What came of an action. */
export interface ActionOutcome extends ActionRequest {
  readonly message: string;
  readonly ms: number;
}

/** An action that failed or was refused. */
export interface ActionFailure extends ActionOutcome {
  /** The stable word of the error, such as `TIMED_OUT` or `VETOED`. */
  readonly code: string;
}

/** Says no with a reason, or nothing; asked before all plugins, and of everything that is a part of an action. */
export type Guard = (request: ActionRequest) => { readonly by: string; readonly reason: string } | undefined;
