/** What a benchmark reports, and how it is shown: on a terminal, in the README, as JSON. */

/** Something a benchmark has to reach. */
export interface BenchGoal {
  /** What must hold, as a sentence without a full stop. */
  readonly text: string;
  readonly met: boolean;
  /** What was measured instead of promised, with its unit. */
  readonly measured: string;
}

/** One table. */
export interface BenchPart {
  readonly title: string;
  readonly columns: readonly string[];
  /** One cell for every column. */
  readonly rows: readonly (readonly (string | number)[])[];
  /** What a reader must know to trust the numbers, and what was left out. */
  readonly notes: readonly string[];
}

/** The result of one benchmark. */
export interface BenchTable extends BenchPart {
  /** What else was measured. */
  readonly more?: readonly BenchPart[];
  /** Of all of it. */
  readonly goals: readonly BenchGoal[];
}

/** A file `bench/NAME.ts`. */
export interface Bench {
  readonly name: string;
  run(): Promise<BenchTable>;
}

/** For a terminal: aligned columns, then goals and notes. */
export function formatText(table: BenchTable): string {
  const parts = [table, ...(table.more ?? [])];
  return [
    ...parts.flatMap((part) => [...linesOf(part), '']),
    ...table.goals.map(({ text, met, measured }) => `${met ? 'met    ' : 'NOT MET'}  ${text}: ${measured}`),
    ...parts.flatMap(({ notes }) => notes).map((note) => `note     ${note}`),
  ].join('\n');
}

function linesOf(table: BenchPart): string[] {
  const rows = [table.columns, ...table.rows].map((row) => row.map(cell));
  const widths = table.columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const numeric = table.columns.map((_, column) => table.rows.every((row) => typeof row[column] === 'number'));
  const lines = rows.map((row) =>
    row
      .map((text, column) => (numeric[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [table.title, '', lines[0] ?? '', rule, ...lines.slice(1)];
}

/** For the README. */
export function formatMarkdown(table: BenchTable): string {
  const parts = [table, ...(table.more ?? [])];
  return [
    ...parts.flatMap((part) => [...markdownOf(part), '']),
    ...table.goals.map(({ text, met, measured }) => `- ${met ? 'met' : '**not met**'}: ${text} (${measured})`),
    ...parts.flatMap(({ notes }) => notes).map((note) => `- ${note}`),
  ].join('\n');
}

function markdownOf({ title, columns, rows }: BenchPart): string[] {
  const row = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((text) => cell(text).replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map((_, i) => (rows.every((cells) => typeof cells[i] === 'number') ? '--:|' : '---|'));
  return [`**${title}**`, '', row(columns), `|${rule.join('')}`, ...rows.map(row)];
}

/** `document` with `text` between the markers of a name; markers and text go to the end where there are none. */
export function insertBetweenMarkers(document: string, name: string, text: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const block = `${open}\n${text}\n${close}`;
  const start = document.indexOf(open);
  const end = document.indexOf(close);
  if (start < 0 || end < start) return `${document.trimEnd()}\n\n${block}\n`;
  return document.slice(0, start) + block + document.slice(end + close.length);
}

function cell(value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}
