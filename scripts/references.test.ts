import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sourceFiles } from './sources.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('finds every key that comments use in docs/references.md', () => {
  const page = readFileSync(`${root}docs/references.md`, 'utf8');
  const known = new Set([...page.matchAll(/^\| ([^|]+?) \|/gm)].map((match) => match[1]));
  const unknown = sourceFiles(root).flatMap((path) =>
    keysIn(readFileSync(root + path, 'utf8'))
      .filter((key) => !known.has(key))
      .map((key) => `${path}: [${key}]`),
  );
  expect(unknown).toEqual([]);
});

/** `AMT` of `[AMT: CIM_Chip]`, `DSP0226` of `[DSP0226 §8]`: standing in a comment, at the end of a sentence or a line. */
function keysIn(source: string): string[] {
  const comments = source.matchAll(/\/\*\*?[\s\S]*?\*\/|\/\/.*/g);
  return [...comments].flatMap(([comment]) =>
    [...comment.matchAll(/(?<=[\s(])\[([A-Z][A-Z][\w. -]*?)(?::[^\]\n]*| (?:§|Annex)[^\]\n]*)?\](?![[(])/g)].map(
      (match) => match[1] ?? '',
    ),
  );
}
