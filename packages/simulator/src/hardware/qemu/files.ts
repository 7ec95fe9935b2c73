/** The files of a PC made of QEMU: its disk, its UEFI variables, and a folder for what lasts only as long as it does. */
import { execFile } from 'node:child_process';
import { constants, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type AmtError, ImageFailed, NotSupported, Refused } from '@amtkit/core/wire';
import { findProgram } from './guest.ts';
import { leaveNothing } from './leftovers.ts';
import type { QemuPcOptions } from './options.ts';
import type { GuestFiles } from './parts.ts';

/** Files that are there. */
export interface PcFiles extends GuestFiles {
  /** Where the server of redirected media listens. */
  readonly nbd: string;
  /** Removes what was only for now. */
  remove(): void;
}

const DEFAULT_DISK = 8 * 1024 ** 3;

/**
 * Finds or makes the files.
 * @throws NotSupported where QEMU or UEFI is not installed; Refused where the disk is in use; ImageFailed where it is none
 */
export async function prepareFiles(options: QemuPcOptions): Promise<PcFiles> {
  if (process.platform === 'win32') {
    throw new NotSupported(
      'A guest of QEMU is spoken with through sockets that Windows does not hand on to programs.',
      {
        hint: 'Use the PC in memory, or Linux.',
      },
    );
  }
  const program = options.program ?? 'qemu-system-x86_64';
  if (findProgram(program) === undefined) throw notInstalled(program, 'qemu-system-x86');
  const images = options.bios === 'ovmf' ? findUefi() : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'amtkit-pc-'));
  const forget = leaveNothing(() => rmSync(folder, { recursive: true, force: true }));
  const remove = () => {
    forget();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const disk = await prepareDisk(options.disk?.file ?? join(folder, 'disk.qcow2'), options.disk?.size);
    const kept = options.disk?.file;
    const variables = kept === undefined ? join(folder, 'uefi-variables') : `${resolve(kept)}.uefi-variables`;
    if (images !== undefined && !existsSync(variables))
      copyFileSync(images.variables, variables, constants.COPYFILE_EXCL);
    return {
      disk,
      ...(images !== undefined && { uefi: { code: images.code, variables } }),
      vnc: join(folder, 'vnc'),
      nbd: join(folder, 'nbd'),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A disk that is there is taken as it is, whatever its format; another one is made. */
async function prepareDisk(name: string, size = DEFAULT_DISK): Promise<GuestFiles['disk']> {
  const file = resolve(name);
  if (!existsSync(file)) {
    if (!existsSync(dirname(file))) throw new ImageFailed(`The disk ${file} cannot be made: there is no such folder.`);
    await qemuImg(file, 'create', '-q', '-f', 'qcow2', file, String(size));
    return { file, format: 'qcow2' };
  }
  const { format } = JSON.parse(await qemuImg(file, 'info', '--output=json', file)) as { readonly format: string };
  return { file, format };
}

async function qemuImg(file: string, ...words: readonly string[]): Promise<string> {
  if (findProgram('qemu-img') === undefined) throw notInstalled('qemu-img', 'qemu-utils');
  try {
    const { stdout } = await promisify(execFile)('qemu-img', words);
    return stdout;
  } catch (cause) {
    throw diskError(file, String((cause as { readonly stderr?: unknown }).stderr ?? cause), cause);
  }
}

function diskError(file: string, text: string, cause: unknown): AmtError {
  if (/Failed to get .*lock/.test(text)) {
    const hint = 'End the other virtual PC, or give this one another disk.';
    return new Refused(`The disk ${file} is in use by another program.`, { busy: true, hint, cause });
  }
  const last = text
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^qemu-img: /, '')
    .replace(/\.$/, '');
  return new ImageFailed(`The disk ${file} cannot be used: ${last}.`, { image: file, cause });
}

/** Where distributions put UEFI for QEMU: code, and variables as they are at first. */
const UEFI = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/qemu/edk2-x86_64-code.fd', '/usr/share/qemu/edk2-i386-vars.fd'],
  ['/opt/homebrew/share/qemu/edk2-x86_64-code.fd', '/opt/homebrew/share/qemu/edk2-i386-vars.fd'],
  ['/usr/local/share/qemu/edk2-x86_64-code.fd', '/usr/local/share/qemu/edk2-i386-vars.fd'],
] as const;

function findUefi(): { readonly code: string; readonly variables: string } {
  const found = UEFI.find(([code, variables]) => existsSync(code) && existsSync(variables));
  if (found === undefined) {
    throw new NotSupported('UEFI for QEMU is not installed.', {
      hint: 'Install OVMF; on Debian and Ubuntu it is the package ovmf.',
    });
  }
  return { code: found[0], variables: found[1] };
}

function notInstalled(program: string, debian: string): NotSupported {
  return new NotSupported(`${program} is not installed.`, {
    hint: `Install QEMU; on Debian and Ubuntu it is the package ${debian}.`,
  });
}
