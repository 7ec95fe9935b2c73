/** The devices of a PC made of QEMU: where each is plugged in, what QEMU calls it, and by what name a BIOS boots it. */
import type { QemuPcOptions } from './options.ts';

/** Every device that a PC may start from. */
export type BootDevice = 'disk' | 'cd' | 'ider-cd' | 'ider-floppy' | 'pxe';

/** What SeaBIOS calls a device of this kind when it starts from it. */
export type BootKind = 'Hard Disk' | 'DVD/CD' | 'ROM';

/** One device. */
export interface Part {
  /** QEMU's name of it, and the last part of its path in QEMU's object tree. */
  readonly id: BootDevice;
  readonly kind: BootKind;
  /** What the UEFI path of it, or of something on it, contains. [UEFI §10] */
  readonly path: string;
}

/** The devices that a PC with these options may have, and how they are plugged in. */
export function partsOf(options: QemuPcOptions): readonly Part[] {
  const slots = SLOTS[options.machine ?? 'pc'];
  const virtio = options.disk?.bus === 'virtio';
  const scsi = options.redirectedCd === 'scsi';
  return [
    { id: 'disk', kind: 'Hard Disk', path: virtio ? 'Pci(0x5,0x0)' : slots.disk.path },
    ...(options.cd === undefined ? [] : [{ id: 'cd', kind: 'DVD/CD', path: slots.cd.path } as const]),
    { id: 'ider-cd', kind: 'DVD/CD', path: scsi ? 'Pci(0x6,0x0)' : slots['ider-cd'].path },
    { id: 'ider-floppy', kind: 'Hard Disk', path: 'Pci(0x7,0x0)' },
    ...(options.network === 'user' ? [{ id: 'pxe', kind: 'ROM', path: 'Pci(0x8,0x0)' } as const] : []),
  ];
}

/** Files and sockets that a guest is started with. */
export interface GuestFiles {
  readonly disk: { readonly file: string; readonly format: string };
  /** Code and variables of UEFI; without them the classic BIOS starts. */
  readonly uefi?: { readonly code: string; readonly variables: string };
  /** Where QEMU listens for VNC viewers. */
  readonly vnc: string;
}

/** Descriptors that the child inherits: sockets, whose other end is ours. */
export const Descriptor = { qmp: 3, serial: 4, bios: 5 } as const;

/** What differs from one life of a guest to the next. */
export interface LifeOptions {
  readonly accelerator: 'kvm' | 'tcg';
  /** The BIOS waits whether somebody wants its menu. */
  readonly menu: boolean;
}

/** Milliseconds that a BIOS waits for the key to its menu, when that is wanted. UEFI rounds to seconds. */
const MENU_WAIT = 5000;

/** Words on QEMU's command line. It starts paused, and stays when the guest switches itself off. */
export function argumentsOf(options: QemuPcOptions, files: GuestFiles, life: LifeOptions): readonly string[] {
  const { machine = 'pc', memory = 512, cpus = 1, cpu, cd, network = 'none' } = options;
  const slots = SLOTS[machine];
  const onIde = { disk: 'ide-hd', cd: 'ide-cd', 'ider-cd': 'ide-cd' } as const;
  const ide = (id: keyof typeof onIde) => `${onIde[id]},id=${id},${slots[id].place}`;
  const words: (readonly [string, string?])[] = [
    ['-nodefaults'],
    ['-no-user-config'],
    ['-no-shutdown'],
    ['-S'],
    // Without graphics means: the BIOS shows its text on the serial port as well. The screen is there all the same.
    ['-machine', `${machine},graphics=off`],
    ['-accel', life.accelerator],
    ['-m', String(memory)],
    ['-smp', String(cpus)],
    ...(cpu === undefined ? [] : [['-cpu', cpu] as const]),
    ['-boot', life.menu ? `strict=on,menu=on,splash-time=${MENU_WAIT}` : 'strict=on'],
    ['-vga', 'std'],
    ['-display', 'none'],
    ['-vnc', `unix:${withCommas(files.vnc)}`],
    ['-chardev', `socket,id=qmp,fd=${Descriptor.qmp}`],
    ['-mon', 'chardev=qmp,mode=control'],
    ['-chardev', `socket,id=serial,fd=${Descriptor.serial}`],
    ['-device', 'isa-serial,chardev=serial'],
    ['-chardev', `socket,id=bios,fd=${Descriptor.bios}`],
    ['-device', 'isa-debugcon,iobase=0x402,chardev=bios'],
    ['-device', 'qemu-xhci,id=usb,addr=7'],
    // A pointer that knows places, as the one of the firmware does; an ordinary mouse only knows ways.
    ['-device', 'usb-tablet,id=pointer,bus=usb.0,port=4'],
    ['-blockdev', block('disk-file', { driver: files.disk.format, file: file(files.disk.file), discard: 'unmap' })],
    [
      '-device',
      options.disk?.bus === 'virtio'
        ? 'virtio-blk-pci,id=disk,addr=5,drive=disk-file'
        : `${ide('disk')},drive=disk-file`,
    ],
  ];
  if (options.redirectedCd === 'scsi') {
    words.push(['-device', 'virtio-scsi-pci,id=scsi,addr=6'], ['-device', 'scsi-cd,id=ider-cd,bus=scsi.0']);
  } else words.push(['-device', ide('ider-cd')]);
  if (cd !== undefined) {
    words.push(['-blockdev', block('cd-file', { driver: 'raw', file: file(cd), 'read-only': true })]);
    words.push(['-device', `${ide('cd')},drive=cd-file`]);
  }
  if (network === 'user') words.push(['-netdev', 'user,id=net'], ['-device', 'e1000,id=pxe,addr=8,netdev=net']);
  else words.push(['-nic', 'none']);
  if (files.uefi !== undefined) {
    const { code, variables } = files.uefi;
    words.push(['-blockdev', block('uefi-code', { driver: 'raw', file: file(code), 'read-only': true })]);
    words.push(['-blockdev', block('uefi-variables', { driver: 'raw', file: file(variables) })]);
    words.push(['-machine', 'pflash0=uefi-code,pflash1=uefi-variables']);
  }
  return words.flat().filter((word) => word !== undefined);
}

/** Where the ordinary drives sit. */
const SLOTS = {
  pc: {
    disk: { place: 'bus=ide.0,unit=0', path: 'Ata(Primary,Master' },
    cd: { place: 'bus=ide.0,unit=1', path: 'Ata(Primary,Slave' },
    'ider-cd': { place: 'bus=ide.1,unit=0', path: 'Ata(Secondary,Master' },
  },
  q35: {
    disk: { place: 'bus=ide.0', path: 'Sata(0x0,' },
    cd: { place: 'bus=ide.1', path: 'Sata(0x1,' },
    'ider-cd': { place: 'bus=ide.2', path: 'Sata(0x2,' },
  },
} as const;

function file(filename: string) {
  return { driver: 'file', filename };
}

function block(name: string, rest: object): string {
  return JSON.stringify({ 'node-name': name, ...rest });
}

/** QEMU reads a comma as the end of a value. */
function withCommas(path: string): string {
  return path.replaceAll(',', ',,');
}
