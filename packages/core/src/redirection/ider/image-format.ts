/** Files that hold an image but are none: their first bytes say so. */
import { ImageFailed } from '../../errors.ts';

/** Bytes of the beginning that are looked at. */
export const FORMAT_BYTES = 16;

/** First bytes as characters of one byte each, and what they begin. */
const FORMATS: readonly (readonly [first: string, what: string, hint: string])[] = [
  ['\x1f\x8b', 'packed with gzip', 'Unpack it first: gunzip'],
  ['\xfd7zXZ\0', 'packed with xz', 'Unpack it first: unxz'],
  ['\x28\xb5\x2f\xfd', 'packed with zstd', 'Unpack it first: unzstd'],
  ['BZh', 'packed with bzip2', 'Unpack it first: bunzip2'],
  ['PK\x03\x04', 'a zip archive', 'Unpack it first.'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', 'Unpack it first.'],
  ['Rar!', 'a RAR archive', 'Unpack it first.'],
  ['QFI\xfb', 'a virtual disk (qcow2)', 'Turn it into an image: qemu-img convert -O raw'],
  ['KDMV', 'a virtual disk (VMDK)', 'Turn it into an image: qemu-img convert -O raw'],
  ['vhdxfile', 'a virtual disk (VHDX)', 'Turn it into an image: qemu-img convert -O raw'],
  ['MSWIM\0\0\0', 'a Windows image (WIM), which nothing boots from', 'Make an ISO that contains it.'],
  ['<!DOCTYPE', 'a web page', 'Look at it in a browser: it may say where the image is.'],
  ['<!doctype', 'a web page', 'Look at it in a browser: it may say where the image is.'],
  ['<html', 'a web page', 'Look at it in a browser: it may say where the image is.'],
];

/** @throws ImageFailed when the file that begins like this is known to be no image as drives read it */
export function refuseFormat(name: string, first: Uint8Array): void {
  const characters = String.fromCharCode(...first.subarray(0, FORMAT_BYTES));
  const [, what, hint] = FORMATS.find(([begin]) => characters.startsWith(begin)) ?? [];
  if (what !== undefined) throw new ImageFailed(`${name} is no image: it is ${what}.`, { image: name, hint });
}
