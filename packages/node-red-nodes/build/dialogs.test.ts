/** Dialogs as the editor reads them: each property has its field, each word stands in every language, ids stay. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { manifestNodes } from './folders.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const types = Object.keys(manifestNodes(root));
const folderOf = (type: string) => join(root, 'src', type.slice('amt-'.length));
const htmlOf = (type: string) => readFileSync(join(folderOf(type), `${type}.html`), 'utf8');
const SHARED = '@amtkit/node-red-amt/amt-fleet:';

interface Definition {
  readonly category: string;
  readonly defaults: Readonly<Record<string, { readonly value: unknown; readonly type?: string }>>;
  readonly credentials?: Readonly<Record<string, unknown>>;
  readonly outputs?: number;
}

/** What the script of a dialog registers. */
function definitionOf(type: string): Definition {
  const [, script = ''] = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(htmlOf(type)) ?? [];
  let found: Definition | undefined;
  const registerType = (name: string, definition: Definition): void => {
    expect(name).toBe(type);
    found = definition;
  };
  runInNewContext(script, { RED: { nodes: { registerType } }, amtkit: {} });
  if (found === undefined) throw new Error(`${type} registers nothing.`);
  return found;
}

/** The words of a node in a language. */
function catalog(type: string, language: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(folderOf(type), 'locales', language, `${type}.json`), 'utf8'));
}

function wordIn(words: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], words);
}

/** Keys of a catalog, to compare languages. */
function keysOf(words: unknown, before = ''): string[] {
  if (typeof words !== 'object' || words === null) return [before];
  return Object.entries(words).flatMap(([key, value]) => keysOf(value, before === '' ? key : `${before}.${key}`));
}

const languages = readdirSync(join(folderOf('amt-fleet'), 'locales'));

describe.each(types)('%s', (type) => {
  const html = htmlOf(type);
  const definition = definitionOf(type);
  const prefix = definition.category === 'config' ? 'node-config-input' : 'node-input';

  it('has a field for each property and credential', () => {
    const names = [...Object.keys(definition.defaults), ...Object.keys(definition.credentials ?? {})];
    // The inputs of a capability are drawn from the table.
    const fields = names.filter((name) => !(type === 'amt-action' && name === 'input'));
    expect(fields.filter((name) => !html.includes(`id="${prefix}-${name}"`))).toEqual([]);
    for (const name of ['x', 'y', 'z', 'wires', 'type', 'id', 'outputs', 'inputs']) {
      expect(definition.defaults).not.toHaveProperty(name);
    }
  });

  it('has each id once', () => {
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.length).toBe(new Set(ids).size);
  });

  it('has a label for each field that a person fills in', () => {
    const labelled = new Set([...html.matchAll(/<label for="([^"]+)"/g)].map(([, id]) => id));
    const fields = [...html.matchAll(/<(?:input type="(?:text|number|checkbox|password)"|select) id="([^"]+)"/g)];
    expect(fields.map(([, id]) => id).filter((id) => !labelled.has(id))).toEqual([]);
  });

  it.each(languages)('has all its words in %s', (language) => {
    const keys = [...html.matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g)].map(([, key = '']) => key);
    const own = [...html.matchAll(/(?:this|node)\._\('([^']+[^.'])'/g)].map(([, key = '']) => key);
    for (const key of [...keys, ...own]) {
      const shared = key.startsWith(SHARED);
      const words = catalog(shared ? 'amt-fleet' : type, language);
      expect([key, wordIn(words, shared ? key.slice(SHARED.length) : key)]).toEqual([key, expect.any(String)]);
    }
    expect(keysOf(catalog(type, language)).sort()).toEqual(keysOf(catalog(type, 'en-US')).sort());
    for (let output = 0; (definition.outputs ?? 0) > 1 && output < (definition.outputs ?? 0); output++) {
      const [, key = ''] = /this\._\('([^']+)\.' \+ index\)/.exec(html) ?? [];
      expect(wordIn(catalog(type, language), `${key}.${output}`)).toEqual(expect.any(String));
    }
  });

  it('has help in every language', () => {
    expect(html).toMatch(new RegExp(`data-help-name="${type}">\\s*<p>[A-Z]`));
    for (const language of languages.filter((each) => each !== 'en-US')) {
      const file = join(folderOf(type), 'locales', language, `${type}.html`);
      expect([file, existsSync(file)]).toEqual([file, true]);
    }
  });
});
