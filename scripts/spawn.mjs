/**
 * Running other programs: on our own standard streams, with signals and exit codes passed on. Plain JavaScript, for Node 20.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A reason to stop that needs no stack trace: the sentence says what is wrong and what to do. */
export class SetupError extends Error {
  exitCode = 1;
}

/**
 * Runs a program on our own standard streams and passes signals on.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its exit code; 128 + number for a signal, as shells say it
 */
export function run(program, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(locate(program, env), args, { cwd, env, stdio: 'inherit' });
    // On a terminal Ctrl-C reaches the whole group by itself; a second one would mean "at once" to many programs.
    const pass = (signal) => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal));
    for (const signal of Object.keys(signals)) process.on(signal, pass);
    const orphaned = whenOrphaned(() => child.kill('SIGTERM'));
    const ended = () => {
      clearInterval(orphaned);
      for (const signal of Object.keys(signals)) process.off(signal, pass);
    };
    child.on('error', (error) => {
      ended();
      reject(new SetupError(`${program} could not be started: ${error.message}.`));
    });
    child.on('exit', (code, signal) => {
      ended();
      resolve(code ?? 128 + (signals[signal] ?? 0));
    });
  });
}

/** @param {string} failure beginning of the sentence when it ends non-zero */
export async function command(program, args, options, failure) {
  const code = await run(program, args, options);
  if (code === 0) return;
  const error = new SetupError(`${failure}: exit code ${code}, for the reason above.`);
  error.exitCode = code;
  throw error;
}

/** Signals that are passed on, with their numbers. */
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** What a program prints, or nothing when it fails. */
export function output(program, args, options) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    child.on('error', () => resolve(''));
    child.on('close', (code) => resolve(code === 0 ? text : ''));
  });
}

/** Name and value of PATH: on Windows it may be spelled `Path`. */
export function pathVariable(environment) {
  const name = Object.keys(environment).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { name, value: environment[name] ?? '' };
}

/** A signal to npm alone ends npm and its shell but never arrives here; that the shell is gone is all there is to see. */
function whenOrphaned(act) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, 250);
  return watch;
}

/** Absolute path of `node` or `pnpm`: on Windows `spawn` looks along our own PATH, not along the one handed on. */
function locate(program, environment) {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  const folders = pathVariable(environment).value.split(delimiter);
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path)) ?? program;
}
