/** What a PC shows before any system: its BIOS, and where that asks what to start from. */
import type { Amt } from './amt.ts';
import type { Installation } from './install.ts';

/** Something that leads to a screen. */
export interface BiosStep {
  readonly name: string;
  /** Returns what was said to it. */
  readonly act: () => Promise<readonly string[]>;
}

/** The way to both. The BIOS of a real guest, SeaBIOS, has a menu and no set-up; the pretend one has both. */
export function biosSteps(amt: Amt, pc: string, backend: Installation['backend']): readonly BiosStep[] {
  const toBios = () => amt.bootNow(pc, 'bios');
  return backend === 'qemu'
    ? [
        {
          name: 'amt power on starts its BIOS, which finds nothing on the disk, and amt kvm shot takes a picture',
          act: () => amt.powerOn(pc),
        },
        { name: 'amt boot bios brings up its boot menu', act: toBios },
      ]
    : [
        { name: 'amt boot bios brings up its set-up, and amt kvm shot takes a picture', act: toBios },
        {
          name: 'amt kvm keys leaves the set-up, and asks for the boot menu while the PC starts again',
          act: () => amt.keys(pc, 'escape', 'f12'),
        },
      ];
}
