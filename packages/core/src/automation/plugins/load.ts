/** Plugins of a book: found, loaded, held against what a plugin must be. */
import { dirname } from 'node:path';
import type { Book } from '../../book/book.ts';
import { InvalidBook } from '../../errors.ts';
import { type Plugin, whyNoPlugin } from '../plugin.ts';
import { findPlugin, type Refuse } from './package.ts';
import type { PluginUse } from './plugins.ts';

/**
 * Loads the plugins that a book lists, in its order. A book that lists what cannot be loaded is refused as a whole:
 * what a plugin was to prevent must not happen because it is missing.
 * @throws InvalidBook that names the entry
 */
export async function loadPlugins(book: Pick<Book, 'path' | 'plugins'>): Promise<readonly PluginUse[]> {
  const uses: PluginUse[] = [];
  for (const [index, { use, options, machines, isolation }] of book.plugins.entries()) {
    const key = `plugins[${index}]`;
    const refuse: Refuse = (text, hint) =>
      new InvalidBook(`${book.path}: ${key}.use: ${text}.`, { file: book.path, key: `${key}.use`, hint });
    const { url, version } = await findPlugin(use, dirname(book.path), refuse);
    const place = { file: book.path, key: `${key}.options` };
    const plugin = await importPlugin(url, use, refuse);
    uses.push({ plugin, options, machines, use, version, isolation, place });
  }
  return uses;
}

/** Imports a plugin: the default export of its module. @throws InvalidBook */
async function importPlugin(url: string, use: string, refuse: Refuse): Promise<Plugin> {
  let module: { readonly default?: unknown };
  try {
    module = await import(url);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(new URL(url).pathname);
    throw refuse(isMissing ? `there is no file ${new URL(url).pathname}` : `${use} cannot be loaded: ${message}`);
  }
  // A module of CommonJS that was written in TypeScript has its default export one floor below.
  const exported = module.default as { readonly default?: unknown } | undefined;
  const plugin = exported?.default ?? exported;
  const wrong = whyNoPlugin(plugin);
  if (wrong !== undefined) {
    throw refuse(`${use} is no plugin: ${wrong}`, 'Its default export must be what definePlugin() returns.');
  }
  return plugin as Plugin;
}
