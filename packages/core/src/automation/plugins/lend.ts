/** Lets plugins find what they are made with: core and zod, where they have none of their own. */
import { registerHooks } from 'node:module';

/** What is lent. */
const LENT = /^(@amtkit\/core|zod)(\/|$)/;

let lent = false;

/**
 * A file beside a book finds no packages where amtkit is installed for the whole computer; it gets those of amtkit. What a
 * plugin has itself goes before them.
 */
export function lendCore(): void {
  if (lent) return;
  lent = true;
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!LENT.test(specifier) || !MISSING.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

const MISSING: ReadonlySet<string> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
