/** Options of a plugin, held against its schema; what is wrong is said with the key that is wrong. */

import { sentenceOf } from '../../book/problems.ts';
import { InvalidBook } from '../../errors.ts';
import type { Plugin, SchemaIssue, SchemaResult } from '../plugin.ts';

/** Where the options stand. */
export interface OptionsPlace {
  readonly file?: string | undefined;
  /** Key before those of the options: `plugins[0].options`. */
  readonly key?: string | undefined;
}

/**
 * The options a plugin gets: checked, defaults filled in.
 * @throws InvalidBook that names the key
 */
export async function pluginOptions(plugin: Plugin, given: unknown, place: OptionsPlace = {}): Promise<unknown> {
  const { file, key = 'options' } = place;
  const schema = plugin.options;
  if (schema === undefined) {
    const [first] = Object.keys((given ?? {}) as object);
    if (first === undefined) return {};
    throw invalid(plugin, file, `${key}.${first}`, 'is not known: the plugin takes no options', []);
  }
  const result = await validated(schema, given ?? {});
  if (result.issues === undefined) return result.value;
  const [first, ...others] = result.issues.flatMap(flat);
  const named = (issue: SchemaIssue) => [key, ...pathOf(issue)].join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]');
  throw invalid(
    plugin,
    file,
    named(first ?? { message: '' }),
    first?.message ?? 'is wrong',
    others.map((each) => `${named(each)} ${each.message}`),
  );
}

function invalid(
  { name }: Plugin,
  file: string | undefined,
  key: string,
  text: string,
  others: readonly string[],
): InvalidBook {
  const place = file === undefined ? '' : `${file}: `;
  return new InvalidBook(`${place}${key} of the plugin ${name} ${text}.`, {
    ...(file === undefined ? {} : { file }),
    key,
    hint: others.length === 0 ? undefined : `Also: ${others.join('; ')}.`,
  });
}

/** Schemas of zod are asked for sentences in the book's own words; all others for theirs. */
async function validated(schema: NonNullable<Plugin['options']>, given: unknown): Promise<SchemaResult<unknown>> {
  const zod = schema as { readonly safeParseAsync?: (value: unknown, how: object) => Promise<ZodResult> };
  if (schema['~standard'].vendor !== 'zod' || typeof zod.safeParseAsync !== 'function') {
    return await schema['~standard'].validate(given);
  }
  const result = await zod.safeParseAsync(given, { error: sentenceOf });
  return result.success ? { value: result.data } : { issues: result.error.issues };
}

type ZodResult =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };

/** Unknown keys, each with its own name. */
function flat(issue: SchemaIssue): SchemaIssue[] {
  const { code, keys } = issue as SchemaIssue & { readonly code?: string; readonly keys?: readonly string[] };
  if (code !== 'unrecognized_keys' || keys === undefined) return [issue];
  return keys.map((key) => ({ message: 'is not known', path: [...(issue.path ?? []), key] }));
}

function pathOf({ path = [] }: SchemaIssue): string[] {
  return path.map((part) => String(typeof part === 'object' ? part.key : part));
}
