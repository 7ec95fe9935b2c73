/**
 * Bootable media for tests: a miniature installer that needs nobody, and a few media that tell what a guest sees of
 * them. Made on demand from Debian packages, kept outside the repository, the same bytes every time.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addition, initramfs } from './initramfs.ts';
import { EPOCH, type FatFile, folderFor, makeDisk, makeFat, makeLoaders } from './loader.ts';
import { openQuarry, type Quarry } from './packages.ts';

/** The media, as files, and what a guest has to make of them. Every CD starts by BIOS and by UEFI. */
export interface Media {
  /** Installs to the first disk, checks what it wrote, and switches off. */
  readonly install: string;
  /** The same, and restarts; the disk then starts a system that says "installed system up". */
  readonly installAndRestart: string;
  /** The same as the first, if somebody presses Enter or space within ten seconds; else the next device is started. */
  readonly press: string;
  /** 5 GiB, nearly all of it empty: reads its last 64 blocks and tells their SHA-256. */
  readonly large: string;
  /** Tells the label of the CD whenever another one is in the drive. */
  readonly watch: string;
  /** Reads 20 000 bytes from the serial port and tells their SHA-256, then counts to 20 000. */
  readonly flood: string;
  /** Tells on the serial port what the keyboard does. */
  readonly keys: string;
  /** A shell on the screen. */
  readonly console: string;
  /** What Linux makes of keys: the layouts of xkeyboard-config, as its folder has them. */
  readonly layouts: string;
  /** A floppy with answers, which the installer reads out. */
  readonly answers: string;
  /** The CD of iPXE, as Debian has it. */
  readonly ipxe: string;
  /** What is on the disk afterwards, from its beginning. */
  readonly image: { readonly bytes: number; readonly sha256: string };
  /** Size of the large CD, and SHA-256 of its last 64 blocks. */
  readonly end: { readonly bytes: number; readonly sha256: string };
}

/** GRUB would pack a plain file itself, but in a way (2.06) that Linux refuses. */
const ANSWERS = 'hostname=office-pc locale=en_GB\n';
const IMAGE_BYTES = 24 * 1024 ** 2;
const LARGE_BYTES = 5 * 1024 ** 3;
const BLOCK = 2048;

const here = dirname(fileURLToPath(import.meta.url));

/** The media: made now, or kept since they were. @throws MediaUnavailable where they cannot be made */
export async function testMedia(): Promise<Media> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'amtkit', 'test-media');
  mkdirSync(cache, { recursive: true });
  const folder = join(cache, keyOfSources());
  const list = join(folder, 'media.json');
  if (!existsSync(list)) {
    const unlock = await lock(join(cache, 'lock'));
    try {
      if (!existsSync(list)) await build(cache, folder);
    } finally {
      unlock();
    }
  }
  return JSON.parse(readFileSync(list, 'utf8')) as Media;
}

/** What the media are made by: others are made when that changes. */
function keyOfSources(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(here).sort())
    if (!name.includes('.test.')) hash.update(readFileSync(join(here, name)));
  return hash.digest('hex').slice(0, 16);
}

