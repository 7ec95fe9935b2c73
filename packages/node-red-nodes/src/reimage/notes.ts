/**
 * Notes of what a node has under way, in its context. Where the context is on disk they outlive the process: a reimage
 * that ended with Node-RED can be told when that has started again.
 */
import type { RedNode } from '../red.ts';

/** A reimage that was begun. */
export interface Note {
  readonly machine: string;
  /** ISO 8601. */
  readonly begunAt: string;
}

/** The notes of one node. */
export interface Notes {
  /** Notes down, or with `undefined` crosses out. */
  write(machine: string, note: Note | undefined): Promise<void>;
  /** What was not crossed out, once: it is gone afterwards. */
  take(): Promise<readonly Note[]>;
}

const NAME = 'amt-reimages';

/** Notes in the node's context. A store that fails has none: notes are a courtesy. */
export function notesOf(node: RedNode): Notes {
  const context = node.context();
  let turn: Promise<unknown> = Promise.resolve();
  const read = (): Promise<Readonly<Record<string, Note>>> =>
    new Promise((resolve) =>
      context.get(NAME, (error, value) => resolve(error ? {} : ((value ?? {}) as Readonly<Record<string, Note>>))),
    );
  const write = (notes: Readonly<Record<string, Note>>): Promise<void> =>
    new Promise((resolve) => context.set(NAME, notes, () => resolve()));
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done;
    return done;
  };
  return {
    write: (machine, note) =>
      inTurn(async () => {
        const { [machine]: _old, ...others } = await read();
        await write(note === undefined ? others : { ...others, [machine]: note });
      }),
    take: () =>
      inTurn(async () => {
        const notes = Object.values(await read());
        if (notes.length > 0) await write({});
        return notes;
      }),
  };
}
