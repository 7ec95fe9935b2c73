/** Secrets by reference, looked up when they are needed and not before. Errors name the reference, never the value. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { InvalidBook } from '../errors.ts';
import type { Secret, SecretReference } from './terms.ts';

/** Where references lead to. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Password of an account of the service `amtkit`; undefined where there is none. Rejects without a keyring. */
  readonly keyring: (account: string) => Promise<string | undefined>;
  /** Prints the secret as its first line. */
  readonly command: (program: string, args: readonly string[]) => Promise<string>;
}

/** The process's environment, the system's keyring, its programs. @param folder where programs are started */
export function systemSecretSources(folder: string): SecretSources {
  const command = (program: string, args: readonly string[]) => outputOf(program, args, folder);
  const load = () => createRequire(import.meta.url)('@napi-rs/keyring') as KeyringModule;
  return { env: process.env, keyring: keyringReader(load), command };
}

/**
 * The secret itself.
 *
 * @param whose such as `The password of the credentials lab`; begins the sentence when it cannot be had
 * @throws InvalidBook
 */
export async function lookUp(secret: Secret, whose: string, sources: SecretSources): Promise<string> {
  if (typeof secret === 'string') return secret;
  const { place, read } = sourceOf(secret, sources);
  let found: string | undefined;
  try {
    found = await read();
  } catch (cause) {
    throw new InvalidBook(`${whose} comes from ${place}, which failed: ${reasonOf(cause)}.`);
  }
  const line = found?.split(/\r?\n/, 1)[0];
  if (line === undefined) throw new InvalidBook(`${whose} comes from ${place}, where there is none.`);
  if (line === '') throw new InvalidBook(`${whose} comes from ${place}, which is empty.`);
  return line;
}

/** A reason that may be shown: system errors quote paths and program names, never what was read. */
class Unavailable extends Error {}

interface Source {
  readonly place: string;
  readonly read: () => Promise<string | undefined>;
}

function sourceOf(reference: SecretReference, sources: SecretSources): Source {
  if ('env' in reference) {
    const { env } = reference;
    return { place: `the environment variable ${env}`, read: async () => sources.env[env] };
  }
  if ('file' in reference) {
    const { file } = reference;
    return { place: `the file ${file}`, read: async () => (await readFile(file, 'utf8')).replace(/^\uFEFF/, '') };
  }
  if ('keyring' in reference) {
    const { keyring } = reference;
    return { place: `the keyring (service amtkit, account ${keyring})`, read: () => sources.keyring(keyring) };
  }
  const [program = '', ...args] = reference.command;
  return { place: `the command ${program}`, read: () => sources.command(program, args) };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Unavailable) return cause.message;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (typeof code === 'string') return code;
  return 'no reason was given';
}

const COMMAND_SECONDS = 60;

/** Runs a program without a shell. What it says on stderr goes to the terminal: it may ask for a PIN there. */
function outputOf(program: string, args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: COMMAND_SECONDS * 1000, maxBuffer: 64 * 1024, windowsHide: true };
    const child = execFile(program, args, options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (typeof error.code === 'string') reject(error);
      else if (error.killed === true) reject(new Unavailable(`it did not end within ${COMMAND_SECONDS} seconds`));
      else reject(new Unavailable(`it ended with ${error.signal ?? `exit code ${error.code}`}`));
    });
    child.stdin?.end();
    child.stderr?.pipe(process.stderr, { end: false });
  });
}

/** What is used of `@napi-rs/keyring`. */
export interface KeyringModule {
  readonly AsyncEntry: new (service: string, account: string) => { getPassword(): Promise<string | null | undefined> };
}

/** Reads the system's keyring through a package that need not be installed. */
export function keyringReader(load: () => KeyringModule): SecretSources['keyring'] {
  return async (account) => {
    let keyring: KeyringModule;
    try {
      keyring = load();
    } catch {
      throw new Unavailable('the package @napi-rs/keyring is not installed beside amtkit');
    }
    try {
      return (await new keyring.AsyncEntry('amtkit', account).getPassword()) ?? undefined;
    } catch {
      throw new Unavailable('the system has no keyring that is running and unlocked');
    }
  };
}
