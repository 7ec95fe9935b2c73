/** Behind the compiler: writes the manifest and puts what is no program into `dist`. */
import { fileURLToPath } from 'node:url';
import { copyAssets, writeManifest } from './folders.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
writeManifest(root);
copyAssets(root);
