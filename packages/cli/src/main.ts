#!/usr/bin/env node
/** The command `amt`. As little as possible happens here: everything else is loaded when it is needed. */
import { readFileSync } from 'node:fs';
import * as module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`amt needs Node 22.19 or newer, and this is Node ${process.versions.node}.\n`);
  process.exitCode = 2;
} else if (process.argv[2] === '--version' || process.argv[2] === '-V') {
  process.stdout.write(`${version()}\n`);
} else {
  module.enableCompileCache?.();
  const { start } = await import('./start.ts');
  await start(process.argv.slice(2));
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
