/** Plugins of a book: found, loaded, held against what a plugin must be. */
import { dirname } from 'node:path';
import type { Book } from '../../book/book.ts';
import { InvalidBook } from '../../errors.ts';
import { type HookName, hookNames } from '../plugin.ts';
import { importPlugin } from './import.ts';
import { checkPluginOptions } from './options.ts';
import { findPlugin, type Refuse } from './package.ts';
import type { PluginUse } from './plugins.ts';

/** The part of a book that is read here. */
type BookWithPlugins = Pick<Book, 'path' | 'plugins'>;

/**
 * Loads the plugins that a book lists, in its order. A book that lists what cannot be loaded is refused as a whole:
 * what a plugin was to prevent must not happen because it is missing.
 * @throws InvalidBook that names the entry
 */
export async function loadPlugins(book: BookWithPlugins): Promise<readonly PluginUse[]> {
  const uses: PluginUse[] = [];
  try {
    for (const index of book.plugins.keys()) uses.push(await loadOne(book, index));
    return uses;
  } catch (error) {
    for (const { worker } of uses) await worker?.end();
    throw error;
  }
}

/** What the book lists, with what it is or why it is none. */
export interface ListedPlugin {
  /** What the book calls it by. */
  readonly use: string;
  readonly name?: string | undefined;
  /** Of its package. */
  readonly version?: string | undefined;
  readonly isolation: 'inline' | 'worker';
  readonly hooks: readonly HookName[];
  /** Names and `@tags` of the machines it is for; absent: all. */
  readonly machines?: readonly string[] | undefined;
  /** Why it cannot run. */
  readonly problem?: InvalidBook | undefined;
}

/** Looks at the plugins that a book lists: loads each and checks its options, but sets none up. */
export async function listPlugins(book: BookWithPlugins): Promise<readonly ListedPlugin[]> {
  const listed: ListedPlugin[] = [];
  for (const [index, { use, isolation, machines }] of book.plugins.entries()) {
    const known = { use, isolation, ...(machines === undefined ? {} : { machines }) };
    try {
      const { plugin, version, options, place, worker } = await loadOne(book, index);
      const hooks = hookNames.filter((hook) => plugin[hook] !== undefined);
      const found = { ...known, name: plugin.name, hooks, ...(version === undefined ? {} : { version }) };
      const twice = listed.some(({ name }) => name === plugin.name);
      const problem = twice
        ? new InvalidBook(`${book.path}: plugins[${index}].use: there is a plugin called ${plugin.name} already.`)
        : await checkPluginOptions(plugin, options, place);
      listed.push({ ...found, problem });
      await worker?.end();
    } catch (error) {
      if (!(error instanceof InvalidBook)) throw error;
      listed.push({ ...known, hooks: [], problem: error });
    }
  }
  return listed;
}

async function loadOne({ path, plugins }: BookWithPlugins, index: number): Promise<PluginUse> {
  const entry = plugins[index];
  if (entry === undefined) throw new RangeError(`The book ${path} has no plugin ${index}.`);
  const { use, options, machines, isolation } = entry;
  const key = `plugins[${index}]`;
  const refuse: Refuse = (text, hint) =>
    new InvalidBook(`${path}: ${key}.use: ${text}.`, { file: path, key: `${key}.use`, hint });
  const { url, version } = await findPlugin(use, dirname(path), refuse);
  const place = { file: path, key: `${key}.options` };
  const about = { options, machines, use, version, isolation, place };
  if (isolation !== 'worker') return { ...about, plugin: await importPlugin(url, use, refuse) };
  const { startWorker } = await import('./worker.ts');
  return { ...about, ...(await startWorker(url, use, refuse)) };
}
