/** Readings by the source they are cut from, so that each source is called once. */
import type { Action, Capability, Reading, Setting, Source } from './capability.ts';

/** Readings and settings by source. */
export type Sources = ReadonlyMap<Source<unknown>, readonly (Reading | Setting)[]>;

/** Groups readings by their source. @throws TypeError for ids that are none */
export function bySource(table: ReadonlyMap<string, Capability>, ids: Iterable<string>): Sources {
  const sources = new Map<Source<unknown>, (Reading | Setting)[]>();
  for (const id of ids) {
    const entry = table.get(id);
    if (entry === undefined) throw new TypeError(`There is no reading ${id}.`);
    if (entry.kind === 'action') throw new TypeError(`${id} is an action; it has no value.`);
    const entries = sources.get(entry.from);
    if (entries === undefined) sources.set(entry.from, [entry]);
    else entries.push(entry);
  }
  return sources;
}

/** Whether it is carried out without asking the machine. */
export function isLocal(capability: Action | Setting): boolean {
  return (capability.kind === 'action' ? capability.local : capability.from.local) === true;
}
