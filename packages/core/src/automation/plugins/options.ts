/** Options of a plugin, held against its schema; what is wrong is said with the key that is wrong, never with its value. */
import { keyOf, sentenceOf } from '../../book/problems.ts';
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
export async function pluginOptions(plugin: Plugin, given: unknown, place?: OptionsPlace): Promise<unknown> {
  const result = await checkOptions(plugin, given);
  if (result.issues !== undefined) throw invalidOptions(plugin, result.issues, place);
  return result.value;
}

/** What is wrong with options; undefined where they are right. */
export async function checkPluginOptions(
  plugin: Plugin,
  given: unknown,
  place?: OptionsPlace,
): Promise<InvalidBook | undefined> {
  const { issues } = await checkOptions(plugin, given);
  return issues === undefined ? undefined : invalidOptions(plugin, issues, place);
}

function invalidOptions({ name }: Plugin, issues: readonly SchemaIssue[], place: OptionsPlace = {}): InvalidBook {
  const { file, key = 'options' } = place;
  const sentences = issues.map(({ path = [], message }) => {
    const named = `${key}${keyOf(['', ...path.map(partOf)])}`;
    return { named, sentence: `${named} of the plugin ${name}${joined(message)}` };
  });
  const [first, ...others] = sentences;
  return new InvalidBook(`${file === undefined ? '' : `${file}: `}${first?.sentence ?? `${key} are wrong.`}`, {
    file,
    key: first?.named ?? key,
    hint: others.length === 0 ? undefined : `Also: ${others.map(({ sentence }) => sentence).join(' ')}`,
  });
}

/** Options as the schema makes them, or everything that is wrong with them, unknown keys each by itself. */
export async function checkOptions({ options: schema }: Plugin, given: unknown): Promise<SchemaResult<unknown>> {
  const asked = given ?? {};
  if (schema === undefined) {
    const keys = Object.keys(asked as object);
    if (keys.length === 0) return { value: {} };
    return { issues: keys.map((key) => ({ path: [key], message: 'is not known: the plugin takes no options' })) };
  }
  try {
    const result = await validated(schema, asked);
    return result.issues === undefined ? result : { issues: result.issues.flatMap(flat) };
  } catch (error) {
    return { issues: [{ message: `cannot be checked: ${(error as Error).message}` }] };
  }
}

/** Schemas of zod are asked for sentences in the book's own words; all others for theirs. */
async function validated(schema: NonNullable<Plugin['options']>, given: unknown): Promise<SchemaResult<unknown>> {
  const zod = schema as { readonly safeParseAsync?: (value: unknown, how: object) => Promise<ZodResult> };
  if (schema['~standard'].vendor !== 'zod' || typeof zod.safeParseAsync !== 'function') {
    return await schema['~standard'].validate(given);
  }
  const result = await zod.safeParseAsync(given, { error: sentence });
  return result.success ? { value: result.data } : { issues: result.error.issues };
}

type ZodResult =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };

type RawIssue = Parameters<typeof sentenceOf>[0];

/** As in the book; the rules that the book does not have are put into words here. */
function sentence(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'too_small': {
      const { minimum, origin } = issue;
      if (minimum === 1 && (origin === 'string' || origin === 'array')) return 'must not be empty';
      return `must ${sized(origin, issue.inclusive === false ? 'more than' : 'at least', Number(minimum))}`;
    }
    case 'too_big':
      return `must ${sized(issue.origin, issue.inclusive === false ? 'less than' : 'at most', Number(issue.maximum))}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? `must be a valid ${issue.format.replaceAll('_', ' ')}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'is not known';
    default:
      return sentenceOf(issue);
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  url: 'must be a URL',
  email: 'must be an address of e-mail',
  regex: 'does not have the form that is asked for',
  time: 'must be a time of day, such as 07:30',
  datetime: 'must be a date and time in ISO 8601',
};

function sized(origin: string, relation: string, count: number): string {
  if (origin === 'string') return `have ${relation} ${count} characters`;
  return origin === 'array' ? `have ${relation} ${count} entries` : `be ${relation} ${count}`;
}

/** What is wrong behind the key: a verb goes on with the sentence, anything else stands behind a colon. */
function joined(message: string): string {
  const text = message.replace(/\.$/, '');
  return /^[a-z]/.test(text) ? ` ${text}.` : `: ${text}.`;
}

/** Unknown keys, each with its own name. */
function flat(issue: SchemaIssue): SchemaIssue[] {
  const { code, keys } = issue as SchemaIssue & { readonly code?: string; readonly keys?: readonly string[] };
  if (code !== 'unrecognized_keys' || keys === undefined) return [issue];
  return keys.map((key) => ({ message: 'is not known', path: [...(issue.path ?? []), key] }));
}

function partOf(part: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof part === 'object' ? part.key : part;
}
