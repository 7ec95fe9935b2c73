/** Plain tables: no borders, two spaces between columns, capitals in the head. */

/** How a table is set. */
export interface TableOptions {
  /** Columns of the terminal: the last column is cut there. Absent in a pipe, where nothing is ever cut. */
  readonly width?: number | undefined;
  /** Style of the head. @default none */
  readonly head?: (text: string) => string;
}

/** Lines of a table. A column that is empty in every row is left out. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { width, head: style = (text) => text }: TableOptions = {},
): string[] {
  const used = head.map((_, i) => rows.length === 0 || rows.some((row) => (row[i] ?? '') !== ''));
  const cells = [head.map((title) => title.toUpperCase()), ...rows].map((row) =>
    head.flatMap((_, i) => (used[i] === true ? [flat(row[i] ?? '')] : [])),
  );
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => columns(row[i] ?? ''))));
  return cells.map((row, n) => {
    const line = row.map((cell, i) => (i === row.length - 1 ? cell : pad(cell, widths[i] ?? 0))).join('  ');
    const fitted = cutAt(line.trimEnd(), width);
    return n === 0 ? style(fitted) : fitted;
  });
}

/** A line cut at the width of the terminal. */
export function cutAt(line: string, width: number | undefined): string {
  if (width === undefined || columns(line) <= width) return line;
  return `${[...line].slice(0, Math.max(1, width - 3)).join('')}...`;
}

/** Text on one line, without what would steer a terminal: names and logs come from machines. */
export function flat(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

function columns(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}
