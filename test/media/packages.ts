/** Debian packages as a quarry: fetched and unpacked into a folder of their own, never installed. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '@amtkit/core/testing';

const run = promisify(execFile);

/** The media cannot be built here, and why. */
export class MediaUnavailable extends Error {
  override readonly name = 'MediaUnavailable';
}

/** Runs a program of a package; its output. @throws Error with what it said */
export type Tool = (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<string>;

/** What the media are made of and with. */
export interface Quarry {
  /** The kernel for clouds, whose drivers are those of virtual machines. */
  readonly kernel: { readonly image: string; readonly modules: string };
  readonly busybox: string;
  /** The CD of iPXE, a loader that fetches over the network. */
  readonly ipxe: string;
  /** Folder of xkeyboard-config: what stands on the keys of every country. */
  readonly xkb: string;
  /** Folder with a folder of GRUB's modules for each platform. */
  readonly grub: string;
  readonly mkimage: Tool;
  readonly xorriso: Tool;
  readonly mformat: Tool;
  readonly mmd: Tool;
  readonly mcopy: Tool;
}

/** Programs and files, the packages that have them, and where they are once those are unpacked or installed. */
const NEEDED = [
  { package: 'busybox-static', path: 'bin/busybox' },
  { package: 'grub-common', path: 'usr/bin/grub-mkimage' },
  { package: 'grub-pc-bin', path: 'usr/lib/grub/i386-pc/boot.img' },
  { package: 'grub-efi-amd64-bin', path: 'usr/lib/grub/x86_64-efi/linux.mod' },
  { package: 'ipxe', path: 'usr/lib/ipxe/ipxe.iso' },
  { package: 'mtools', path: 'usr/bin/mtools' },
  { package: 'xkb-data', path: 'usr/share/X11/xkb/symbols/pc' },
  { package: 'xorriso', path: 'usr/bin/xorriso' },
] as const;

/** Fetches what is not there, below `folder`. @throws MediaUnavailable without apt, or without its lists and the right to fetch them */
export async function openQuarry(folder: string): Promise<Quarry> {
  if (findProgram('apt-get') === undefined || findProgram('dpkg-deb') === undefined) {
    throw new MediaUnavailable('The test media are made of Debian packages, and there is no apt-get here.');
  }
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked, { recursive: true });
  const kernel = await kernelPackage();
  if (!existsSync(join(unpacked, 'boot', `vmlinuz-${kernel.slice(KERNEL.length)}`))) {
    await fetch(folder, unpacked, [kernel]);
  }
  const missing = NEEDED.filter(({ path }) => !existsSync(`/${path}`) && !existsSync(join(unpacked, path)));
  if (missing.length > 0) await fetch(folder, unpacked, await withDependencies(missing.map((each) => each.package)));
  const version = kernel.slice(KERNEL.length);
  const modules = [`lib/modules/${version}`, `usr/lib/modules/${version}`].find((path) =>
    existsSync(join(unpacked, path)),
  );
  if (modules === undefined) throw new MediaUnavailable(`The package ${kernel} has no modules.`);
  const at = (path: string) => (existsSync(`/${path}`) ? `/${path}` : join(unpacked, path));
  const tool = (path: string): Tool => toolOf(at(path), unpacked);
  return {
    kernel: { image: join(unpacked, 'boot', `vmlinuz-${version}`), modules: join(unpacked, modules) },
    busybox: at('bin/busybox'),
    ipxe: at('usr/lib/ipxe/ipxe.iso'),
    xkb: at('usr/share/X11/xkb'),
    grub: at('usr/lib/grub'),
    mkimage: tool('usr/bin/grub-mkimage'),
    xorriso: tool('usr/bin/xorriso'),
    mformat: tool('usr/bin/mformat'),
    mmd: tool('usr/bin/mmd'),
    mcopy: tool('usr/bin/mcopy'),
  };
}

const KERNEL = 'linux-image-';

/** Name of the kernel's package, which another one stands for. */
async function kernelPackage(): Promise<string> {
  const metapackage = `${KERNEL}cloud-amd64`;
  const ask = () =>
    run('apt-cache', ['depends', metapackage]).then(
      ({ stdout }) => stdout,
      () => '',
    );
  let text = await ask();
  if (text === '' && process.getuid?.() === 0) {
    await run('apt-get', ['update', '-q']).catch(() => {});
    text = await ask();
  }
  const [, name] = /Depends: (linux-image-\S+)/.exec(text) ?? [];
  if (name !== undefined) return name;
  const advice = process.getuid?.() === 0 ? 'It is a package of Debian.' : 'Run "apt-get update" as root first.';
  throw new MediaUnavailable(`apt does not know the package ${metapackage}, which the test media need. ${advice}`);
}

/** These packages and what they need that is not installed. */
async function withDependencies(names: readonly string[]): Promise<readonly string[]> {
  const args = ['install', '--simulate', '-qq', '--no-install-recommends', ...names];
  const { stdout } = await run('apt-get', args);
  const found = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
  return [...new Set([...names, ...found])];
}

async function fetch(folder: string, unpacked: string, names: readonly string[]): Promise<void> {
  const debs = join(folder, 'debs');
  mkdirSync(debs, { recursive: true });
  try {
    await run('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', ...names], { cwd: debs });
  } catch (cause) {
    const { stderr = '' } = cause as { readonly stderr?: string };
    const why = stderr.trim().split('\n').at(-1) ?? '';
    throw new MediaUnavailable(`The packages ${names.join(', ')} could not be fetched: ${why}`, { cause });
  }
  for (const name of names) {
    const deb = readdirSync(debs).find((file) => file.startsWith(`${name}_`));
    if (deb === undefined) throw new MediaUnavailable(`apt-get left no file of the package ${name}.`);
    await run('dpkg-deb', ['--extract', join(debs, deb), unpacked]);
  }
}

/** A program, with the libraries beside it where it is not installed. */
function toolOf(path: string, unpacked: string): Tool {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((each) => join(unpacked, each)).join(':');
  const own = path.startsWith(unpacked) ? { LD_LIBRARY_PATH: libraries } : {};
  return async (args, environment) => {
    const env = { ...process.env, ...own, ...environment };
    const { stdout } = await run(path, [...args], { env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };
}
