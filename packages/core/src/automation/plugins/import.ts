/** A module as a plugin, in whichever thread. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Plugin, whyNoPlugin } from '../plugin.ts';
import { lendCore } from './lend.ts';
import { inTime } from './time-limit.ts';

/** How long a module may take until it is loaded. */
export const LOADING_MS = 10_000;

/** The default export of a module. `refuse` makes the error from what is wrong. @throws what `refuse` makes */
export async function importPlugin(
  url: string,
  use: string,
  refuse: (text: string, hint?: string) => Error,
): Promise<Plugin> {
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
