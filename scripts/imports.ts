/**
 * The imports of a TypeScript source, found without a compiler: TypeScript 7 has no programming interface.
 * Comments, strings, templates and regular expressions are told apart first, so that an example in a comment is no import.
 */

/** One `import` or `export … from`. */
export interface Import {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** `import('…')` as an expression: loaded only when reached. */
  readonly dynamic: boolean;
  /** `import type`, or `export type … from`: gone at run time. */
  readonly typeOnly: boolean;
  /** `export … from`. */
  readonly reexport: boolean;
}

/** Every import with a literal specifier, in the order of the text. */
export function importsOf(source: string): Import[] {
  const code = codeOf(source);
  const found: Import[] = [];
  for (const match of code.matchAll(statement)) {
    const { from, side, call, keyword, type } = match.groups ?? {};
    const marker = from ?? side ?? call;
    if (marker === undefined) continue;
    const at = match.index + match[0].lastIndexOf(marker);
    const specifier = source.slice(at + 1, at + marker.length - 1);
    const line = source.slice(0, match.index).split('\n').length;
    const dynamic = call !== undefined;
    found.push({ specifier, line, dynamic, typeOnly: type !== undefined, reexport: keyword === 'export' });
  }
  return found;
}

/**
 * The source with the contents of comments, strings, templates and regular expressions blanked out.
 * Same length, same lines; quotes stay, so that `'…'` of n characters is `'` + n blanks + `'`.
 */
export function codeOf(source: string): string {
  let code = '';
  let at = 0;
  /** Depth of `{` inside each open `${`, innermost last. */
  const templates: number[] = [];
  while (at < source.length) {
    const char = source.charAt(at);
    let end = at + 1;
    let kept = 0;
    if (source.startsWith('//', at)) end = indexOr(source, '\n', at);
    else if (source.startsWith('/*', at)) end = indexOr(source, '*/', at + 2) + 2;
    else if (char === "'" || char === '"') [end, kept] = [afterString(source, at, char), 1];
    else if (char === '`') [end, kept] = [afterTemplate(source, at + 1, templates), 0];
    else if (char === '/' && startsRegularExpression(code)) end = afterRegularExpression(source, at);
    else if (char === '}' && templates.at(-1) === 0) {
      templates.pop();
      end = afterTemplate(source, at + 1, templates);
    } else {
      const innermost = templates.length - 1;
      if (innermost >= 0 && char === '{') templates[innermost] = (templates[innermost] ?? 0) + 1;
      if (innermost >= 0 && char === '}') templates[innermost] = (templates[innermost] ?? 0) - 1;
      code += char;
      at = end;
      continue;
    }
    code += blank(source.slice(at, end), kept);
    at = end;
  }
  return code;
}

const statement = new RegExp(
  [
    // import type { a } from '…'; export * from '…'
    /(?<![\w$.])(?<keyword>import|export)\b(?:\s+(?<type>type)\b(?!\s*from\b))?[\w\s$*{},]*?\bfrom\s*(?<from>'[^']*'|"[^"]*")/,
    // import '…'
    /(?<![\w$.])import\s*(?<side>'[^']*'|"[^"]*")/,
    // import('…')
    /(?<![\w$.])import\s*\(\s*(?<call>'[^']*'|"[^"]*")/,
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
);

function indexOr(source: string, text: string, from: number): number {
  const index = source.indexOf(text, from);
  return index === -1 ? source.length : index;
}

function afterString(source: string, start: number, quote: string): number {
  let at = start + 1;
  while (at < source.length && source.charAt(at) !== quote && source.charAt(at) !== '\n') {
    at += source.charAt(at) === '\\' ? 2 : 1;
  }
  return Math.min(at + 1, source.length);
}

/** After the closing backtick, or after a `${`, which is then the innermost open one. */
function afterTemplate(source: string, start: number, templates: number[]): number {
  let at = start;
  while (at < source.length) {
    if (source.charAt(at) === '`') return at + 1;
    if (source.startsWith('${', at)) {
      templates.push(0);
      return at + 2;
    }
    at += source.charAt(at) === '\\' ? 2 : 1;
  }
  return source.length;
}

/** Where a value may begin, a slash begins a regular expression; after one, it divides. */
function startsRegularExpression(before: string): boolean {
  const text = before.trimEnd();
  return text === '' || /(?:[([{,;=:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await))$/.test(text);
}

function afterRegularExpression(source: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < source.length; at++) {
    const char = source.charAt(at);
    if (char === '\\') at++;
    else if (char === '\n') return at;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1;
  }
  return source.length;
}

function blank(text: string, kept: number): string {
  const inner = text.slice(kept, text.length - kept).replace(/[^\n]/g, ' ');
  return text.slice(0, kept) + inner + (kept > 0 ? text.slice(-kept) : '');
}
