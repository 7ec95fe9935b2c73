/** What the pretend PC's BIOS does with a redirected drive: looks what is in it, and starts it or says why not. */
import { createHash } from 'node:crypto';
import { type DriveUnit, MediumFailed, type RedirectedMedium } from '../hardware.ts';
import { Blocks, complaintOf, readerOf } from './drives.ts';
import { type Floppy, openFloppy } from './fat.ts';
import { CD_BLOCK, type Cd, openCd } from './iso9660.ts';
import { programIn } from './program.ts';
import type { Run } from './run.ts';
import { fileOf, type Volume, wholeOf } from './volume.ts';

/** What a BIOS found to start. */
export interface Bootable {
  /** What to run; absent for machine code, which a pretend PC has no processor for. */
  readonly program?: string;
  readonly volume: Volume;
}

/** Files of a root that are looked into, and the size from which on they are not. */
const MOST_FILES = 32;
const LARGE_FILE = 64 * 1024;

/** Looks into a drive; `undefined`, having said why, where it cannot be started. @throws Stopped */
export async function lookInto(run: Run, unit: DriveUnit): Promise<Bootable | undefined> {
  const name = unit === 'cd' ? 'redirected CD' : 'redirected floppy';
  await run.print(`Starting from the ${name}.\r\n`);
  const medium = await run.medium(unit);
  if (medium === undefined) {
    await run.print(`There is no medium in the ${name}.\r\n`);
    return undefined;
  }
  try {
    const bootable = unit === 'cd' ? await lookIntoCd(run, medium) : await lookIntoFloppy(run, medium);
    if (bootable === undefined) await run.print(`The ${name} is not bootable.\r\n`);
    return bootable;
  } catch (error) {
    const complaint = complaintOf(error);
    if (complaint === undefined) throw error;
    await run.print(`The ${name} cannot be read: ${complaint}\r\n`);
    return undefined;
  }
}

/** For images that are not for this PC: shows what is on them, as far as small, and leaves it at that. @throws Stopped */
export async function show(run: Run, volume: Volume): Promise<void> {
  await run.print(`Volume ${volume.label || 'without a label'}\r\n`);
  try {
    for (const file of volume.files.slice(0, MOST_FILES)) {
      const small = file.size <= LARGE_FILE;
      const sum = small ? sha256(await wholeOf(file, Blocks.system)) : 'not read';
      await run.print(`${String(file.size).padStart(12)}  ${file.name}  ${sum}\r\n`);
    }
    await run.print('There is no program for this PC on it. The PC is halted.\r\n');
  } catch (error) {
    const complaint = complaintOf(error);
    if (complaint === undefined) throw error;
    await run.print(`${complaint}\r\nThe PC is halted.\r\n`);
  }
}

async function lookIntoCd(run: Run, medium: RedirectedMedium): Promise<Bootable | undefined> {
  const read = readerOf(run, 'cd', medium);
  await run.print(`${medium.blocks} blocks of ${medium.blockLength} bytes${await tracksOf(medium)}\r\n`);
  const cd: Cd | undefined = await openCd(read);
  if (cd?.boot === undefined) return undefined;
  const { block, size, emulation } = cd.boot;
  await run.print(`Boot image at block ${block}, ${size} bytes${emulation === 0 ? '' : ', emulated'}\r\n`);
  const image = new Uint8Array(Math.ceil(size / CD_BLOCK) * CD_BLOCK);
  for (let at = 0; at < image.length; at += CD_BLOCK) image.set(await read(block + at / CD_BLOCK, 1), at);
  const program = programIn(image.subarray(0, size));
  return { volume: cd, ...(program !== undefined && { program }) };
}

async function lookIntoFloppy(run: Run, medium: RedirectedMedium): Promise<Bootable | undefined> {
  const read = readerOf(run, 'floppy', medium);
  await run.print(`${medium.blocks} blocks of ${medium.blockLength} bytes\r\n`);
  const floppy: Floppy | undefined = await openFloppy(read, medium.blockLength);
  if (floppy?.bootable !== true) return undefined;
  const file = fileOf(floppy, 'AMTKIT.SH');
  const program = file && programIn(await wholeOf(file, Blocks.bios));
  return { volume: floppy, ...(program !== undefined && { program }) };
}

/** The first and last track of the table of contents, where the drive has one. */
async function tracksOf(medium: RedirectedMedium): Promise<string> {
  try {
    const toc = await medium.command(Uint8Array.of(0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0));
    return toc.length < 4 ? '' : `, tracks ${toc[2]} to ${toc[3]}`;
  } catch (error) {
    if (error instanceof MediumFailed) return '';
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
