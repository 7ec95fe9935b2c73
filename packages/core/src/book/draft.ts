/** Changes to a book, made in its YAML document so that comments and order stay. */
import { type Document, isAlias, isMap, isScalar, isSeq, Pair, Scalar, type YAMLMap } from 'yaml';
import { InvalidBook } from '../errors.ts';
import { isMachineName, machineNameFrom } from './names.ts';
import { didYouMean } from './nearest.ts';
import type { BookMachineInput } from './schema.ts';
import type { Secret } from './terms.ts';

/** What changes of a machine; `null` takes a key away. */
export type MachineChanges = { readonly [Key in keyof BookMachineInput]?: BookMachineInput[Key] | null | undefined };

/** A named set of credentials as it is written into the book. */
export interface CredentialsInput {
  /** @default 'admin' */
  readonly user?: string;
  readonly password: Secret;
}

/** A book that is being changed. Nothing is written before all changes are made, and none if one of them fails. */
export interface BookDraft {
  /** @throws InvalidBook when the name is taken, or cannot be a name */
  addMachine(name: string, entry: BookMachineInput): void;
  /** New `credentials` take `user` and `password` away, and the other way round. @throws InvalidBook when unknown */
  editMachine(name: string, changes: MachineChanges): void;
  /** Renames it where plugins are told about it, too. @throws InvalidBook when unknown, or the new name is taken */
  renameMachine(from: string, to: string): void;
  /** @throws InvalidBook when unknown */
  removeMachine(name: string): void;
  /** Writes a set; `undefined` takes it away. */
  setCredentials(name: string, set: CredentialsInput | undefined): void;
}

/** Changes of a document. @param file names the book in errors */
export function draftOf(document: Document, file: string): BookDraft {
  const machines = () => section(document, 'machines', file);
  const entryOf = (name: string): YAMLMap => {
    const known = machines();
    const entry = known.get(name, true);
    if (isMap(entry)) return entry;
    if (isAlias(entry)) throw refusal(file, `machines.${name} is an alias in the text and can only be edited by hand`);
    throw refusal(file, `There is no machine called ${name}${didYouMean(name, keysOf(known))}`);
  };
  const freeName = (name: string): void => {
    if (!isMachineName(name)) {
      const advice = machineNameFrom(name, { has: (other) => other === name });
      throw refusal(file, `A machine cannot be called ${JSON.stringify(name)}; ${advice} would do`);
    }
    if (machines().has(name)) throw refusal(file, `There is a machine called ${name} already`);
  };
  return {
    addMachine(name, entry) {
      freeName(name);
      machines().add(new Pair(new Scalar(name), nodeOf(document, defined(entry))));
    },
    editMachine(name, changes) {
      const entry = entryOf(name);
      const { credentials, user, password } = changes;
      if (typeof credentials === 'string') for (const key of ['user', 'password']) entry.delete(key);
      else if (typeof user === 'string' || (password !== undefined && password !== null)) entry.delete('credentials');
      for (const [key, value] of Object.entries(changes)) {
        if (value === undefined) continue;
        if (value === null) entry.delete(key);
        else setValue(document, entry, key, value);
      }
    },
    renameMachine(from, to) {
      entryOf(from);
      freeName(to);
      const pair = machines().items.find(({ key }) => String(isScalar(key) ? key.value : key) === from);
      if (isScalar(pair?.key)) pair.key.value = to;
      renameInPlugins(document, from, to);
    },
    removeMachine(name) {
      const known = machines();
      if (!known.has(name)) entryOf(name);
      known.delete(name);
    },
    setCredentials(name, set) {
      const known = section(document, 'credentials', file);
      if (set === undefined) known.delete(name);
      else setValue(document, known, name, defined(set));
    },
  };
}

/** The text of a document, indented as the original was. */
export function textOf(document: Document, original: string): string {
  const indent = /^[^\s#-][^\n]*:[^\S\n]*(?:#[^\n]*)?\r?\n(?:[^\S\n]*(?:#[^\n]*)?\r?\n)*( {1,8})\S/m.exec(
    original,
  )?.[1];
  return document.toString({
    lineWidth: 0,
    indent: indent?.length ?? 2,
    indentSeq: !/^([ ]*)[^\s#-][^\n]*:\r?\n\1- /m.test(original),
  });
}

function section(document: Document, name: string, file: string): YAMLMap {
  if (document.contents === null) {
    // A text of nothing but comments: they stay above.
    document.commentBefore = [document.commentBefore, document.comment].filter(Boolean).join('\n') || null;
    document.comment = null;
    document.contents = document.createNode({}) as unknown as typeof document.contents;
  }
  const root = document.contents;
  if (!isMap(root)) throw refusal(file, 'The book is not a mapping');
  const found = root.get(name, true);
  if (isMap(found)) {
    if (found.items.length === 0) found.flow = false;
    return found;
  }
  if (isAlias(found)) throw refusal(file, `${name} is an alias in the text and can only be edited by hand`);
  const made = document.createNode({}) as YAMLMap;
  if (isScalar(found)) made.commentBefore = [found.commentBefore, found.comment].filter(Boolean).join('\n') || null;
  root.set(name, made);
  return made;
}

/** A scalar in the place of a scalar keeps its comment. */
function setValue(document: Document, map: YAMLMap, key: string, value: unknown): void {
  const before = map.get(key, true);
  const node = nodeOf(document, value, key);
  if (isScalar(before) && isScalar(node)) {
    before.value = node.value;
    if (node.type !== undefined) before.type = node.type;
  } else {
    map.set(key, node);
  }
}

/** A node as a person would write it: short mappings and lists on one line, passwords in quotes. */
function nodeOf(document: Document, value: unknown, key = ''): ReturnType<Document['createNode']> {
  const node = document.createNode(value);
  if (isMap(node) && INLINE.has(key)) node.flow = true;
  if (isSeq(node)) node.flow = true;
  if (isScalar(node) && key === 'password') node.type = Scalar.QUOTE_DOUBLE;
  if (isMap(node)) {
    for (const pair of node.items) {
      const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
      pair.value = nodeOf(document, (value as Readonly<Record<string, unknown>>)[name], name);
    }
  }
  return node;
}

const INLINE: ReadonlySet<string> = new Set(['password', 'ports', 'switchOff']);

function renameInPlugins(document: Document, from: string, to: string): void {
  const plugins = document.get('plugins', true);
  if (!isSeq(plugins)) return;
  for (const plugin of plugins.items) {
    const filter = isMap(plugin) ? plugin.get('machines', true) : undefined;
    if (!isSeq(filter)) continue;
    for (const item of filter.items) if (isScalar(item) && item.value === from) item.value = to;
  }
}

function keysOf(map: YAMLMap): string[] {
  return map.items.map(({ key }) => String(isScalar(key) ? key.value : key));
}

function defined(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined && part !== null));
}

function refusal(file: string, sentence: string): InvalidBook {
  return new InvalidBook(`${sentence}${sentence.endsWith('?') ? '' : '.'} Nothing was changed in ${file}.`, { file });
}
