/**
 * What a test needs from outside the repository, by word: other people's programs, recordings, rights.
 * A stranger's clone is green and says what it left out; where everything is installed, leaving out is a failure.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * The words: a program, other people's packages (`peers`), their recordings (`corpus`), or the right to make a network
 * namespace. `chromium` is everything that looks at screens: the browser, VNC viewers, and a display for them.
 */
export type Need = 'mosquitto' | 'chromium' | 'qemu' | 'amtterm' | 'netns' | 'peers' | 'corpus';

/** Second argument of vitest's `test` and `describe`; `meta.needs` lists the words that are absent, for the closing line. */
export interface NeedOptions {
  readonly skip: boolean;
  readonly meta: object;
}

/**
 * Options that skip a test, or a whole `describe`, while one of the words is absent:
 *
 *     test('sees turning-on, then on', needs('mosquitto'), async () => { … });
 *
 * Skips are counted by word; with `AMTKIT_TEST_ALL=1` they count as failures, and `AMTKIT_TEST_ALL=peers,netns` does that for those words.
 */
export function needs(...words: readonly Need[]): NeedOptions {
  const absent = words.filter((word) => !present(word));
  return { skip: absent.length > 0, meta: { needs: absent } };
}

/** Absolute path of a program. Looks on PATH, then where Debian keeps servers, which ordinary users do not search. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const folder of folders.filter((folder) => folder !== '')) {
    for (const name of names.flatMap((name) => endings.map((ending) => join(folder, name + ending)))) {
      // A folder of PATH that may not be looked into has nothing for us.
      if (existsSync(name) && statSync(name).isFile()) return name;
    }
  }
  return undefined;
}

/** The `node_modules` that `npm run peers` fills: `test/peers` of the checkout around the working folder. */
export function peersFolder(): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const modules = join(folder, 'test', 'peers', 'node_modules');
    if (['meshcentral', 'node-red-5'].every((name) => existsSync(join(modules, name)))) return modules;
    if (folder === dirname(folder)) return undefined;
  }
}

const found = new Map<Need, boolean>();

function present(word: Need): boolean {
  const known = found.get(word);
  if (known !== undefined) return known;
  const answer = look[word]();
  found.set(word, answer);
  return answer;
}

const look: Readonly<Record<Need, () => boolean>> = {
  mosquitto: () => findProgram('mosquitto') !== undefined,
  chromium: () =>
    findProgram('chromium', 'chromium-browser', 'google-chrome') !== undefined &&
    ['vncsnapshot', 'xtigervncviewer', 'Xvfb', 'xdotool'].every((name) => findProgram(name) !== undefined),
  // On Windows it cannot be spoken with as guests are.
  qemu: () =>
    process.platform !== 'win32' &&
    findProgram('qemu-system-x86_64') !== undefined &&
    findProgram('qemu-img') !== undefined,
  amtterm: () => findProgram('amtterm') !== undefined,
  netns: () => {
    const ip = findProgram('ip');
    const unshare = findProgram('unshare');
    if (ip === undefined || unshare === undefined) return false;
    return spawnSync(unshare, ['--net', ip, 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status === 0;
  },
  peers: () => peersFolder() !== undefined,
  corpus: () => {
    const folder = process.env.AMTKIT_CORPUS;
    return folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  },
};
