/** What the demo installs, and on what: a real guest where QEMU and the media for it are to be had, else a pretend PC. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@amtkit/core/testing';
import { makeIso } from '@amtkit/simulator';
import { testMedia } from '../media/media.ts';
import { MediaUnavailable } from '../media/packages.ts';
import { hashOfDisk } from '../support/disk.ts';

/** An installation that can be checked. */
export interface Installation {
  readonly backend: 'memory' | 'qemu';
  /** Why it is not a real guest. */
  readonly note?: string;
  /** The image to boot. */
  readonly iso: string;
  /** The disk of the real guest; a pretend PC has its own. */
  readonly diskFile?: string;
  /** Of what has to be on the disk afterwards. */
  readonly sha256: string;
  /** What is on the disk, once the PC is off; the serial log of a pretend PC tells. */
  disk(serial: string): Promise<string>;
  /** What the installed system says on the serial port. */
  readonly greeting: string;
}

/** Prepares it in `folder`. */
export async function prepareInstallation(folder: string): Promise<Installation> {
  if (findProgram('qemu-system-x86_64') === undefined || findProgram('qemu-img') === undefined) {
    return await pretend(folder, 'QEMU is not installed');
  }
  try {
    const media = await testMedia();
    const disk = join(folder, 'disk.qcow2');
    return {
      backend: 'qemu',
      iso: media.install,
      diskFile: disk,
      sha256: media.image.sha256,
      disk: () => hashOfDisk(disk, media.image.bytes),
      greeting: 'installed system up',
    };
  } catch (error) {
    if (!(error instanceof MediaUnavailable)) throw error;
    return await pretend(folder, error.message);
  }
}

/** An image for the BIOS of the pretend PC, which copies, reads again and compares as an installer does. */
async function pretend(folder: string, note: string): Promise<Installation> {
  const greeting = 'installed system up';
  const system = new Uint8Array(4 * 1024 * 1024);
  for (let i = 0; i < system.length; i++) system[i] = (i * 7 + (i >> 11) * 13) & 0xff;
  system.set(new TextEncoder().encode(`#!amtkit\nprint ${greeting}\nsystem amtkit demo\n\0`));
  // The pause is for whoever looks at the screen: a pretend PC is done in a moment.
  const bootScript = 'print Installing amtkit demo.\nwait 15\ncopy SYSTEM.IMG disk\nverify SYSTEM.IMG disk\npoweroff\n';
  const iso = join(folder, 'install.iso');
  await writeFile(iso, makeIso({ label: 'AMTKIT_DEMO', files: { 'SYSTEM.IMG': system }, bootScript }));
  return {
    backend: 'memory',
    note,
    iso,
    sha256: createHash('sha256').update(system).digest('hex'),
    disk: async (serial) => /Verified, SHA-256 ([0-9a-f]{64})/.exec(serial)?.[1] ?? 'nothing verified',
    greeting,
  };
}
