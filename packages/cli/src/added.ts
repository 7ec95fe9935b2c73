/** Commands that plugins of the book bring along: what they add to the table of capabilities. */
import type { Capability } from '@amtkit/core/automation';
import { area } from './areas.ts';
import type { Command, Entry, Group } from './command.ts';
import { areaOf } from './derive.ts';
import { loadAutomation } from './session.ts';
import { describeAdded } from './usage.ts';

/** What the plugins of a book add; nothing is loaded where it lists none. @throws InvalidBook */
export async function addedCapabilities(config: string | undefined): Promise<readonly Capability[]> {
  const { openBook, loadPlugins, createFleet, capabilities } = await loadAutomation();
  const book = await openBook(config);
  if (book.plugins.length === 0) return [];
  await using fleet = await createFleet({ plugins: await loadPlugins(book), surface: 'cli', poll: false });
  const own: ReadonlySet<string> = new Set(capabilities.map(({ id }) => id));
  return fleet.capabilities.filter(({ id }) => !own.has(id));
}

/** A group with what plugins add to it; undefined where they add nothing. */
export async function withAdded(name: string, config: string | undefined): Promise<Command | Group | undefined> {
  const added = (await addedCapabilities(config)).filter((entry) => areaOf(entry) === name);
  return added.length === 0 ? undefined : await area(name, added);
}

/** Commands with those of plugins among them, for completion. */
export async function entriesWithAdded(entries: readonly Entry[], config: string | undefined): Promise<Entry[]> {
  const areas = new Set((await addedCapabilities(config)).map(areaOf));
  const known: ReadonlySet<string> = new Set(entries.map(({ name }) => name));
  const load = async (name: string) => (await withAdded(name, config)) ?? (await area(name));
  return [
    ...entries.map((entry) => (areas.has(entry.name) ? { ...entry, load: () => load(entry.name) } : entry)),
    ...[...areas]
      .filter((name) => !known.has(name))
      .map((name) => ({ name, describe: describeAdded(name), load: () => load(name) })),
  ];
}
