/** The text of a book as a YAML document: what it says, and on which line. Comments stay with the document. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { invalidBook, type KeyPlaces, keyOf, kindOf, type Problem, problemsOf, sentenceOf } from './problems.ts';
import { type BookContent, bookSchema } from './schema.ts';

/** A book's text, understood. */
export interface BookDocument extends KeyPlaces {
  readonly document: Document;
  readonly content: BookContent;
}

/** Reads a book's text. @throws InvalidBook naming file, line and key */
export function readDocument(text: string, file: string): BookDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].map((error) => problemOf(error, document, lines));
  broken.push(...danglingAliases(document, lines));
  if (broken.length > 0) throw invalidBook(file, broken);
  const lineOf = (path: readonly PropertyKey[]) => lineOfKey(document, lines, path);
  return { document, content: check(plainData(document, file), file, { lineOf }), lineOf };
}

/** Checks what a book says. @throws InvalidBook */
export function check(data: unknown, file: string, places: KeyPlaces, consequence?: string): BookContent {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    const text = `a book is a mapping with ${Object.keys(bookSchema.shape).join(', ')}, not ${kindOf(data)}`;
    throw invalidBook(
      file,
      [{ line: places.lineOf([]), text: `${text}; each machine has a name under machines` }],
      consequence,
    );
  }
  const result = bookSchema.safeParse(data, { error: sentenceOf });
  if (result.success) return result.data;
  throw invalidBook(file, problemsOf(result.error, places), consequence);
}

/** The document as plain data; sections that hold nothing but comments count as absent. */
export function plainData(document: Document, file: string): unknown {
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch {
    throw invalidBook(file, [{ text: 'repeats itself through aliases without end' }]);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
}

const MAX_ALIASES = 1000;

/** What the parser complains about, in words that hold nothing of the text: it may be a password. */
const complaints: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'text that begins with * must stand in quotes',
  BAD_DIRECTIVE: 'text that begins with % must stand in quotes',
  BAD_DQ_ESCAPE: 'a backslash in double quotes means something else here; use single quotes',
  BAD_INDENT: 'the indentation does not fit, or a bracket is not closed',
  BAD_SCALAR_START: 'text that begins with @, %, ` or another special character must stand in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a colon followed by a blank makes a key; put the text in quotes, or check the indentation',
  MISSING_CHAR: 'a closing quote or a colon is missing',
  MULTILINE_IMPLICIT_KEY: 'the indentation does not fit, or a colon is missing',
  MULTIPLE_DOCS: 'a second document begins here; a book is one',
  TAB_AS_INDENT: 'the line is indented with a tab; use blanks',
  TAG_RESOLVE_FAILED: 'text that begins with ! must stand in quotes',
};

function problemOf(error: YAMLError, document: Document, lines: LineCounter): Problem {
  if (error.code === 'DUPLICATE_KEY') return duplicateAt(error.pos[0], document, lines);
  const text = complaints[error.code] ?? 'this is not YAML; text with special characters must stand in quotes';
  return { line: lines.linePos(error.pos[0]).line, text };
}

/** A key that stands in its mapping before: its path, and where it is for the first time. */
function duplicateAt(offset: number, document: Document, lines: LineCounter): Problem {
  let problem: Problem = { line: lineAt(lines, offset), text: 'this key is there twice' };
  visit(document, {
    Pair(_, pair, ancestors) {
      if (!isNode(pair.key) || pair.key.range?.[0] !== offset) return;
      const around = ancestors.at(-1);
      const same = isMap(around) ? around.items.find(({ key }) => nameOf(key) === nameOf(pair.key)) : undefined;
      const first = isNode(same?.key) ? lineAt(lines, same.key.range?.[0]) : undefined;
      problem = {
        ...problem,
        key: keyOf([...pathOf(ancestors), nameOf(pair.key)]),
        text: `is there twice${first === undefined ? '' : `, for the first time in line ${first}`}`,
      };
      return visit.BREAK;
    },
  });
  return problem;
}

/** The keys and indices that lead to the innermost of these nodes. */
function pathOf(ancestors: readonly unknown[]): PropertyKey[] {
  return ancestors.flatMap<PropertyKey>((node, index) => {
    if (isPair(node)) return [nameOf(node.key)];
    return isSeq(node) && index + 1 < ancestors.length ? [node.items.indexOf(ancestors[index + 1])] : [];
  });
}

function nameOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function danglingAliases(document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      problems.push({ line: lineAt(lines, alias.range?.[0]), text: complaints.BAD_ALIAS ?? '' });
    },
  });
  return problems;
}

function lineOfKey(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let line = lineAt(lines, document.contents?.range?.[0]);
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => nameOf(key) === String(part));
      [key, node] = [pair?.key, pair?.value];
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      key = node;
    } else break;
    if (!isNode(key)) break;
    line = lineAt(lines, key.range?.[0]) ?? line;
  }
  return line;
}

function lineAt(lines: LineCounter, offset: number | undefined): number | undefined {
  return offset === undefined ? undefined : lines.linePos(offset).line;
}
