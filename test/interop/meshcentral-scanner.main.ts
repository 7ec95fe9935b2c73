/** Two virtual PCs and MeshCentral's scanner over their range; prints what it found as one JSON line. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { peersFolder } from '@amtkit/core/testing';
import { createSimulator } from '@amtkit/simulator';

const simulators = [
  await createSimulator({ host: '127.0.0.2', ports: 'standard', profile: 'amt-12' }),
  await createSimulator({ host: '127.0.0.3', ports: 'standard', profile: 'amt-16' }),
];
const load = createRequire(join(peersFolder() as string, 'meshcentral', 'package.json'));
const results = await new Promise((resolve) => {
  const parent = {
    DispatchEvent: (_to: unknown, _from: unknown, event: { results: unknown }) => resolve(event.results),
  };
  const scanner = load('./amtscanner.js').CreateAmtScanner(parent);
  // The reverse lookup gates its results; nobody answers names here.
  scanner.dns = { reverse: (_address: string, done: (error: Error) => void) => done(new Error('no names here')) };
  scanner.performRangeScan('user', '127.0.0.0-127.0.0.10');
});
console.log(JSON.stringify(results));
for (const simulator of simulators) await simulator.close();
process.exit();
