/** Where a plugin of the book is: a file, or a package beside the book or beside the program; and whether it fits. */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { InvalidBook } from '../../errors.ts';

/** What is to be imported. */
export interface PluginModule {
  readonly url: string;
  /** Of its package; absent for files. */
  readonly version?: string;
}

/** What is wrong with it, to be told with the place in the book. */
export type Refuse = (text: string, hint?: string) => InvalidBook;

/** Packages that may be plugins: `amtkit-plugin-x`, `@scope/amtkit-plugin-x`. */
const PACKAGE = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?amtkit-plugin-[a-z0-9._~-]+$/;

/** Whether the book means a file. */
function isFile(use: string): boolean {
  return /^\.{1,2}[\\/]/.test(use) || isAbsolute(use) || /\.[cm]?[jt]s$/.test(use);
}

/**
 * Finds the module of a plugin. Files stand beside the book; packages in a `node_modules` at or above it, or where
 * amtkit itself is installed.
 * @throws InvalidBook
 */
export async function findPlugin(use: string, folder: string, refuse: Refuse): Promise<PluginModule> {
  if (isFile(use)) return { url: pathToFileURL(resolve(folder, use)).href };
  if (!PACKAGE.test(use)) {
    throw refuse(
      `${JSON.stringify(use)} is neither a file nor the name of a package for plugins`,
      'Files begin with ./ or /; packages are called amtkit-plugin-NAME or @SCOPE/amtkit-plugin-NAME.',
    );
  }
  const places = [...upwards(folder), ...upwards(dirname(fileURLToPath(import.meta.url)))];
  for (const place of places) {
    const root = join(place, 'node_modules', use);
    const text = await readFile(join(root, 'package.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    return await fromPackage(use, root, manifestOf(text, use, refuse), refuse);
  }
  throw refuse(`the package ${use} is not installed`, `Install it beside the book: npm install ${use}, in ${folder}.`);
}

interface Manifest {
  readonly version?: string;
  readonly keywords?: readonly string[];
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly main?: string;
}

function manifestOf(text: string, use: string, refuse: Refuse): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    throw refuse(`the package.json of ${use} is no JSON`);
  }
}

async function fromPackage(use: string, root: string, manifest: Manifest, refuse: Refuse): Promise<PluginModule> {
  const { version = '0.0.0', keywords = [], engines = {} } = manifest;
  // Few books list a package; the others need not wait for it.
  const { default: semver } = await import('semver');
  if (!keywords.includes('amtkit-plugin')) {
    throw refuse(`the package ${use} is no plugin: its package.json lacks the keyword amtkit-plugin`);
  }
  const range = engines['@amtkit/core'];
  if (range === undefined || semver.validRange(range) === null) {
    throw refuse(`the package ${use} does not say in its engines which versions of @amtkit/core it is for`);
  }
  const core = await coreVersion();
  if (!semver.satisfies(core, range, { includePrerelease: true })) {
    throw refuse(
      `the package ${use} ${version} is for @amtkit/core ${range}, and this is ${core}`,
      `Install a version of ${use} that is for this one.`,
    );
  }
  const entry = entryOf(manifest.exports) ?? manifest.main ?? 'index.js';
  return { url: pathToFileURL(join(root, entry)).href, version };
}

/** The file behind the package's own name, as Node finds it for `import`. */
function entryOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (Array.isArray(exports)) return exports.map(entryOf).find((found) => found !== undefined);
  if (typeof exports !== 'object' || exports === null) return undefined;
  if ('.' in exports) return entryOf(exports['.']);
  for (const [condition, target] of Object.entries(exports)) {
    if (!CONDITIONS.has(condition)) continue;
    const found = entryOf(target);
    if (found !== undefined) return found;
  }
  return undefined;
}

const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default']);

function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}

async function coreVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
