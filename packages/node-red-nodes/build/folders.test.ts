import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { manifestNodes } from './folders.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

it('The manifest names the nodes of all folders, and no others', () => {
  const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  expect(manifest['node-red'].nodes).toEqual(manifestNodes(root));
});
