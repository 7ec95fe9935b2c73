/** Packs every published package as the registry would get it and lets publint look: entries, types, files, licence. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

for (const folder of readdirSync(packages).sort()) {
  const manifest = JSON.parse(readFileSync(`${packages}${folder}/package.json`, 'utf8'));
  if (manifest.private === true) continue;
  const { messages } = await publint({ pkgDir: packages + folder, strict: true, pack: 'pnpm' });
  console.log(`${manifest.name}: ${messages.length === 0 ? 'well' : `${messages.length} findings`}`);
  for (const message of messages) {
    console.log(`  ${formatMessage(message, manifest, { color: false })}`);
    if (message.type !== 'suggestion') process.exitCode = 1;
  }
}