async function build(cache: string, folder: string): Promise<void> {
  const quarry = await openQuarry(folderFor(cache, 'packages'));
  const work = mkdtempSync(join(cache, 'building-'));
  try {
    const media = await make(quarry, work);
    const moved = Object.entries(media).map(([name, value]) => [
      name,
      typeof value === 'string' ? join(folder, value) : value,
    ]);
    writeFileSync(join(work, 'media.json'), JSON.stringify(Object.fromEntries(moved), undefined, 2));
    rmSync(join(work, 'parts'), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
    forgetOld(cache);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

/** Media that another state of the sources made, a month ago. */
function forgetOld(cache: string): void {
  const old = Date.now() - 30 * 24 * 3_600_000;
  for (const name of readdirSync(cache).filter((each) => /^[0-9a-f]{16}$/.test(each))) {
    if (statSync(join(cache, name)).mtimeMs < old) rmSync(join(cache, name), { recursive: true });
  }
}

/** All media, by file names in `work`. */
async function make(quarry: Quarry, work: string): Promise<Media> {
  const parts = folderFor(work, 'parts');
  const kernel = { linux: join(parts, 'vmlinuz'), initrd: join(parts, 'initrd') };
  copyFileSync(quarry.kernel.image, kernel.linux);
  writeFileSync(kernel.initrd, initramfs(quarry.kernel.modules, quarry.busybox, join(here, 'init.sh')));
  const image = join(parts, 'image');
  await makeSystem(quarry, parts, kernel, image);
  const cds = await makeLoaders(quarry, parts, 'image');
  const efi = join(parts, 'efi.img');
  writeFileSync(efi, '');
  truncateSync(efi, 4 * 1024 ** 2);
  await makeFat(quarry, efi, 0, '414d5432', [{ path: 'EFI/BOOT/BOOTX64.EFI', from: cds.efi }]);

  const cd = async (name: string, label: string, config: string, content: string) => {
    const tree = folderFor(parts, name);
    const sha256 = createHash('sha256').update(readFileSync(content)).digest('hex');
    put(tree, 'boot/vmlinuz', kernel.linux);
    put(tree, 'boot/initrd', kernel.initrd);
    put(tree, 'boot/bios.img', cds.bios);
    put(tree, 'boot/efi.img', efi);
    put(tree, 'boot/grub/grub.cfg', written(parts, `${name}.cfg`, config));
    put(tree, 'amtkit/image', content);
    put(tree, 'amtkit/image.sha256', written(parts, `${name}.sha256`, `${sha256}\n`));
    await makeIso(quarry, tree, join(work, name), label);
    return name;
  };
  const nothing = written(parts, 'nothing', '');
  const large = await cd('large.iso', 'AMTKIT_LARGE', entry('Read the end', 'read-end', 'poweroff'), nothing);
  const answers = join(work, 'answers.img');
  writeFileSync(answers, new Uint8Array(1440 * 1024));
  await makeFat(quarry, answers, 0, '414d5433', [
    { path: 'answers.cpio', from: written(parts, 'answers.cpio', addition('answers.txt', ANSWERS)) },
  ]);
  return {
    install: await cd('install.iso', 'AMTKIT_INSTALL', entry('Install', 'install', 'poweroff'), image),
    installAndRestart: await cd('restart.iso', 'AMTKIT_RESTART', entry('Install', 'install', 'reboot'), image),
    press: await cd('press.iso', 'AMTKIT_PRESS', entry(PRESS_TITLE, 'install', 'poweroff', PRESS, NOT_PRESSED), image),
    large,
    watch: await cd('watch.iso', 'AMTKIT_WATCH', entry('Watch', 'watch', 'poweroff'), nothing),
    flood: await cd('flood.iso', 'AMTKIT_FLOOD', entry('Flood', 'flood', 'poweroff'), nothing),
    keys: await cd('keys.iso', 'AMTKIT_KEYS', entry('Keys', 'keys', 'poweroff'), nothing),
    console: await cd('console.iso', 'AMTKIT_CONSOLE', entry('Console', 'console', 'poweroff'), nothing),
    layouts: copyLayouts(quarry.xkb, join(work, 'xkb')),
    answers: 'answers.img',
    ipxe: copied(quarry.ipxe, join(work, 'ipxe.iso')),
    image: { bytes: IMAGE_BYTES, sha256: createHash('sha256').update(readFileSync(image)).digest('hex') },
    end: { bytes: LARGE_BYTES, sha256: enlarge(join(work, large)) },
  };
}

/** The system that the installer installs: a disk, as an image of it. */
async function makeSystem(
  quarry: Quarry,
  parts: string,
  kernel: { readonly linux: string; readonly initrd: string },
  image: string,
): Promise<void> {
  const loaders = await makeLoaders(quarry, parts, 'system');
  const files: FatFile[] = [
    { path: 'boot/vmlinuz', from: kernel.linux },
    { path: 'boot/initrd', from: kernel.initrd },
    { path: 'boot/grub/grub.cfg', from: written(parts, 'system.cfg', entry('System', 'installed', 'poweroff')) },
    { path: 'EFI/BOOT/BOOTX64.EFI', from: loaders.efi },
    { path: 'amtkit/system', from: written(parts, 'system', 'installed\n') },
  ];
  await makeDisk(quarry, image, IMAGE_BYTES, loaders, files);
}

/** Copies the layouts that we know, and what they are made of; the name of the folder. */
function copyLayouts(from: string, to: string): string {
  const symbols = ['pc', 'latin', 'us', 'gb', 'de', 'fr', 'es'].map((name) => `symbols/${name}`);
  for (const path of ['keycodes/evdev', ...symbols]) put(to, path, join(from, path));
  return basename(to);
}

/** The configuration of a loader with one entry. The BIOS repeats its screen on the serial port, so the screen will do. */
function entry(title: string, what: string, then: string, wait = 'set timeout=0\n', first = ''): string {
  return `${wait}for device in (*); do
  if [ -f $device/answers.cpio ]; then set more="$device/answers.cpio"; fi
done
menuentry '${title}' --hotkey=' ' {
${first}  linux /boot/vmlinuz console=tty0 console=ttyS0,115200 quiet panic=1 amtkit.do=${what} amtkit.then=${then}
  initrd /boot/initrd $more
}
`;
}

const PRESS_TITLE = 'Press Enter or space to start from the CD';
/** A key takes the variable away; at the end of the time it is still there. */
const PRESS = 'set timeout=10\nset fallback=1\n';
const NOT_PRESSED = '  if [ -n "$fallback" ]; then exit; fi\n';

/** A CD for BIOS and UEFI. */
async function makeIso(quarry: Quarry, tree: string, iso: string, label: string): Promise<void> {
  const bios = [
    '-b',
    'boot/bios.img',
    '-no-emul-boot',
    '-boot-load-size',
    '4',
    '-boot-info-table',
    '--grub2-boot-info',
  ];
  const uefi = ['-eltorito-alt-boot', '-e', 'boot/efi.img', '-no-emul-boot'];
  const args = ['-as', 'mkisofs', '-quiet', '-r', '-V', label, '-c', 'boot/catalog', ...bios, ...uefi, '-o', iso, tree];
  await quarry.xorriso(args, { SOURCE_DATE_EPOCH: String(EPOCH), TZ: 'UTC' });
}

/** Makes a CD longer, without taking room for it, and gives it an end of its own. SHA-256 of its last 64 blocks. */
function enlarge(iso: string): string {
  truncateSync(iso, LARGE_BYTES);
  const end = new Uint8Array(64 * BLOCK);
  for (let at = 0; at < end.length; at += 32) {
    end.set(createHash('sha256').update(`block ${at}`).digest(), at);
  }
  const file = openSync(iso, 'r+');
  writeSync(file, end, 0, end.length, LARGE_BYTES - end.length);
  closeSync(file);
  return createHash('sha256').update(end).digest('hex');
}

/** Puts a file into a tree, with the moment that all of them have. */
function put(tree: string, path: string, from: string): void {
  const to = join(tree, path);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  utimesSync(to, EPOCH, EPOCH);
  for (let each = dirname(to); each.startsWith(tree); each = dirname(each)) utimesSync(each, EPOCH, EPOCH);
}

/** Copies a file; its name. */
function copied(from: string, to: string): string {
  copyFileSync(from, to);
  return basename(to);
}

function written(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** One builder at a time. Its file is young while it works; one that a killed builder left is not. */
async function lock(file: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (changed !== undefined && Date.now() - changed > 10_000) rmSync(file, { force: true });
    await wait(200);
  }
  const keepYoung = setInterval(() => utimesSync(file, new Date(), new Date()), 1000);
  return () => {
    clearInterval(keepYoung);
    rmSync(file, { force: true });
  };
}
