import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BookPlugin } from '../../book/schema.ts';
import { InvalidBook } from '../../errors.ts';
import { listPlugins, loadPlugins } from './load.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-plugins-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const bookOf = (...plugins: readonly (Partial<BookPlugin> & { use: string })[]) => ({
  path: join(folder, 'amtkit.yaml'),
  plugins: plugins.map((each) => ({ options: {}, isolation: 'inline' as const, ...each })),
});
const load = (...uses: string[]) => loadPlugins(bookOf(...uses.map((use) => ({ use }))));

const manifest = (more: object = {}): string =>
  JSON.stringify({
    name: 'amtkit-plugin-rack',
    version: '1.2.3',
    type: 'module',
    keywords: ['amtkit-plugin'],
    engines: { '@amtkit/core': '>=0.0.0' },
    exports: './main.js',
    ...more,
  });

describe('Plugins of a book', () => {
  it('are files beside it: TypeScript as it is, modules, CommonJS', async () => {
    await put({
      'one.ts': `interface Name { readonly name: string }\nexport default { name: 'one' } satisfies Name;`,
      'two.mjs': `export default { name: 'two' };`,
      'sub/three.cjs': `module.exports = { name: 'three' };`,
      'four.cjs': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = { name: 'four' };`,
    });
    const uses = await load('./one.ts', './two.mjs', 'sub/three.cjs', join(folder, 'four.cjs'));
    expect(uses.map(({ plugin, version }) => [plugin.name, version])).toEqual([
      ['one', undefined],
      ['two', undefined],
      ['three', undefined],
      ['four', undefined],
    ]);
  });

  it('keep their order and what the book says of them', async () => {
    await put({ 'one.mjs': `export default { name: 'one' };`, 'two.mjs': `export default { name: 'two' };` });
    const uses = await loadPlugins(
      bookOf({ use: './two.mjs', options: { a: 1 }, machines: ['@lab'] }, { use: './one.mjs' }),
    );
    expect(uses).toMatchObject([
      {
        plugin: { name: 'two' },
        options: { a: 1 },
        machines: ['@lab'],
        place: { file: join(folder, 'amtkit.yaml'), key: 'plugins[0].options' },
      },
      { plugin: { name: 'one' } },
    ]);
  });

  it('are packages beside it or above it, with or without a scope', async () => {
    await put({
      'node_modules/amtkit-plugin-rack/package.json': manifest(),
      'node_modules/amtkit-plugin-rack/main.js': `export default { name: 'rack' };`,
      'node_modules/@me/amtkit-plugin-shelf/package.json': manifest({
        exports: { '.': { types: './main.d.ts', require: './no.cjs', import: './lib/shelf.js' } },
      }),
      'node_modules/@me/amtkit-plugin-shelf/lib/shelf.js': `export default { name: 'shelf' };`,
      'node_modules/amtkit-plugin-old/package.json': manifest({ type: 'commonjs', exports: undefined, main: 'old.js' }),
      'node_modules/amtkit-plugin-old/old.js': `module.exports = { name: 'old' };`,
    });
    const uses = await load('amtkit-plugin-rack', '@me/amtkit-plugin-shelf', 'amtkit-plugin-old');
    expect(uses.map(({ plugin, version }) => [plugin.name, version])).toEqual([
      ['rack', '1.2.3'],
      ['shelf', '1.2.3'],
      ['old', '1.2.3'],
    ]);
    const above = { ...bookOf({ use: 'amtkit-plugin-rack' }), path: join(folder, 'a/b/amtkit.yaml') };
    expect((await loadPlugins(above))[0]?.plugin.name).toBe('rack');
  });

  it.each([
    ['rack', /"rack" is neither a file nor the name of a package for plugins\.$/],
    ['./nobody.ts', /there is no file \S+nobody\.ts\.$/],
    ['amtkit-plugin-nobody', /the package amtkit-plugin-nobody is not installed\.$/],
    ['amtkit-plugin-words', /is no plugin: its package\.json lacks the keyword amtkit-plugin\.$/],
    ['amtkit-plugin-any', /does not say in its engines which versions of @amtkit\/core it is for\.$/],
    ['amtkit-plugin-new', /amtkit-plugin-new 1\.2\.3 is for @amtkit\/core >=99, and this is \d/],
    ['amtkit-plugin-torn', /the package\.json of amtkit-plugin-torn is no JSON\.$/],
    ['./empty.mjs', /\.\/empty\.mjs is no plugin: it has no default export\.$/],
    ['./named.mjs', /is no plugin: its name must be lower-case letters, digits and single dashes\.$/],
    ['./hooky.mjs', /is no plugin: there is no hook beforeAktion; there are machineAdded, /],
    ['./number.mjs', /is no plugin: beforeAction must be a function\.$/],
    ['./schema.mjs', /is no plugin: its options must be a schema, such as z\.object\(\{ … \}\)\.$/],
    ['./throws.mjs', /\.\/throws\.mjs cannot be loaded: not today\.$/],
    ['./lacks.mjs', /cannot be loaded: Cannot find .*nothing-there/],
    ['./torn.mjs', /cannot be loaded: ./],
  ])('are refused with a sentence that names the entry: %s', async (use, sentence) => {
    await put({
      'node_modules/amtkit-plugin-words/package.json': manifest({ keywords: ['amt'] }),
      'node_modules/amtkit-plugin-any/package.json': manifest({ engines: { node: '>=22' } }),
      'node_modules/amtkit-plugin-new/package.json': manifest({ engines: { '@amtkit/core': '>=99' } }),
      'node_modules/amtkit-plugin-torn/package.json': '{',
      'empty.mjs': 'export const plugin = {};',
      'named.mjs': `export default { name: 'My Plugin' };`,
      'hooky.mjs': `export default { name: 'hooky', beforeAktion() {} };`,
      'number.mjs': `export default { name: 'number', beforeAction: 7 };`,
      'schema.mjs': `export default { name: 'schema', options: {} };`,
      'throws.mjs': `throw new Error('not today');`,
      'lacks.mjs': `import './nothing-there.js';`,
      'torn.mjs': `export default {`,
      'fine.mjs': `export default { name: 'fine' };`,
    });
    const failure = await load('./fine.mjs', use).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidBook);
    const { message, key } = failure as InvalidBook;
    expect(message).toMatch(sentence);
    expect(message.startsWith(`${join(folder, 'amtkit.yaml')}: plugins[1].use: `)).toBe(true);
    expect(key).toBe('plugins[1].use');
  });

  it('are listed with what they are, or with what is wrong', async () => {
    await put({
      'one.mjs': `export default { name: 'one', afterAction() {}, beforeAction() {} };`,
      'picky.mjs': `export default { name: 'picky', options: { '~standard': { version: 1, vendor: 'x', validate: () => ({ issues: [{ message: 'is missing', path: ['url'] }] }) } } };`,
    });
    const listed = await listPlugins(
      bookOf(
        { use: './one.mjs', machines: ['@lab'] },
        { use: './one.mjs' },
        { use: './picky.mjs' },
        { use: './no.ts' },
      ),
    );
    expect(listed.map(({ name, hooks, machines, problem }) => [name, hooks, machines, problem?.message])).toEqual([
      ['one', ['beforeAction', 'afterAction'], ['@lab'], undefined],
      ['one', ['beforeAction', 'afterAction'], undefined, expect.stringContaining('called one already')],
      ['picky', [], undefined, expect.stringContaining('plugins[2].options.url of the plugin picky is missing.')],
      [undefined, [], undefined, expect.stringContaining('there is no file')],
    ]);
  });
});
