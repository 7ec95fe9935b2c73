/** Lists as lines: comma-separated with a header, or one host a line. [RFC 4180] [MeshCommander] */
import type { List, ListProblem, ListRow } from './list.ts';
import { tlsOf } from './list.ts';

/** The list in a text that is not JSON, or undefined where neither a header nor hosts are to be seen. */
export function listFromLines(text: string): List | undefined {
  const firstLine = text.split(/\r?\n/, 1)[0] ?? '';
  const separator = [',', ';', '\t'].reduce((best, next) =>
    count(firstLine, next) > count(firstLine, best) ? next : best,
  );
  const [header, ...records] = parseCsv(text, separator);
  if (header === undefined) return { format: 'hosts', rows: [], problems: [] };
  const columns = header.cells.map((cell) => columnNames[cell.trim().toLowerCase()]);
  if (columns.includes('host') || columns.includes('address') || columns.includes('name')) {
    return { format: 'csv', ...fromRecords(columns, records, header.cells.some(isIntels)) };
  }
  return header.cells.length === 1 ? { format: 'hosts', rows: fromHosts(text), problems: [] } : undefined;
}

/** Records of cells, each with the line it begins on; empty lines are left out. Quoted cells may hold anything. */
function parseCsv(text: string, separator: string): { readonly line: number; readonly cells: readonly string[] }[] {
  const records: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let line = 1;
  let at = 0;
  let lines = 1;
  while (at < text.length) {
    let cell: string;
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      lines += count(cell, '\n');
      at = end + 1;
      // What stands behind a closing quote belongs to the cell: not every writer quotes by the rules.
      const rest = endOfCell(text, at, separator);
      cell += text.slice(at, rest);
      at = rest;
    } else {
      const end = endOfCell(text, at, separator);
      cell = text.slice(at, end);
      at = end;
    }
    cells.push(cell);
    if (text[at] === separator) {
      at++;
      if (at < text.length && text[at] !== '\r' && text[at] !== '\n') continue;
      cells.push('');
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (cells.length > 1 || cells[0]?.trim() !== '') records.push({ line, cells });
    cells = [];
    line = ++lines;
  }
  return records;
}

type Column =
  | 'name'
  | 'host'
  | 'address'
  | 'wsman'
  | 'redirection'
  | 'user'
  | 'password'
  | 'tls'
  | 'tags'
  | 'uuid'
  | 'fingerprint';

/** What columns are called, by us and by others. */
const columnNames: Readonly<Record<string, Column>> = {
  name: 'name',
  'intel amt fqdn': 'name',
  computer: 'name',
  host: 'host',
  hostname: 'host',
  fqdn: 'host',
  address: 'address',
  ip: 'address',
  'intel amt ipv4': 'address',
  wsman: 'wsman',
  port: 'wsman',
  redirection: 'redirection',
  user: 'user',
  username: 'user',
  password: 'password',
  pass: 'password',
  tls: 'tls',
  tags: 'tags',
  tag: 'tags',
  group: 'tags',
  groupname: 'tags',
  uuid: 'uuid',
  guid: 'uuid',
  fingerprint: 'fingerprint',
};

/** Intel's set-up software exports machines it has given TLS, without saying so. */
function isIntels(cell: string): boolean {
  return /^intel amt /i.test(cell.trim());
}

function fromRecords(
  columns: readonly (Column | undefined)[],
  records: readonly { readonly line: number; readonly cells: readonly string[] }[],
  intels: boolean,
): { rows: ListRow[]; problems: ListProblem[] } {
  const rows: ListRow[] = [];
  const problems: ListProblem[] = [];
  for (const { line, cells } of records) {
    const cell = (column: Column): string | undefined => {
      const value = cells[columns.indexOf(column)];
      return column === 'password' ? value || undefined : value?.trim() || undefined;
    };
    if (cells.length > columns.length) {
      problems.push({
        row: line,
        text: `This line has ${cells.length} cells, and the header names ${columns.length}.`,
      });
      continue;
    }
    const [wsman, redirection] = [cell('wsman'), cell('redirection')].map((port) =>
      port === undefined ? undefined : Number(port),
    );
    rows.push({
      row: line,
      name: cell('name'),
      host: cell('host') ?? cell('address') ?? cell('name'),
      ports: { ...(wsman === undefined ? {} : { wsman }), ...(redirection === undefined ? {} : { redirection }) },
      tls: intels ? 'on' : tlsOf(cell('tls')),
      user: cell('user'),
      password: cell('password'),
      tags: cell('tags')?.split(/[\s,;|]+/) ?? [],
      uuid: cell('uuid'),
      fingerprint: cell('fingerprint'),
    });
  }
  return { rows, problems };
}

function fromHosts(text: string): ListRow[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const host = line.replace(/#.*/, '').trim();
    return host === '' ? [] : [{ row: index + 1, host }];
  });
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at === -1 ? text.length : at;
}

function endOfCell(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
