/** Whether hardware virtualisation can be used, which is found out by using it: the device may be there and useless. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { startGuest } from './guest.ts';
import type { QemuPcOptions } from './options.ts';
import { Descriptor } from './parts.ts';

/** How QEMU runs a processor. */
export type Accelerator = 'kvm' | 'tcg';

/** Milliseconds within which a BIOS has tried everything where hardware virtualisation works. It needs a tenth of that. */
const DONE_WITHIN = 2000;

const found = new Map<string, Promise<Accelerator>>();

/** The one to use. A trial is made once for each program and processor model. */
export function accelerator(options: QemuPcOptions, program: string): Promise<Accelerator> {
  const { accelerator: wanted = 'auto', cpu = '' } = options;
  if (wanted !== 'auto') return Promise.resolve(wanted);
  const key = `${program}\n${cpu}`;
  const known = found.get(key) ?? (mayUseKvm() ? tryKvm(program, cpu) : Promise.resolve('tcg'));
  found.set(key, known);
  return known;
}

/** Observed: on a processor that is virtual itself, guests start or hang as chance will have it. That has to be asked for. */
function mayUseKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return !/^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

/** Starts a PC with no drive, whose BIOS says in the end that it found nothing. */
async function tryKvm(program: string, cpu: string): Promise<Accelerator> {
  const words = ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'pc', '-accel', 'kvm', '-m', '16'];
  if (cpu !== '') words.push('-cpu', cpu);
  words.push('-chardev', `socket,id=qmp,fd=${Descriptor.qmp}`, '-mon', 'chardev=qmp,mode=control');
  words.push('-chardev', `socket,id=bios,fd=${Descriptor.bios}`, '-device', 'isa-debugcon,iobase=0x402,chardev=bios');
  try {
    const guest = await startGuest(program, words, () => {});
    const timer = setTimeout(() => void guest.kill(), DONE_WITHIN);
    let text = '';
    for await (const bytes of guest.bios) {
      text += new TextDecoder('latin1').decode(bytes);
      if (text.includes('No bootable device')) break;
    }
    clearTimeout(timer);
    await guest.kill();
    return text.includes('No bootable device') ? 'kvm' : 'tcg';
  } catch {
    return 'tcg';
  }
}
