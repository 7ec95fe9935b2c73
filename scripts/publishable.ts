/** Packs every published package as the registry would get it and lets publint look: entries, types, files, licence. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('../', import.meta.url));
const folders = ['packages', 'examples'].flatMap((group) =>
  readdirSync(root + group)
    .sort()
    .map((name) => `${root}${group}/${name}`),
);

for (const folder of folders) {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  if (manifest.private === true) continue;
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: 'pnpm' });
  console.log(`${manifest.name}: ${messages.length === 0 ? 'well' : `${messages.length} findings`}`);
  for (const message of messages) {
    console.log(`  ${formatMessage(message, manifest, { color: false })}`);
    if (message.type !== 'suggestion') process.exitCode = 1;
  }
}
