import { expect, test } from 'vitest';
import { violations } from './arrows.ts';
import { rules } from './boundaries.ts';

/** A repository of a few files: what is wrong with it. */
function wrong(files: Record<string, string>): string[] {
  return violations(new Map(Object.entries(files)), rules);
}

const core = 'packages/core/src';

test('lets a file import from its own folder and from below', () => {
  const files = {
    [`${core}/bytes/layout.ts`]: '',
    [`${core}/wsman/xml.ts`]: '',
    [`${core}/wsman/envelope.ts`]: "import './xml.ts';\nimport '../bytes/layout.ts';",
    [`${core}/machine/power.ts`]: "import type { E } from '../wsman/envelope.ts';",
  };
  expect(wrong(files)).toEqual([]);
});

test('forbids an import from a higher floor, also of a type', () => {
  const files = {
    [`${core}/wsman/client.ts`]: '',
    [`${core}/wsman/xml.ts`]: "\nimport type { WsmanClient } from './client.ts';",
  };
  expect(wrong(files)).toEqual([
    `${core}/wsman/xml.ts:2: imports wsman/client.ts, which is above it (floor 3 from floor 1)`,
  ]);
});

test('stacks capabilities on the machine, and automation on the book', () => {
  const files = {
    [`${core}/machine/power.ts`]: "import '../capabilities/power.ts';",
    [`${core}/capabilities/power.ts`]: '',
    [`${core}/book/book.ts`]: '',
    [`${core}/automation/fleet.ts`]: "import '../book/book.ts';\nimport '../capabilities/power.ts';",
  };
  expect(wrong(files)).toHaveLength(1);
  expect(wrong(files)[0]).toContain('imports capabilities/power.ts');
});

test('keeps neighbours on one floor apart', () => {
  const files = { [`${core}/events/pet.ts`]: "import '../wsman/xml.ts';", [`${core}/wsman/xml.ts`]: '' };
  expect(wrong(files)[0]).toContain('a neighbour on floor 1');
});

test('keeps the redirection protocols strangers to one another', () => {
  const files = {
    [`${core}/redirection/sol/sol.ts`]: "import '../kvm/messages.ts';",
    [`${core}/redirection/kvm/messages.ts`]: '',
  };
  expect(wrong(files)[0]).toContain('separate protocols');
});

test('asks for a place in the table when a file stands on no floor', () => {
  const files = { [`${core}/misc/a.ts`]: "import '../errors.ts';", [`${core}/errors.ts`]: '' };
  expect(wrong(files)[0]).toContain('stands on no floor');
});

const impure = [
  "import { readFileSync } from 'node:fs';",
  "const fs = await import('node:fs');",
  'const now = Date.now();',
  'const now = new Date();',
  'const now = performance.now();',
  'setTimeout(() => {}, 1);',
  'const home = process.env.HOME;',
  'const bytes = Buffer.alloc(3);',
];

test.each(impure)('forbids %j up to floor 2 and allows it above', (source) => {
  expect(wrong({ [`${core}/wsman/xml.ts`]: source })).toHaveLength(1);
  expect(wrong({ [`${core}/wsman/http.ts`]: source })).toEqual([]);
  expect(wrong({ [`${core}/wsman/xml.test.ts`]: source })).toEqual([]);
});

test('lets a low floor name a given date, and a timer that is handed in', () => {
  const source = 'export const day = (clock) => [new Date(0), clock.setTimeout(() => {}, 1)];';
  expect(wrong({ [`${core}/wsman/xml.ts`]: source })).toEqual([]);
});

test('holds each entry of core to its floors', () => {
  const files = {
    [`${core}/wire.ts`]: "export { a } from './wsman/xml.ts';\nexport { b } from './wsman/client.ts';",
    [`${core}/index.ts`]: "export { b } from './wsman/client.ts';\nexport { c } from './automation/fleet.ts';",
    [`${core}/streams.ts`]: "export { d } from './transport/tcp.ts';",
    [`${core}/wsman/xml.ts`]: '',
    [`${core}/wsman/client.ts`]: '',
    [`${core}/automation/fleet.ts`]: '',
    [`${core}/transport/tcp.ts`]: '',
  };
  expect(wrong(files)).toEqual([
    `${core}/wire.ts:2: exports wsman/client.ts; this entry reaches up to floor 1`,
    `${core}/index.ts:2: exports automation/fleet.ts; this entry reaches up to floor 4`,
    `${core}/streams.ts:1: exports transport/tcp.ts; this entry reaches up to floor 1`,
  ]);
});

