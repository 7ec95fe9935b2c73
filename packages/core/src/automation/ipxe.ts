/**
 * A small image that fetches a large one: iPXE on a CD, with a script that says from where.
 *
 * A drive that is lent over a slow line reads slowly, and a web server near the PC does not. The CD is the one that
 * distributions build from iPXE (Debian's package `ipxe` has it as `/usr/lib/ipxe/ipxe.iso`); the script is put onto a copy of
 * it, for BIOS as an initrd of its loader, for UEFI as the `autoexec.ipxe` that iPXE looks for since 2021.
 */
import { ImageFailed } from '../errors.ts';
import { type BlockSource, memoryImage } from '../redirection/ider/image.ts';
import { openImage } from '../redirection/ider/open-image.ts';
import { addFatFile } from './ipxe/fat-file.ts';
import { addFile, contentOf, findFile, replaceFile, uefiImage } from './ipxe/iso-file.ts';

/** How the image is made. */
export interface IpxeOptions {
  /** The CD of iPXE: a path or a URL. @default '/usr/lib/ipxe/ipxe.iso' */
  readonly image?: string;
  readonly signal?: AbortSignal;
}

/** Where Debian and its kin put it. */
const DEBIAN = '/usr/lib/ipxe/ipxe.iso';
/** It has two to ten megabytes; it is held in memory. */
const LARGEST = 64 * 1024 * 1024;
const SCHEMES = ['http:', 'https:', 'tftp:', 'ftp:', 'nfs:'];

/**
 * An image that starts what is at `url`: a script of iPXE, a kernel or a loader; a CD or disk image (`.iso`, `.img`) is
 * started as a drive. It tries again until it is there.
 * @throws TypeError for URLs that iPXE does not know; ImageFailed when there is no iPXE, or another CD
 */
export async function ipxeImage(url: string, options: IpxeOptions = {}): Promise<BlockSource> {
  const script = new TextEncoder().encode(ipxeScript(url));
  const place = options.image ?? DEBIAN;
  const original = await readWhole(place, options.signal);
  const uefi = uefiImage(original);
  const loader = findFile(original, 'ISOLINUX.CFG');
  if (loader === undefined && uefi === undefined) {
    throw new ImageFailed(`${place} is not the CD of iPXE: it has neither isolinux.cfg nor a boot image for UEFI.`, {
      image: place,
    });
  }
  if (uefi !== undefined) addFatFile(original, uefi, 'autoexec.ipxe', script);
  if (loader !== undefined) {
    const settings = new TextDecoder().decode(contentOf(original, loader));
    const told = settings.replace(/^[ \t]*KERNEL .*$/im, (line) => `${line}\n INITRD autoexec.ipx`);
    replaceFile(original, loader, new TextEncoder().encode(told));
  }
  const image = loader === undefined ? original : addFile(original, 'AUTOEXEC.IPX', script);
  return memoryImage(image, { name: `iPXE for ${withoutSecrets(url)}` });
}

/** What iPXE does. @throws TypeError */
function ipxeScript(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !SCHEMES.includes(parsed.protocol) || /[\s"'\\]/.test(url)) {
    throw new TypeError(`iPXE fetches from ${SCHEMES.join(' ')} URLs without blanks, not from ${JSON.stringify(url)}.`);
  }
  const start = /\.(?:iso|img)$/i.test(parsed.pathname) ? 'sanboot --no-describe' : 'chain --autofree';
  return [
    '#!ipxe',
    ':again',
    'dhcp || goto later',
    `${start} ${url} || goto later`,
    'exit',
    ':later',
    'echo Trying again in five seconds.',
    'sleep 5',
    'goto again',
    '',
  ].join('\n');
}

async function readWhole(place: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const source = await openImage(place, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    if (!(error instanceof ImageFailed) || place !== DEBIAN) throw error;
    throw new ImageFailed(`There is no iPXE: ${error.message}`, {
      image: place,
      hint: 'Install the package ipxe, or name the CD of iPXE (ipxe.iso) where it is elsewhere.',
      cause: error,
    });
  });
  await using image = source;
  if (image.size > LARGEST) throw new ImageFailed(`${place} is too large to be the CD of iPXE.`, { image: place });
  const bytes = new Uint8Array(image.size);
  await image.read(0, bytes, signal === undefined ? {} : { signal });
  return bytes;
}

function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
