/** Reads lists of machines that other programs, or amtkit itself, have saved. Writes nothing. */
import { InvalidBook } from '../errors.ts';
import { check } from './document.ts';
import { parseHost } from './hosts.ts';
import { listFromLines } from './lists/csv.ts';
import { decrypt, isEncrypted } from './lists/encrypted.ts';
import { listFromJson } from './lists/json.ts';
import { isObject, type List, type ListFormat, type ListProblem, type ListRow } from './lists/list.ts';
import { machineNameFrom, tagFrom } from './names.ts';
import type { BookMachine, BookMachineInput } from './schema.ts';

/** A machine of a list, ready for the book. */
export interface ImportedMachine {
  /** Valid, and free in the book and the list; of a known machine, its name in the book. */
  readonly name: string;
  /** Line of a text, or place in an array, from 1. */
  readonly row: number;
  readonly entry: BookMachineInput;
  /** Already in the book: by UUID, digest realm, or host and port. */
  readonly known: boolean;
  /** The password as it stands in the list, where decoding it was a guess: worth one try when the other is refused. */
  readonly literalPassword?: string;
  /** Digest realm last seen by the other program. */
  readonly realm?: string;
  /** Sentences for a person. */
  readonly notes: readonly string[];
}

/** What a list holds. */
export interface ImportResult {
  readonly format: ListFormat;
  readonly machines: readonly ImportedMachine[];
  /** Rows that became no machine: wrong, or there twice. */
  readonly problems: readonly ListProblem[];
}

/** What helps to read a list. */
export interface ImportOptions {
  /** Of an encrypted list. */
  readonly password?: string;
  /** Machines there are already. */
  readonly machines?: ReadonlyMap<string, BookMachine>;
  /** Digest realm of a machine there is already. */
  readonly realmOf?: (name: string) => string | undefined;
}

/** Whether a list cannot be read without a password. */
export function isEncryptedList(file: Uint8Array): boolean {
  const text = decodeText(file).trimStart();
  return text.startsWith('{') && isEncrypted(parseJson(text));
}

