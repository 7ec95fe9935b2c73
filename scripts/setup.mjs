/**
 * `npm run demo`, `npm test` and the other root scripts, on a machine that has only Node 20 and npm:
 * gets the right Node and pnpm, installs, builds what the task needs, runs it, and ends with its exit code.
 *
 *     node scripts/setup.mjs TASK [its own arguments]
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { command, run, SetupError } from './spawn.mjs';
import { install, toolchain } from './toolchain.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** JavaScript of the development tools, for Node to run: the shell scripts in `.bin` serve no Windows. */
const biome = 'node_modules/@biomejs/biome/bin/biome';
const knip = 'node_modules/knip/bin/knip.js';
const tsc = 'node_modules/typescript/bin/tsc';
const turbo = 'node_modules/turbo/bin/turbo';
const vitest = 'node_modules/vitest/vitest.mjs';

/**
 * The root scripts. `runs` are arguments of Node, one program after the other; the caller's arguments go to the last.
 * `below`: words the caller adds are files below this folder, and without any it is all of them.
 * `builds`: the packages are built before. `every`: run all, also after a failure. `folder`: install there, outside the workspace.
 */
const tasks = {
  build: { runs: [[turbo, 'run', 'build']] },
  check: {
    builds: true,
    every: true,
    runs: [
      [turbo, 'run', 'check', '--output-logs=new-only'],
      [tsc, '-p', 'scripts'],
      [biome, 'check', '.'],
      ['scripts/boundaries.ts'],
      ['scripts/docs.ts', '--check'],
      [knip],
      ['scripts/publishable.ts'],
    ],
  },
  docs: { builds: true, runs: [['scripts/docs.ts']] },
  test: { builds: true, runs: [[vitest, 'run']] },
  interop: {
    builds: true,
    variables: { AMTKIT_TEST_ALL: 'peers' },
    // `npm run interop -- ider sol`: only those whose file begins so.
    below: 'test/interop/',
    runs: [[vitest, 'run', '--reporter=verbose', '--reporter=./scripts/summary.ts']],
  },
  demo: { builds: true, runs: [['test/demo/main.ts']] },
  bench: { builds: true, runs: [['bench/main.ts']] },
  soak: { builds: true, runs: [['test/soak/main.ts']] },
  // For the documents: Node-RED's editor as Chromium shows it.
  pictures: {
    builds: true,
    variables: { AMTKIT_TEST_ALL: 'peers,chromium', AMTKIT_PICTURES: 'docs/images/node-red' },
    runs: [[vitest, 'run', 'test/node-red-editor.test.ts']],
  },
  'reimage-matrix': { builds: true, runs: [['test/reimage-matrix.main.ts']] },
  start: { builds: true, runs: [['packages/cli/dist/main.js', 'bridge']] },
  peers: { folder: 'test/peers', runs: [] },
};

try {
  process.exitCode = await main(process.argv[2] ?? '', process.argv.slice(3));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

async function main(name, args) {
  if (name === 'clean') return clean();
  if (!Object.hasOwn(tasks, name)) {
    throw new SetupError(`"${name}" is no task; there are ${Object.keys(tasks).join(', ')} and clean.`);
  }
  const task = tasks[name];
  const given = task.below === undefined ? args : wordsBelow(task.below, args);
  const env = { ...task.variables, ...(await prepare(name, task)) };
  const failed = [];
  for (const [index, program] of task.runs.entries()) {
    const title = program.map((word) => word.replace(/^node_modules\/.*\//, '')).join(' ');
    if (task.every) console.log(`\n── ${title}`);
    const last = index === task.runs.length - 1;
    const code = await run('node', last ? [...program, ...given] : program, { cwd: root, env });
    if (code !== 0 && !task.every) return code;
    if (code !== 0) failed.push(title);
  }
  if (task.every) console.log(failed.length === 0 ? `\n${name}: all well` : `\n${name} failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

/** Words that stand for files below `folder`, which is all of them where there are none; options stay as they are. */
function wordsBelow(folder, args) {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const files = words.length === 0 ? [folder] : words.map((word) => folder + word);
  return [...files, ...args.filter((arg) => arg.startsWith('-'))];
}

/** Fetches, installs, builds. One process of a checkout at a time: others wait, and find it done. */
async function prepare(name, task) {
  const unlock = await lock(join(root, '.tools', 'lock'));
  try {
    const env = await toolchain(root);
    if (task.folder === undefined) {
      await install(root, { env, root });
    } else {
      const flags = ['--ignore-workspace', '--ignore-scripts'];
      await install(join(root, task.folder), { env, root, flags });
    }
    if (task.builds) {
      const build = [turbo, 'run', 'build', '--output-logs=errors-only'];
      await command('node', build, { cwd: root, env }, `${name} needs the packages, and they did not build`);
    }
    return env;
  } finally {
    unlock();
  }
}

/** Holds a file and keeps it young while it is held, so that one left behind by a killed process is known by its age. */
async function lock(file) {
  mkdirSync(dirname(file), { recursive: true });
  for (let said = false; ; said = true) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      // Whoever looked at an old file just before may have removed this new one in its place.
      await wait(100);
      if (readIfThere(file) === `${process.pid}\n`) break;
      continue;
    } catch (error) {
      if (error.code !== 'EEXIST') throw new SetupError(`${file} cannot be written: ${error.message}.`);
    }
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (changed !== undefined && Date.now() - changed > 10_000) rmSync(file, { force: true });
    else if (!said) console.error('Waiting: another command is just setting up this checkout.');
    await wait(200);
  }
  const keepYoung = setInterval(() => utimesSync(file, new Date(), new Date()), 1_000);
  return () => {
    clearInterval(keepYoung);
    rmSync(file, { force: true });
  };
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Removes everything that was fetched or made: back to a fresh clone. */
function clean() {
  const made = ['.tools', '.vitest', 'demo-report', 'test/peers/node_modules'];
  for (const group of ['.', 'packages', 'examples']) {
    const folders = existsSync(join(root, group)) ? readdirSync(join(root, group), { withFileTypes: true }) : [];
    const names = ['.', ...folders.filter((folder) => folder.isDirectory()).map((folder) => folder.name)];
    for (const name of names) made.push(...['dist', 'node_modules', '.turbo'].map((made) => join(group, name, made)));
  }
  for (const path of made) rmSync(join(root, path), { recursive: true, force: true });
  return 0;
}
