/** How much memory a process takes that is a bridge and nothing else. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's heap close to what is in use: the young generation stays as small as it starts, the old one may grow by a
 * quarter before it is collected. Left alone, reading a large book and the first contact with a thousand machines would
 * make it some 100 MB larger for good, more than all machines need. Polling makes little garbage, so this costs little.
 *
 * For programs, at their start; a library has no business with it.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=25');
}
