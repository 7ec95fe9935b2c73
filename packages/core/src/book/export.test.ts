import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Book, openBook } from './book.ts';
import { exportMachines } from './export.ts';
import { importMachines } from './import.ts';

let folder: string;
let book: Book;
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-export-'));
  const path = join(folder, 'amtkit.yaml');
  await writeFile(path, 'credentials:\n  lab: { user: lab-user, password: { env: AMTKIT_TEST_UNSET } }\n', {
    mode: 0o600,
  });
  book = await openBook(path, {
    secrets: { env: {}, keyring: async () => undefined, command: async () => '' },
  });
  await book.edit((draft) => {
    draft.addMachine('a', {
      host: '10.0.0.1',
      password: printable,
      tls: 'on',
      ports: { redirection: 9000 },
      tags: ['lab', 'floor-2'],
      uuid: '4c4c4544-0042-4410-8050-000000000001',
      switchOff: 'hard',
    });
    draft.addMachine('b', {
      host: 'fe80::1',
      credentials: 'lab',
      ports: { wsman: 8000 },
      fingerprint: 'ab'.repeat(32),
    });
    draft.addMachine('c', { host: 'c.example', user: 'x', password: 'abc%41', tls: 'off' });
  });
});
afterEach(() => rm(folder, { recursive: true }));

const reimport = async (format: 'meshcommander' | 'csv' | 'json', secrets: boolean) => {
  const { text } = await exportMachines(book, { format, secrets });
  return (await importMachines(new TextEncoder().encode(text))).machines;
};

test.each(['meshcommander', 'csv', 'json'] as const)('%s has no secrets unless asked', async (format) => {
  const { text, notes } = await exportMachines(book, { format });
  expect(text).not.toContain(JSON.stringify(printable).slice(1, 40));
  expect(text).not.toContain('abc%41');
  expect(text).not.toContain('AMTKIT_TEST_UNSET');
  expect(notes).toEqual([]);
});

test.each(['meshcommander', 'csv', 'json'] as const)('%s comes back with every password intact', async (format) => {
  const machines = await reimport(format, true);
  expect(machines.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(machines.map(({ entry }) => entry.password)).toEqual([printable, undefined, 'abc%41']);
  expect(machines.map(({ entry }) => entry.user)).toEqual(['admin', 'lab-user', 'x']);
  expect(machines.map(({ entry }) => entry.host)).toEqual(['10.0.0.1', 'fe80::1', 'c.example']);
  expect(machines.map(({ entry }) => entry.ports)).toEqual([{ redirection: 9000 }, { wsman: 8000 }, undefined]);
});

test('a secret that cannot be had is noted', async () => {
  const { notes } = await exportMachines(book, { format: 'csv', secrets: true });
  expect(notes).toEqual([expect.stringMatching(/^b is written without a password\. .*AMTKIT_TEST_UNSET/)]);
});

test('our own list loses nothing of an entry but where its secrets come from', async () => {
  const [a, b] = await reimport('json', false);
  const { password: _, ...plain } = book.machines.get('a') ?? { host: '' };
  expect(a?.entry).toEqual({ ...plain, user: 'admin' });
  expect(b?.entry).toEqual({
    host: 'fe80::1',
    user: 'lab-user',
    ports: { wsman: 8000 },
    fingerprint: 'AB:'.repeat(32).slice(0, -1),
  });
});

test('a MeshCommander list is in its form, with what was learned', async () => {
  const { text } = await exportMachines(book, {
    format: 'meshcommander',
    names: ['b', 'c'],
    learned: (name) => (name === 'b' ? { tls: 'on', version: '16.1.25', realm: 'Digest:1', uuid: 'u' } : undefined),
  });
  expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  expect(JSON.parse(text)).toEqual({
    webappversion: '0.9.6',
    computers: [
      {
        name: 'b',
        host: '[fe80::1]:8000',
        tags: '',
        user: 'lab-user',
        pass: '',
        tls: 1,
        ver: '16.1.25',
        digestrealm: 'Digest:1',
        uuid: 'u',
      },
      { name: 'c', host: 'c.example', tags: '', user: 'x', pass: '', tls: 0 },
    ],
  });
});

test('a machine that is not there is refused', async () => {
  await expect(exportMachines(book, { format: 'csv', names: ['z'] })).rejects.toThrow('z is not in the book');
});
