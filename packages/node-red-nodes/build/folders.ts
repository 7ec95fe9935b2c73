/** What the folders below `src` hold: one for each node, with its program, its dialog, and what belongs to both. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Node types by folder, in the order of the palette. */
function nodeTypes(root: string): ReadonlyMap<string, string> {
  const found = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'src', entry.name, `amt-${entry.name}.html`)))
    .map(({ name }) => [name, `amt-${name}`] as const);
  return new Map(found.sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1)));
}

/** The `nodes` of the manifest: the type of each node and its program. */
export function manifestNodes(root: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...nodeTypes(root)].map(([folder, type]) => [type, `dist/${folder}/${type}.js`]));
}

/** Writes the manifest from the folders, where it says something else. */
export function writeManifest(root: string): void {
  const file = join(root, 'package.json');
  const text = readFileSync(file, 'utf8');
  const manifest = JSON.parse(text);
  manifest['node-red'].nodes = manifestNodes(root);
  const written = `${JSON.stringify(manifest, undefined, 2)}\n`;
  if (written !== text) writeFileSync(file, written);
}

/** Puts dialogs, icons and words beside the programs, where Node-RED looks for them. */
export function copyAssets(root: string): void {
  for (const [folder, type] of nodeTypes(root)) {
    for (const name of [`${type}.html`, 'icons', 'locales']) {
      const from = join(root, 'src', folder, name);
      if (existsSync(from)) cpSync(from, join(root, 'dist', folder, name), { recursive: true });
    }
  }
}

/** Configuration first, then what is used most; what is not named comes last. */
const ORDER = ['fleet', 'machine', 'power', 'watch', 'boot', 'media', 'reimage', 'serial', 'screen', 'type'];
const LATER = ['action', 'alert', 'scan', 'wsman'];

function place(folder: string): number {
  const at = [...ORDER, ...LATER].indexOf(folder);
  return at < 0 ? ORDER.length + LATER.length : at;
}
