/**
 * One reimage that a flow began. It belongs to the machine's desk, not to the node that began it: a deploy may replace
 * that node by another one, which then tells the stages that come.
 */
import { randomUUID } from 'node:crypto';
import type { Fleet, ReimageStage } from '@amtkit/core/automation';
import type { Seat } from '../fleet/pool.ts';
import type { Done, Message } from '../red.ts';

/** Where the stages of a reimage go. */
export interface Outlet {
  told(run: ReimageRun, stage: ReimageStage): void;
}

/** What is asked for, by the names of the capability `reimage.start`. */
export type ReimageInput = Readonly<Record<string, unknown>>;

/** How it is begun. */
export interface Beginning {
  readonly fleet: Fleet;
  readonly seat: Seat;
  readonly machine: string;
  readonly input: ReimageInput;
  readonly msg: Message;
  readonly done: Done;
  /** Name of the command, where the message has one. */
  readonly transaction: string | undefined;
  readonly by: string;
  readonly signal: AbortSignal;
}

/** A reimage that is under way. */
export interface ReimageRun {
  readonly machine: string;
  readonly fleet: Fleet;
  readonly msg: Message;
  readonly done: Done;
  /** Such as `reading`. */
  readonly stage: string;
  /** The command was carried out before; nothing was begun. */
  readonly repeated: boolean;
  /** Settles when it has ended and everything was told. */
  readonly over: Promise<void>;
  /** It ends with Node-RED itself. */
  stopped: boolean;
  /** Tells what comes from now on, and what came while there was nobody to tell; `undefined`: nobody is. */
  outlet: Outlet | undefined;
  /** Ends it; it has cleaned up when this resolves. */
  cancel(): Promise<void>;
}

/** Begins it. @throws what the capability `reimage.start` throws */
export async function beginReimage(beginning: Beginning): Promise<ReimageRun> {
  const { fleet, machine, input, by, signal, transaction = randomUUID() } = beginning;
  const watching = new AbortController();
  const changes = fleet.watch({ signal: watching.signal });
  try {
    const result = await fleet.run(machine, 'reimage.start', input, { by, transaction, signal });
    return new Run(beginning, transaction, result.repeated === true, changes, watching);
  } catch (error) {
    watching.abort();
    throw error;
  }
}

class Run implements ReimageRun {
  readonly machine: string;
  readonly fleet: Fleet;
  readonly msg: Message;
  readonly done: Done;
  readonly repeated: boolean;
  readonly over: Promise<void>;
  stage = 'checking';
  stopped = false;
  readonly #by: string;
  readonly #waiting: ReimageStage[] = [];
  #outlet: Outlet | undefined;

  constructor(
    { fleet, machine, msg, done, by }: Beginning,
    transaction: string,
    repeated: boolean,
    changes: ReturnType<Fleet['watch']>,
    watching: AbortController,
  ) {
    this.fleet = fleet;
    this.machine = machine;
    this.msg = msg;
    this.done = done;
    this.#by = by;
    this.repeated = repeated;
    this.over = repeated ? Promise.resolve() : this.#follow(changes, transaction).finally(() => watching.abort());
    if (repeated) watching.abort();
  }

  get outlet(): Outlet | undefined {
    return this.#outlet;
  }

  set outlet(outlet: Outlet | undefined) {
    this.#outlet = outlet;
    if (outlet !== undefined) for (const stage of this.#waiting.splice(0)) outlet.told(this, stage);
  }

  async cancel(): Promise<void> {
    const gone = !this.fleet.machines.has(this.machine);
    if (!gone) await this.fleet.run(this.machine, 'reimage.cancel', undefined, { by: this.#by });
    await this.over;
  }

  async #follow(changes: ReturnType<Fleet['watch']>, transaction: string): Promise<void> {
    for await (const change of changes) {
      if (change.type !== 'reimage' || change.machine !== this.machine || change.transaction !== transaction) continue;
      const { stage } = change;
      if (stage.stage !== 'note' && stage.stage !== 'serial') this.stage = stage.stage;
      if (this.#outlet === undefined) this.#waiting.push(stage);
      else this.#outlet.told(this, stage);
      if (stage.stage === 'finished' || stage.stage === 'failed') return;
    }
  }
}
