import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InvalidBook } from '../errors.ts';
import { type KeyringModule, keyringReader, lookUp, type SecretSources, systemSecretSources } from './secrets.ts';
import type { Secret } from './terms.ts';

let folder: string;
let system: SecretSources;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-secrets-'));
  system = { ...systemSecretSources(folder), env: { FULL: 'p w\nrest', EMPTY: '' } };
});
afterEach(() => rm(folder, { recursive: true }));

const node = (script: string): Secret => ({ command: [process.execPath, '-e', script] });
const get = (secret: Secret, sources = system) => lookUp(secret, 'The password of pc', sources);

test('plain text is itself', async () => {
  expect(await get(' a\nb ')).toBe(' a\nb ');
});

test('a reference gives the first line of what is found', async () => {
  await writeFile(join(folder, 'secret'), '\uFEFFfrom file\r\n');
  expect(await get({ env: 'FULL' })).toBe('p w');
  expect(await get({ file: join(folder, 'secret') })).toBe('from file');
  expect(await get(node('console.log("from command\\nmore")'))).toBe('from command');
  expect(await get({ keyring: 'lab' }, { ...system, keyring: async (account) => `${account} from keyring` })).toBe(
    'lab from keyring',
  );
});

test('a program runs in the folder of the book and without a shell', async () => {
  await writeFile(join(folder, 'secret.mjs'), 'console.log(process.argv[2])');
  expect(await get({ command: [process.execPath, 'secret.mjs', '$(id) `id` "a b"'] })).toBe('$(id) `id` "a b"');
});

test.each<[string, Secret, string]>([
  ['a variable that is not set', { env: 'UNSET' }, 'the environment variable UNSET, where there is none'],
  ['an empty one', { env: 'EMPTY' }, 'the environment variable EMPTY, which is empty'],
  ['a missing file', { file: '/nowhere/x' }, 'the file /nowhere/x, which failed: it does not exist'],
  ['a missing program', { command: ['/nowhere/x', 'y'] }, 'the command /nowhere/x, which failed: it does not exist'],
  ['a program that fails', node('console.log("hunter2"); process.exit(3)'), 'which failed: it ended with exit code 3'],
  ['a silent program', node(''), 'which is empty'],
])('%s is named, and nothing that was read', async (_, secret, part) => {
  const error = await get(secret).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidBook);
  const { message, cause } = error as InvalidBook;
  expect(message).toMatch(/^The password of pc comes from /);
  expect(message).toContain(part);
  expect(String(message) + String(cause)).not.toContain('hunter2');
});

test('an account without an entry, a locked keyring and a missing package are sentences', async () => {
  const opened = (password: () => Promise<string | null>): KeyringModule => ({
    AsyncEntry: class {
      async getPassword() {
        return (await password()) ?? null;
      }
    },
  });
  const from = (load: () => KeyringModule) => get({ keyring: 'lab' }, { ...system, keyring: keyringReader(load) });
  const place = 'The password of pc comes from the keyring (service amtkit, account lab)';
  expect(await from(() => opened(async () => 'from keyring'))).toBe('from keyring');
  await expect(from(() => opened(async () => null))).rejects.toThrow(`${place}, where there is none.`);
  await expect(from(() => opened(() => Promise.reject(new Error('locked'))))).rejects.toThrow(
    `${place}, which failed: the system has no keyring that is running and unlocked.`,
  );
  const missing = () => {
    throw new Error('Cannot find module');
  };
  await expect(from(missing)).rejects.toThrow(`${place}, which failed: the package @napi-rs/keyring is not installed`);
});
