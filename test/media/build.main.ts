/**
 * Makes the test media and prints where they are and what a guest has to make of them, as JSON.
 *
 *     node --conditions=source test/media/build.main.ts
 */
import { testMedia } from './media.ts';
import { MediaUnavailable } from './packages.ts';

try {
  console.log(JSON.stringify(await testMedia(), undefined, 2));
} catch (error) {
  if (!(error instanceof MediaUnavailable)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
