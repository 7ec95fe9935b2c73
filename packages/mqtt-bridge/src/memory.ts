/** How much memory a process takes that is a bridge and nothing else. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation as small as it starts. Reading a large book and the first contact with a thousand machines
 * would let it grow to some 100 MB for good, more than all machines need together; polling makes little garbage.
 * For programs, at their start; a library has no business with it.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
