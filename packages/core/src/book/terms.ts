/** Terms several parts of the book's schema are made of. */
import { z } from 'zod';
import type { SwitchOffPolicy } from '../capabilities/capability.ts';
import { didYouMean } from './nearest.ts';

/** A mapping with exactly these keys; an unknown one is refused with the one that was probably meant. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const [key = ''] = issue.keys;
      return `is not known here${didYouMean(key, known) || `; known are ${known.join(', ')}`}`;
    },
  });
}

/** Where a secret comes from when it is not in the book itself. */
export type SecretReference =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly keyring: string }
  | { readonly command: readonly string[] };

/** A secret: plain text, or where it comes from. */
export type Secret = string | SecretReference;

const secretForms =
  'must be text in quotes, or one of { env: NAME }, { file: PATH }, { keyring: NAME }, { command: [PROGRAM, …] }';

/** Plain text, or a reference to an environment variable, a file, the keyring or a command. */
export const secret = z
  .union(
    [
      z.string().min(1),
      mapping({
        env: z.exactOptional(z.string().min(1)),
        file: z.exactOptional(z.string().min(1)),
        keyring: z.exactOptional(z.string().min(1)),
        command: z.exactOptional(z.array(z.string().min(1)).min(1)),
      }).refine((value) => Object.keys(value).length === 1, secretForms),
    ],
    { error: secretForms },
  )
  .transform((value) => value as Secret);

/** A name for a set of credentials or a medium. */
export const label = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);

/** TCP or UDP. */
export const port = z.int().min(1).max(65_535);

/** Levels of a topic, without wildcards. [MQTT 3.1.1 §4.7] */
export const topic = z
  .string()
  .regex(
    /^(?!\$)[^+#/\s]+(\/[^+#/\s]+)*$/,
    'must be a topic such as amtkit or site/amtkit: no +, #, blanks, outer slashes',
  );

const afterSeconds = z.int().min(5).max(3600);

/** What switching off does: a word, or a word and how long `soft-then-hard` waits. */
export const switchOff = z
  .union([
    z.enum(['soft-then-hard', 'soft', 'hard']),
    mapping({ mode: z.enum(['soft-then-hard', 'soft', 'hard']), afterSeconds: z.exactOptional(afterSeconds) }),
  ])
  .transform(
    (value): SwitchOffPolicy =>
      typeof value === 'string'
        ? { mode: value, afterSeconds: SWITCH_OFF_SECONDS }
        : { mode: value.mode, afterSeconds: value.afterSeconds ?? SWITCH_OFF_SECONDS },
  );

/** How long `soft-then-hard` waits unless the book says otherwise. */
const SWITCH_OFF_SECONDS = 120;
