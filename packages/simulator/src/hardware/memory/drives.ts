/** Volumes in the drives of the pretend PC, read through whatever lies between them and the image. */
import { type DriveUnit, MediumFailed, type RedirectedMedium } from '../hardware.ts';
import { type Floppy, openFloppy } from './fat.ts';
import { type Cd, openCd } from './iso9660.ts';
import type { Run } from './run.ts';
import { fileOf, type ReadBlocks, type VolumeFile } from './volume.ts';

/** Blocks read at once: one as a BIOS does, as many as an operating system does. */
export const Blocks = { bios: 1, system: 64 } as const;

/** How a PC reads one medium. */
export function readerOf(run: Run, unit: DriveUnit, medium: RedirectedMedium): ReadBlocks {
  return (block, count) => run.read(unit, block, count, medium);
}

/** A volume and the drive it is in. */
export type Mounted =
  | { readonly unit: 'cd'; readonly medium: RedirectedMedium; readonly volume: Cd }
  | { readonly unit: 'floppy'; readonly medium: RedirectedMedium; readonly volume: Floppy };

/** The volume in a drive. @throws ProgramFailed when there is none */
export async function mount(run: Run, unit: DriveUnit): Promise<Mounted> {
  const medium = await run.medium(unit, 0);
  if (medium === undefined) throw new ProgramFailed(`There is nothing in the ${unit} drive.`);
  const read = readerOf(run, unit, medium);
  if (unit === 'cd') {
    const volume = await openCd(read);
    if (volume !== undefined) return { unit, medium, volume };
  } else {
    const volume = await openFloppy(read, medium.blockLength);
    if (volume !== undefined) return { unit, medium, volume };
  }
  throw new ProgramFailed(`There is no volume on the ${unit}.`);
}

/** A file by its path: `NAME`, `cd:NAME` or `floppy:NAME`. @throws ProgramFailed when there is none */
export async function findFile(run: Run, path: string, here: DriveUnit): Promise<VolumeFile> {
  const [, drive, name = ''] = /^(?:(cd|floppy):)?\/?(.*)$/i.exec(path) ?? [];
  const unit = drive === undefined ? here : (drive.toLowerCase() as DriveUnit);
  const { volume } = await mount(run, unit);
  const file = fileOf(volume, name);
  if (file === undefined) throw new ProgramFailed(`There is no file ${name} on the ${unit}.`);
  return file;
}

/** What a program could not do; its text is for the screen. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
}

/** What to say on the screen about something that went wrong; `undefined` where it is no business of a program. */
export function complaintOf(error: unknown): string | undefined {
  return error instanceof ProgramFailed || error instanceof MediumFailed ? error.message : undefined;
}
