/** Whether hardware virtualisation can be used, which is found out by using it: the device may be there and useless. */
import { accessSync, constants } from 'node:fs';
import { startGuest } from './guest.ts';
import type { QemuPcOptions } from './options.ts';
import { Descriptor } from './parts.ts';

/** How QEMU runs a processor. */
export type Accelerator = 'kvm' | 'tcg';

/** Milliseconds within which a BIOS speaks where hardware virtualisation works. It needs a tenth of that. */
const SPEAKS_WITHIN = 3000;

const found = new Map<string, Promise<Accelerator>>();

/** The one to use. A trial is made once for each program and processor model. */
export function accelerator(options: QemuPcOptions, program: string): Promise<Accelerator> {
  const { accelerator: wanted = 'auto', cpu = '' } = options;
  if (wanted !== 'auto') return Promise.resolve(wanted);
  const key = `${program}\n${cpu}`;
  const known = found.get(key) ?? tryKvm(program, cpu);
  found.set(key, known);
  return known;
}

async function tryKvm(program: string, cpu: string): Promise<Accelerator> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return 'tcg';
  }
  const words = ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'pc', '-accel', 'kvm', '-m', '16'];
  if (cpu !== '') words.push('-cpu', cpu);
  words.push('-chardev', `socket,id=qmp,fd=${Descriptor.qmp}`, '-mon', 'chardev=qmp,mode=control');
  words.push('-chardev', `socket,id=bios,fd=${Descriptor.bios}`, '-device', 'isa-debugcon,iobase=0x402,chardev=bios');
  try {
    const guest = await startGuest(program, words, () => {});
    const timer = setTimeout(() => void guest.quit(), SPEAKS_WITHIN);
    try {
      for await (const _ of guest.bios) return 'kvm';
      return 'tcg';
    } finally {
      clearTimeout(timer);
      await guest.quit();
    }
  } catch {
    return 'tcg';
  }
}
