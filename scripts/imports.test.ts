import { expect, test } from 'vitest';
import { codeOf, importsOf } from './imports.ts';

const forms = [
  ["import { a } from './a.ts';", { specifier: './a.ts' }],
  ["import a, { type b } from './a.ts';", { specifier: './a.ts' }],
  ["import * as a from 'node:fs';", { specifier: 'node:fs' }],
  ["import './a.ts';", { specifier: './a.ts' }],
  ["import {\n  a,\n  b,\n} from './a.ts';", { specifier: './a.ts' }],
  ["import type { a } from './a.ts';", { specifier: './a.ts', typeOnly: true }],
  ["import type from './a.ts';", { specifier: './a.ts' }],
  ["export { a } from './a.ts';", { specifier: './a.ts', reexport: true }],
  ["export * from './a.ts';", { specifier: './a.ts', reexport: true }],
  ["export type { a } from './a.ts';", { specifier: './a.ts', reexport: true, typeOnly: true }],
  ["const a = await import('./a.ts');", { specifier: './a.ts', dynamic: true }],
  ['type A = import("./a.ts").A;', { specifier: './a.ts', dynamic: true }],
] as const;

test.each(forms)('finds the import in %j', (source, expected) => {
  const plain = { line: 1, dynamic: false, typeOnly: false, reexport: false };
  expect(importsOf(source)).toEqual([{ ...plain, ...expected }]);
});

const nothing = [
  "// import { a } from './a.ts';",
  "/** Example:\n * import { a } from './a.ts';\n */",
  'const text = "import { a } from \'./a.ts\';";',
  "const text = `import { a } from './a.ts'; ${'import x from \"./b.ts\"'}`;",
  "const pattern = /import '(.*)'/; const other = 'x';",
  'export const from = 1;',
  "export const a = b.from('./a.ts');",
  "import.meta.resolve('./a.ts');",
];

test.each(nothing)('finds no import in %j', (source) => {
  expect(importsOf(source)).toEqual([]);
});

test('numbers lines from 1', () => {
  const source = "/* two\nlines */\nimport { a } from './a.ts';\n\nexport { b } from './b.ts';\n";
  expect(importsOf(source).map(({ line }) => line)).toEqual([3, 5]);
});

test('does not take an export for the beginning of a later import', () => {
  const source = "export const a = 1;\nimport { b } from './b.ts';\n";
  expect(importsOf(source)).toMatchObject([{ specifier: './b.ts', line: 2, reexport: false }]);
});

test('keeps code between templates and after them', () => {
  const source = 'const a = `x ${ f({ b: `y` }) } z`; Date.now();';
  expect(codeOf(source)).toHaveLength(source.length);
  expect(codeOf(source)).toContain('f({ b:');
  expect(codeOf(source)).toContain('Date.now();');
  expect(codeOf(source)).not.toMatch(/[xyz]/);
});

test('tells a division from a regular expression', () => {
  expect(codeOf("const a = b / c; const d = '/';")).toBe("const a = b / c; const d = ' ';");
  expect(codeOf('const a = /["/]/.test(b);')).toBe('const a =       .test(b);');
});
