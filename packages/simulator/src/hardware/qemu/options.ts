/** What a PC made of QEMU is built from. */
import type { HardwarePower } from '../hardware.ts';

/** How a PC made of QEMU is built. */
export interface QemuPcOptions {
  /** The firmware that starts it: the classic BIOS, or UEFI. @default 'seabios' */
  readonly bios?: 'seabios' | 'ovmf';
  /** Chipset: PIIX with IDE, or Q35 with AHCI. @default 'pc' */
  readonly machine?: 'pc' | 'q35';
  /** MiB. @default 512 */
  readonly memory?: number;
  /** @default 1 */
  readonly cpus?: number;
  /** QEMU's name of a processor model, such as `max`. @default QEMU's own choice */
  readonly cpu?: string;
  /** Hardware virtualisation, software, or the first where a trial start succeeds with it. @default 'auto' */
  readonly accelerator?: 'auto' | 'kvm' | 'tcg';
  readonly disk?: QemuDiskOptions;
  /** An image in the PC's own CD drive; without one it has no such drive. */
  readonly cd?: string;
  /** What the redirected CD drive is attached to. QEMU splits what a BIOS reads over IDE into single blocks. @default 'ide' */
  readonly redirectedCd?: 'ide' | 'scsi';
  /** A network card behind QEMU's own router, from which it can start; 10.0.2.2 is this computer. @default 'none' */
  readonly network?: 'none' | 'user';
  /** @default 'off' */
  readonly power?: Extract<HardwarePower, 'on' | 'off'>;
  /**
   * Bytes of a cluster that is read from a redirected medium as a whole and kept, a power of two; 0 reads what is asked
   * for and nothing else, as real firmware does. @default 0
   */
  readonly clusterBytes?: number;
  /** Milliseconds that a system is given to follow `soft-off` and `soft-reset`. @default 120_000 */
  readonly patienceMs?: number;
  /** Name or path of the program. @default 'qemu-system-x86_64' */
  readonly program?: string;
  /** Told in one sentence what went wrong or could not be done. @default silent */
  readonly log?: (line: string) => void;
}

/** The disk of a PC made of QEMU. */
export interface QemuDiskOptions {
  /**
   * Where it is kept, made when it is not there, with what UEFI remembers in a file beside it; without one it lasts as
   * long as the PC.
   */
  readonly file?: string;
  /** Bytes of a disk that is made. @default 8 GiB */
  readonly size?: number;
  /** @default 'ide' */
  readonly bus?: 'ide' | 'virtio';
}
