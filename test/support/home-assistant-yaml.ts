/** YAML of Home Assistant in our documents: code blocks of a page, and blueprints with their `!input`. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A mapping as it was read. */
export type Mapping = Readonly<Record<string, unknown>>;

const docs = new URL('../../docs/', import.meta.url);

/** The YAML blocks of a page below `docs/`, parsed. */
export function yamlBlocks(page: string): unknown[] {
  const text = readFileSync(new URL(page, docs), 'utf8');
  return [...text.matchAll(/^( *)```yaml\n(.*?)^\1```/gms)].map(([, indent = '', block = '']) =>
    parse(block.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
  );
}

/** A reference to an input. */
export class Input {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A blueprint below `docs/`. */
export function readBlueprint(path: string): Mapping {
  const text = readFileSync(new URL(path, docs), 'utf8');
  const input = { tag: '!input', resolve: (name: string) => new Input(name) };
  return parse(text, { customTags: [input] }) as Mapping;
}

/** What stands anywhere in a document, the document itself included. */
export function* everything(value: unknown): Iterable<unknown> {
  yield value;
  if (typeof value !== 'object' || value === null || value instanceof Input) return;
  for (const inner of Object.values(value)) yield* everything(inner);
}

/** A copy with inputs in place of references. @throws TypeError for one that is not given */
export function filled(value: unknown, inputs: Mapping): unknown {
  if (value instanceof Input) {
    if (!(value.name in inputs)) throw new TypeError(`There is no input ${value.name}.`);
    return inputs[value.name];
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, inputs));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, inputs)]));
}
