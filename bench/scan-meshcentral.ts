/** One scan by MeshCentral's scanner, unchanged, measured. Arguments: path of amtscanner.js, range. */
import { createRequire } from 'node:module';
import { meter } from './scan-meter.ts';

/** What is used of it. */
interface AmtScanner {
  dns: { reverse(address: string, done: (error: Error | null, names?: string[]) => void): void };
  performRangeScan(user: string, range: string): boolean;
}

const [path = '', range = ''] = process.argv.slice(2);
const { CreateAmtScanner } = createRequire(import.meta.url)(path) as {
  CreateAmtScanner(parent: object): AmtScanner;
};

const cost = await meter();
const scanner = CreateAmtScanner({
  DispatchEvent(_to: unknown, _from: unknown, event: { readonly results: object }) {
    process.send?.(cost(Object.keys(event.results).length));
    process.disconnect();
  },
});
scanner.dns = { reverse: (address, done) => done(null, [address]) };
if (!scanner.performRangeScan('bench', range)) throw new Error(`MeshCentral refuses ${range}.`);