test('shows the simulator wire and streams, and to its tests the testing entry', () => {
  const simulator = 'packages/simulator/src';
  const use = (entry: string) => `import '@amtkit/core${entry}';`;
  expect(wrong({ [`${simulator}/a.ts`]: use('/wire') + use('/streams') })).toEqual([]);
  expect(wrong({ [`${simulator}/a.ts`]: use('/protocols') })).toHaveLength(1);
  expect(wrong({ [`${simulator}/a.ts`]: use('') })).toHaveLength(1);
  expect(wrong({ [`${simulator}/a.ts`]: use('/testing') })).toHaveLength(1);
  expect(wrong({ [`${simulator}/a.test.ts`]: use('/testing') })).toEqual([]);
});

test('lets the command line load the bridge only when it is used', () => {
  const command = 'packages/cli/src/commands/bridge.ts';
  expect(wrong({ [command]: "const { bridge } = await import('@amtkit/mqtt-bridge');" })).toEqual([]);
  expect(wrong({ [command]: "import type { Bridge } from '@amtkit/mqtt-bridge';" })).toEqual([]);
  expect(wrong({ [command]: "import { bridge } from '@amtkit/mqtt-bridge';" })[0]).toContain('only import()');
});

test('keeps surfaces from knowing each other', () => {
  expect(wrong({ 'packages/mqtt-bridge/src/a.ts': "import '@amtkit/cli';" })).toHaveLength(1);
  expect(wrong({ 'packages/mqtt-bridge/src/a.ts': "import '@amtkit/simulator';" })).toHaveLength(1);
  expect(wrong({ 'test/power.test.ts': "import '@amtkit/simulator';\nimport '@amtkit/mqtt-bridge';" })).toEqual([]);
});

test('lets journeys use what the tests of a package share', () => {
  const shared = 'packages/mqtt-bridge/src/testing/rules.ts';
  const use = `import '../packages/mqtt-bridge/src/testing/rules.ts';`;
  expect(wrong({ 'test/a.test.ts': use, [shared]: '' })).toEqual([]);
  expect(wrong({ 'bench/a.ts': use, [shared]: '' })).toHaveLength(1);
});

test('forbids a path into another package', () => {
  const files = {
    'packages/cli/src/a.ts': "import '../../core/src/errors.ts';",
    [`${core}/errors.ts`]: '',
  };
  expect(wrong(files)[0]).toContain('across packages by its path');
});

test('lets the test runner of a package be set up by the checkout, and nothing else of it', () => {
  const shared = { 'scripts/patience.ts': '' };
  const line = "import { patience } from '../../scripts/patience.ts';";
  expect(wrong({ ...shared, 'packages/cli/vitest.config.ts': line })).toEqual([]);
  expect(wrong({ ...shared, 'packages/cli/src/a.ts': "import '../../../scripts/patience.ts';" })).toHaveLength(1);
});

test('forbids a barrel where no table of contents belongs', () => {
  const files = { [`${core}/wsman/more.ts`]: "export { a } from './xml.ts';", [`${core}/wsman/xml.ts`]: '' };
  expect(wrong(files)[0]).toContain('re-exports');
});

test('finds a circle, and names it once', () => {
  const files = {
    'packages/cli/src/a.ts': "import './b.ts';",
    'packages/cli/src/b.ts': "import './c.ts';",
    'packages/cli/src/c.ts': "import type { A } from './a.ts';",
  };
  expect(wrong(files)).toEqual([
    'packages/cli/src/a.ts:1: imports itself in a circle: packages/cli/src/a.ts → packages/cli/src/b.ts → packages/cli/src/c.ts → packages/cli/src/a.ts',
  ]);
});

test('keeps a library behind its file', () => {
  expect(wrong({ [`${core}/wsman/http.ts`]: "import { Client } from 'undici';" })).toEqual([]);
  expect(wrong({ [`${core}/wsman/client.ts`]: "import { Client } from 'undici';" })[0]).toMatch(
    /sits behind .*wsman\/http\.ts.* only/,
  );
  expect(wrong({ [`${core}/machine/power.ts`]: "import { z } from 'zod/v4';" })).toHaveLength(1);
});
