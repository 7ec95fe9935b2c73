/** Plugins of a book: found, loaded, held against what a plugin must be. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Book } from '../../book/book.ts';
import { InvalidBook } from '../../errors.ts';
import { type HookName, hookNames, type Plugin, whyNoPlugin } from '../plugin.ts';
import { lendCore } from './lend.ts';
import { checkPluginOptions } from './options.ts';
import { findPlugin, type Refuse } from './package.ts';
import type { PluginUse } from './plugins.ts';
import { inTime } from './time-limit.ts';

/** How long a module may take until it is loaded. */
const LOADING_MS = 10_000;

/** The part of a book that is read here. */
type BookWithPlugins = Pick<Book, 'path' | 'plugins'>;

/**
 * Loads the plugins that a book lists, in its order. A book that lists what cannot be loaded is refused as a whole:
 * what a plugin was to prevent must not happen because it is missing.
 * @throws InvalidBook that names the entry
 */
export async function loadPlugins(book: BookWithPlugins): Promise<readonly PluginUse[]> {
  const uses: PluginUse[] = [];
  for (const index of book.plugins.keys()) uses.push(await loadOne(book, index));
  return uses;
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
      const { plugin, version, options, place } = await loadOne(book, index);
      const hooks = hookNames.filter((hook) => plugin[hook] !== undefined);
      const found = { ...known, name: plugin.name, hooks, ...(version === undefined ? {} : { version }) };
      const twice = listed.some(({ name }) => name === plugin.name);
      const problem = twice
        ? new InvalidBook(`${book.path}: plugins[${index}].use: there is a plugin called ${plugin.name} already.`)
        : await checkPluginOptions(plugin, options, place);
      listed.push({ ...found, problem });
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
  const plugin = await importPlugin(url, use, refuse);
  return { plugin, options, machines, use, version, isolation, place };
}

/** Imports a plugin: the default export of its module. @throws InvalidBook */
async function importPlugin(url: string, use: string, refuse: Refuse): Promise<Plugin> {
  const path = fileURLToPath(url);
  if (!existsSync(path)) throw refuse(`there is no file ${path}`);
  lendCore();
  let module: { readonly default?: unknown };
  try {
    module = await inTime(import(/* @vite-ignore */ url) as Promise<typeof module>, LOADING_MS);
  } catch (error) {
    throw refuse(`${use} cannot be loaded: ${whyOf(error)}`);
  }
  // A module of CommonJS that was written in TypeScript has its default export one floor below.
  const exported = module.default as { readonly default?: unknown } | undefined;
  const plugin = exported?.default ?? exported;
  const wrong = plugin === undefined ? 'it has no default export' : whyNoPlugin(plugin);
  if (wrong !== undefined) {
    throw refuse(`${use} is no plugin: ${wrong}`, 'Its default export must be what definePlugin() returns.');
  }
  return plugin as Plugin;
}

/** The first line of what Node said. */
function whyOf(error: unknown): string {
  const [text = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return text.replace(/\.$/, '');
}
