/** What is wrong with a book, as sentences that name file, line and key. Values never occur: they may be secrets. */
import type { z } from 'zod';
import { InvalidBook } from '../errors.ts';

/** Where a key stands. */
export interface KeyPlaces {
  /** 1-based line of a key, or of the nearest mapping around it that is there. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** One thing that is wrong. */
export interface Problem {
  readonly key?: string;
  readonly line?: number | undefined;
  /** What is wrong, without a full stop; begins with a verb where there is a key. */
  readonly text: string;
}

/** The error for a book in which these things are wrong, at least one. Unknown keys come first: they explain others. */
export function invalidBook(file: string, problems: readonly Problem[], consequence = ''): InvalidBook {
  const [first = { text: 'is wrong' }, ...others] = problems;
  const sentence = ({ key, line, text }: Problem) => {
    const place = line === undefined ? file : `${file}:${line}`;
    return `${place}: ${key === undefined ? text : `${key} ${text}`}${text.endsWith('?') ? '' : '.'}`;
  };
  const listed = others.slice(0, MAX_LISTED).map(sentence);
  if (others.length > MAX_LISTED) listed.push(`And ${others.length - MAX_LISTED} more.`);
  return new InvalidBook([sentence(first), consequence].filter(Boolean).join(' '), {
    file,
    line: first.line,
    key: first.key,
    hint: listed.length === 0 ? undefined : `Also: ${listed.join(' ')}`,
  });
}

/** The problems a schema found, unknown keys first, then in the order of the lines. */
export function problemsOf(error: z.ZodError, places: KeyPlaces): Problem[] {
  return error.issues
    .flatMap((issue) => flatten(issue as Issue, []))
    .map(({ path, text, unknown }) => ({ key: keyOf(path), line: places.lineOf(path), text, unknown }))
    .sort((a, b) => Number(b.unknown) - Number(a.unknown) || (a.line ?? 0) - (b.line ?? 0))
    .map(({ unknown: _, key, line, text }) => ({ ...(key === '' ? {} : { key }), line, text }));
}

/** Sentences for what zod finds by itself; for `safeParse(…, { error })`. */
export function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      if (input === undefined) return 'is missing';
      if (issue.expected === 'string' && typeof input === 'number') return 'must be text; put the number in quotes';
      return `must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(input)}`;
    case 'invalid_value':
      return `must be ${alternatives(issue.values.map(String))}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty';
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_format':
      return 'must begin with a letter or digit; dots, dashes and underscores may follow';
    case 'invalid_union':
      return `must not be ${kindOf(input)}`;
    default:
      return undefined;
  }
}

/** More are only counted. */
const MAX_LISTED = 4;

/** What of zod's issues is read here. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly issues?: readonly Issue[];
  readonly errors?: readonly (readonly Issue[])[];
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  readonly unknown: boolean;
}

function flatten(issue: Issue, base: readonly PropertyKey[]): Finding[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({ path: [...path, key], text: issue.message, unknown: true }));
  }
  if (issue.code === 'invalid_key') {
    return (issue.issues ?? []).slice(0, 1).map(({ message }) => ({ path, text: message, unknown: false }));
  }
  if (issue.code === 'invalid_union') {
    // The branch whose form was meant is the one that found something wrong inside.
    const meant =
      issue.errors?.find((found) => found.every((one) => one.path.length > 0 || !wrongForm(one))) ??
      issue.errors?.find(([one]) => one?.code === 'invalid_value');
    if (meant !== undefined) return meant.flatMap((one) => flatten(one, path));
  }
  return [{ path, text: issue.message, unknown: false }];
}

function wrongForm({ code }: Issue): boolean {
  return code === 'invalid_type' || code === 'invalid_value';
}

/** A path as people write it: `plugins[0].use`. */
export function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

/** What a value is, in words that do not hold it. */
export function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return kinds[typeof value] ?? typeof value;
}

function alternatives(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}
