/** Where the book and the learned state lie, and whether a book found in the current folder may be trusted. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** What decides where files lie. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly home: string;
  /** Numeric id of the user; undefined on Windows. */
  readonly user: number | undefined;
  readonly platform: NodeJS.Platform;
}

/** The process's own. */
export function systemSurroundings(): Surroundings {
  return {
    env: process.env,
    folder: process.cwd(),
    home: homedir(),
    user: process.getuid?.(),
    platform: process.platform,
  };
}

/** A place for the book. */
export interface BookPlace {
  readonly path: string;
  /** What a person should know about how it was chosen. */
  readonly warnings: readonly string[];
}

/**
 * The book's path: `$AMTKIT_CONFIG`, else `./amtkit.yaml`, else `amtkit/amtkit.yaml` in the user's configuration folder.
 * One in the current folder counts only if it and the folder belong to the user and nobody else may write them: a book
 * says which programs to run for passwords, so a stranger's book is a stranger's program.
 */
export async function bookPlace(around: Surroundings): Promise<BookPlace> {
  const named = around.env.AMTKIT_CONFIG;
  if (named) return { path: resolve(around.folder, named), warnings: [] };
  const usual = { path: join(configFolder(around), 'amtkit', 'amtkit.yaml'), warnings: [] as string[] };
  const local = join(around.folder, 'amtkit.yaml');
  const file = await stat(local).catch(() => undefined);
  if (file === undefined) return usual;
  const why = whyNotTrusted(file, local, around) ?? whyNotTrusted(await stat(around.folder), around.folder, around);
  if (why === undefined) return { path: local, warnings: [] };
  usual.warnings.push(
    `${local} is ignored: ${why}. ${usual.path} is used instead; to use the other one, set AMTKIT_CONFIG to its path.`,
  );
  return usual;
}

/** The path of the learned state: `$AMTKIT_STATE`, else `amtkit/state.json` in the user's state folder. */
export function statePlace({ env, folder, home, platform }: Surroundings): string {
  if (env.AMTKIT_STATE) return resolve(folder, env.AMTKIT_STATE);
  const base = absolute(env.XDG_STATE_HOME) ?? (platform === 'win32' ? absolute(env.LOCALAPPDATA) : undefined);
  return join(base ?? join(home, '.local', 'state'), 'amtkit', 'state.json');
}

/** A path written in a book: `~/` is the home folder, anything else relative is seen from the book's folder. */
export function pathFrom(book: string, path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(dirname(book), path);
}

/** What others may do with a file: nothing is known on Windows, where the profile's own rules hold. */
export function openTo(file: Pick<Stats, 'mode'>, platform: NodeJS.Platform): { reading: boolean; writing: boolean } {
  const mode = platform === 'win32' ? 0 : file.mode;
  return { reading: (mode & 0o044) !== 0, writing: (mode & 0o022) !== 0 };
}

function configFolder({ env, home, platform }: Surroundings): string {
  const base = absolute(env.XDG_CONFIG_HOME) ?? (platform === 'win32' ? absolute(env.APPDATA) : undefined);
  return base ?? join(home, '.config');
}

/** A relative path counts as unset. [XDG Base Directory] */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function whyNotTrusted(file: Stats, path: string, { user, platform }: Surroundings): string | undefined {
  if (user !== undefined && file.uid !== user) return `${path} belongs to another user`;
  return openTo(file, platform).writing ? `others may write ${path} (chmod go-w would change that)` : undefined;
}
