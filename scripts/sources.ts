/** Which files of the repository are our own TypeScript: what is written, not what is fetched or built. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const roots = ['packages', 'test', 'bench', 'examples', 'scripts'];
const notOurs = new Set(['node_modules', 'dist', 'peers', 'results']);

/** Paths below `root` with forward slashes, sorted. */
export function sourceFiles(root: string): string[] {
  return roots.flatMap((folder) => below(root, folder)).sort();
}

function below(root: string, folder: string): string[] {
  const found: string[] = [];
  for (const entry of entries(join(root, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && !notOurs.has(entry.name) && !entry.name.startsWith('.'))
      found.push(...below(root, path));
    if (entry.isFile() && entry.name.endsWith('.ts')) found.push(path);
  }
  return found;
}

function entries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
