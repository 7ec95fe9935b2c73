/** Words of one line of a script: bare ones, "text", /expressions/, times. Mistakes are told with file and line. */

/** Text with variables in it, which are filled in when it is used. */
export type Text = readonly (string | { readonly variable: string })[];

/** What is waited for. */
export type Pattern = { readonly text: Text } | { readonly expression: RegExp };

/** One line, read from left to right. */
export class Line {
  readonly #text: string;
  readonly #number: number;
  readonly #file: string;
  readonly #variables: ReadonlySet<string>;
  #at = 0;

  constructor(text: string, number: number, file: string, variables: ReadonlySet<string>) {
    this.#text = text;
    this.#number = number;
    this.#file = file;
    this.#variables = variables;
  }

  /** Whether nothing follows but a comment. */
  get empty(): boolean {
    return /^\s*(#.*)?$/.test(this.#rest);
  }

  get #rest(): string {
    return this.#text.slice(this.#at);
  }

  /** The next bare word. */
  word(what: string): string {
    const [whole, word] = this.empty ? [] : (/^\s*([^\s"]+)/.exec(this.#rest) ?? []);
    if (whole === undefined || word === undefined) throw this.wrong(`${what} is missing`);
    this.#at += whole.length;
    return word;
  }

  /** Whether the next word is this one; it is taken then. */
  takes(word: string): boolean {
    const [whole] = new RegExp(`^\\s*${word}(?=\\s|$)`).exec(this.#rest) ?? [];
    this.#at += whole?.length ?? 0;
    return whole !== undefined;
  }

  /** What a pattern matches here, which is taken. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.#rest);
    if (found?.index !== 0) return undefined;
    this.#at += found[0].length;
    return found;
  }

  /** Whether a variable was declared above. */
  knows(variable: string): boolean {
    return this.#variables.has(variable);
  }

  /** @throws TypeError when something follows that nobody asked for */
  end(): void {
    if (!this.empty) throw this.wrong(`what is ${this.#rest.trim()} for?`);
  }

  /** A mistake on this line. */
  wrong(what: string): TypeError {
    const sentence = what.endsWith('?') ? what : `${what}.`;
    return new TypeError(`${this.#file}:${this.#number}: ${sentence}`);
  }
}

/** Text in quotation marks. */
export function textIn(line: Line): Text {
  const [, inside] = line.match(/^\s*"((?:[^"\\]|\\.)*)"/) ?? [];
  if (inside === undefined) throw line.wrong('text in "quotation marks" is missing');
  const parts: (string | { readonly variable: string })[] = [];
  for (const [piece, escaped, variable] of inside.matchAll(/\\(x[0-9a-fA-F]{2}|.)|\$\{(\w*)\}|[^\\$]+|\$/g)) {
    if (escaped !== undefined) parts.push(unescaped(line, escaped));
    else if (variable !== undefined) {
      if (!line.knows(variable)) {
        throw line.wrong(`there is no variable ${variable || '${}'}; var or secret above makes one`);
      }
      parts.push({ variable });
    } else parts.push(piece);
  }
  return parts;
}

/** Text in quotation marks, or a regular expression. */
export function patternIn(line: Line): Pattern {
  const [, source, flags = ''] = line.match(/^\s*\/((?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+)\/([a-z]*)/) ?? [];
  if (source === undefined) {
    const text = textIn(line);
    if (text.length === 0) throw line.wrong('nothing to wait for between the quotation marks');
    return { text };
  }
  if (/[^imsu]/.test(flags)) throw line.wrong(`a regular expression has the flags i, m, s and u, not ${flags}`);
  try {
    return { expression: new RegExp(source, flags) };
  } catch (error) {
    throw line.wrong((error as Error).message);
  }
}

/** Milliseconds in `2s`, `500ms`, `1.5m`, `1h`; a bare number is seconds. */
export function durationIn(line: Line, step: string, min = 0): number {
  const text = line.word(`the time behind ${step}`);
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
  if (ms >= min) return ms;
  throw line.wrong(`${step} takes a time such as 2s, 500ms or 5m, not ${text}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function unescaped(line: Line, letters: string): string {
  if (letters.length === 3) return String.fromCharCode(Number.parseInt(letters.slice(1), 16));
  const character = ESCAPES[letters];
  if (character === undefined)
    throw line.wrong(`\\${letters} means nothing; there are \\r \\n \\t \\e \\\\ \\" \\$ \\xHH`);
  return character;
}

const ESCAPES: Readonly<Record<string, string>> = {
  r: '\r',
  n: '\n',
  t: '\t',
  e: '\u001b',
  '\\': '\\',
  '"': '"',
  $: '$',
};
