/** Writes the machines of a book as a list for other programs, or for another book. Without secrets unless asked. */
import { InvalidBook } from '../errors.ts';
import type { Book } from './book.ts';
import { hostWithPorts } from './hosts.ts';
import type { BookMachine } from './schema.ts';
import type { LearnedMachine } from './state.ts';

/** How a list is written. */
export interface ExportOptions {
  readonly format: 'meshcommander' | 'csv' | 'json';
  /** Put passwords into the list, readable by everybody who has it. @default false */
  readonly secrets?: boolean;
  /** Names of machines. @default all */
  readonly names?: readonly string[];
  readonly learned?: (name: string) => LearnedMachine | undefined;
}

/** A list, and what a person should know about it. */
export interface ExportResult {
  readonly text: string;
  /** Sentences: secrets that could not be had. */
  readonly notes: readonly string[];
}

/** The list. A secret that cannot be looked up is left out and noted. */
export async function exportMachines(book: Book, options: ExportOptions): Promise<ExportResult> {
  const notes: string[] = [];
  const rows: ExportRow[] = [];
  for (const name of options.names ?? book.machines.keys()) {
    const entry = book.machines.get(name);
    if (entry === undefined) throw new InvalidBook(`${name} is not in the book ${book.path}.`, { file: book.path });
    const user = entry.user ?? book.credentials.get(entry.credentials ?? '')?.user ?? 'admin';
    let password: string | undefined;
    if (options.secrets === true) {
      try {
        ({ password } = await book.credentialsOf(name));
      } catch (error) {
        if (!(error instanceof InvalidBook)) throw error;
        notes.push(`${name} is written without a password. ${error.message}`);
      }
    }
    rows.push({ name, entry, user, password, learned: options.learned?.(name) ?? {} });
  }
  return { text: writers[options.format](rows, options.secrets === true), notes };
}

interface ExportRow {
  readonly name: string;
  readonly entry: BookMachine;
  readonly user: string;
  readonly password: string | undefined;
  readonly learned: LearnedMachine;
}

const writers: Readonly<Record<ExportOptions['format'], (rows: readonly ExportRow[], secrets: boolean) => string>> = {
  meshcommander: meshCommanderList,
  csv: csvList,
  json: ownList,
};

/** CRLF, two blanks, one group a machine. [MeshCommander] */
function meshCommanderList(rows: readonly ExportRow[]): string {
  const computers = rows.map(({ name, entry, user, password, learned }) => {
    const tls = tlsOf(entry, learned);
    return {
      name: encoded(name),
      host: hostWithPorts(entry.host, ...portsOf(entry, tls)),
      tags: encoded(entry.tags?.[0] ?? ''),
      user: encoded(user),
      pass: encoded(password ?? ''),
      tls: tls ? 1 : 0,
      ...(learned.version === undefined ? {} : { ver: learned.version }),
      ...(learned.realm === undefined ? {} : { digestrealm: learned.realm }),
      ...((entry.uuid ?? learned.uuid) ? { uuid: entry.uuid ?? learned.uuid } : {}),
    };
  });
  const text = JSON.stringify({ webappversion: '0.9.6', computers }, null, 2);
  return `${text}\n`.replaceAll('\n', '\r\n');
}

function csvList(rows: readonly ExportRow[], secrets: boolean): string {
  const columns = [
    'name',
    'host',
    'wsman',
    'redirection',
    'user',
    ...(secrets ? ['password'] : []),
    'tls',
    'tags',
    'uuid',
    'fingerprint',
  ];
  const lines = rows.map(({ name, entry, user, password, learned }) =>
    [
      name,
      entry.host,
      entry.ports?.wsman,
      entry.ports?.redirection,
      user,
      ...(secrets ? [password] : []),
      entry.tls ?? 'auto',
      entry.tags?.join(' '),
      entry.uuid ?? learned.uuid,
      entry.fingerprint ?? learned.fingerprint,
    ]
      .map(csvCell)
      .join(','),
  );
  return [columns.join(','), ...lines, ''].join('\r\n');
}

function ownList(rows: readonly ExportRow[]): string {
  const machines = rows.map(({ name, entry, user, password }) => {
    const { credentials: _, password: __, ...plain } = entry;
    return [name, { ...plain, user, ...(password === undefined ? {} : { password }) }];
  });
  return `${JSON.stringify({ amtkit: 1, machines: Object.fromEntries(machines) }, null, 2)}\n`;
}

/** MeshCommander decodes every value when it uses it, and fails on a bare `%`; anything else may stay as it is. */
function encoded(text: string): string {
  return text.includes('%') ? encodeURIComponent(text) : text;
}

function tlsOf(entry: BookMachine, learned: LearnedMachine): boolean {
  if (entry.tls === 'on' || entry.tls === 'off') return entry.tls === 'on';
  return learned.tls === 'on' || entry.ports?.wsman === 16993;
}

/** A second port can only be written behind a first. */
function portsOf({ ports }: BookMachine, tls: boolean): (number | undefined)[] {
  if (ports?.redirection === undefined) return [ports?.wsman];
  return [ports.wsman ?? (tls ? 16993 : 16992), ports.redirection];
}

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /^\s|\s$|[",;\r\n\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