/** Reads a list of any known kind. @throws InvalidBook when it is none, or does not open */
export async function importMachines(file: Uint8Array, options: ImportOptions = {}): Promise<ImportResult> {
  const text = decodeText(file);
  if (!/^\s*[[{]/.test(text)) {
    const list = listFromLines(text);
    if (list !== undefined) return toMachines(list, options);
    throw new InvalidBook('This list has no header line with a column host or name, and is not one host a line.');
  }
  let data = parseJson(text);
  if (isEncrypted(data)) {
    if (options.password === undefined) throw new InvalidBook('This list is encrypted; it needs its password.');
    data = parseJson(await decrypt(data, options.password));
  }
  if (isObject(data) && data.amtkit === 1 && isObject(data.machines)) return ownList(data.machines, options);
  const list = listFromJson(data);
  if (list !== undefined) return toMachines(list, options);
  throw new InvalidBook('This JSON is not a list of machines that amtkit knows.');
}

/** UTF-8, UTF-16 with its mark, or what Windows wrote before them. */
function decodeText(file: Uint8Array): string {
  const [first, second] = file;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(file);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch {
    return new TextDecoder('windows-1252').decode(file);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which holds passwords.
    throw new InvalidBook('This list begins like JSON and is not.');
  }
}

/** amtkit's own export: entries as they stand in a book. */
function ownList(machines: Readonly<Record<string, unknown>>, options: ImportOptions): ImportResult {
  const sorted = new Sorter(options);
  for (const [index, [name, entry]] of Object.entries(machines).entries()) {
    sorted.add({ row: index + 1, name }, entry as BookMachineInput);
  }
  return { format: 'amtkit', ...sorted };
}

function toMachines(list: List, options: ImportOptions): ImportResult {
  const sorted = new Sorter(options);
  const problems = [...list.problems];
  for (const row of list.rows) {
    try {
      sorted.add(row, entryOf(row));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      problems.push({ row: row.row, text: error.message });
    }
  }
  const all = [...problems, ...sorted.problems].sort((a, b) => a.row - b.row);
  return { format: list.format, machines: sorted.machines, problems: all };
}

function entryOf(row: ListRow): BookMachineInput {
  if (row.host === undefined) throw new TypeError('It has no host.');
  const { host, ports: typed } = parseHost(row.host);
  const ports = { ...row.ports, ...typed };
  const tls = row.tls ?? tlsOfPort(ports.wsman);
  const left = Object.fromEntries(Object.entries(ports).filter(([, port]) => !standard(port, tls)));
  const tags = [...new Set((row.tags ?? []).flatMap((tag) => tagFrom(tag) ?? []))];
  return {
    host,
    ...(tls === undefined || tls === 'auto' ? {} : { tls }),
    ...(Object.keys(left).length === 0 ? {} : { ports: left }),
    ...(row.fingerprint === undefined ? {} : { fingerprint: row.fingerprint }),
    ...(row.user === undefined ? {} : { user: row.user }),
    ...(row.password === undefined ? {} : { password: row.password }),
    ...(row.uuid === undefined ? {} : { uuid: row.uuid }),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

/** A list that names a port and says nothing of TLS: the standard ports say it, others speak plain. */
function tlsOfPort(port: number | undefined): 'on' | 'off' | undefined {
  if (port === undefined) return undefined;
  return port === 16993 ? 'on' : 'off';
}

function standard(port: number | undefined, tls: 'auto' | 'on' | 'off' | undefined): boolean {
  if (port === 16993 || port === 16995) return tls !== 'off';
  return (port === 16992 || port === 16994) && tls !== 'on';
}

/** Checks entries, names them, and tells new machines from known ones and from those that are there twice. */
class Sorter {
  readonly machines: ImportedMachine[] = [];
  readonly problems: ListProblem[] = [];
  /** By what makes a machine the same as another: who has it. */
  readonly #known = new Map<string, Sameness<string>>();
  readonly #listed = new Map<string, Sameness<number>>();
  readonly #taken: Set<string>;

  constructor({ machines = new Map(), realmOf }: ImportOptions) {
    this.#taken = new Set(machines.keys());
    for (const [name, entry] of machines) {
      for (const key of keysOf(entry, realmOf?.(name))) this.#known.set(key, { who: name, uuid: entry.uuid });
    }
  }

  add(row: ListRow, entry: BookMachineInput): void {
    let checked: BookMachine | undefined;
    try {
      checked = check({ machines: { row: entry } }, 'list', { lineOf: () => undefined }).machines.row;
    } catch (error) {
      if (!(error instanceof InvalidBook)) throw error;
      this.problems.push({ row: row.row, text: error.message.replace(/^list: (machines\.row\.?)?\s*/, '') });
    }
    if (checked === undefined) return;
    const keys = keysOf(checked, row.realm);
    const twin = theSame(this.#listed, keys, checked.uuid);
    for (const key of keys) this.#listed.set(key, { who: row.row, uuid: checked.uuid });
    if (twin !== undefined) {
      this.problems.push({ row: row.row, text: `This is the machine of row ${twin} again.` });
      return;
    }
    const known = theSame(this.#known, keys, checked.uuid);
    const name = known ?? machineNameFrom(row.name ?? entry.host, this.#taken);
    this.#taken.add(name);
    this.machines.push({
      name,
      row: row.row,
      entry,
      known: known !== undefined,
      ...(row.literalPassword === undefined ? {} : { literalPassword: row.literalPassword }),
      ...(row.realm === undefined ? {} : { realm: row.realm }),
      notes: row.notes ?? [],
    });
  }
}

interface Sameness<T> {
  readonly who: T;
  readonly uuid: string | undefined;
}

/** An address may have passed to another machine: different UUIDs are different machines, whatever else agrees. */
function theSame<T>(
  among: ReadonlyMap<string, Sameness<T>>,
  keys: readonly string[],
  uuid: string | undefined,
): T | undefined {
  return keys
    .map((key) => among.get(key))
    .find((found) => found !== undefined && (uuid === undefined || found.uuid === undefined || found.uuid === uuid))
    ?.who;
}

/** What makes a machine the same as another, most reliable first. */
function keysOf({ uuid, host, ports }: BookMachine, realm: string | undefined): string[] {
  const place = `host ${host.toLowerCase()} ${ports?.wsman ?? ''}`;
  return [...(uuid === undefined ? [] : [`uuid ${uuid}`]), ...(realm === undefined ? [] : [`realm ${realm}`]), place];
}
