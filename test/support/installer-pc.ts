/** A PC whose BIOS starts whatever is lent to it, and whose installer copies the whole of it to the disk. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import {
  type BootChoice,
  type DriveUnit,
  type MemoryPc,
  memoryPc,
  type RedirectedMedium,
  realClock,
} from '@amtkit/simulator';
import { readUntil } from './serial-pc.ts';

/** What the installer does. */
export interface InstallerOptions {
  readonly power?: 'on' | 'off';
  /** How it ends. @default off */
  readonly ends?: 'off' | 'restart' | 'stay';
  /** Blocks of one read. @default 16 */
  readonly step?: number;
  /** The loader waits for this key, and starts the disk where it does not come. */
  readonly waitsFor?: string;
  /** Called before each read. */
  readonly onRead?: (block: number) => Promise<void> | void;
}

/** The PC, and what a person would look at afterwards. */
export interface InstallerPc {
  readonly hardware: MemoryPc;
  /** What was installed; absent before the installer was done. */
  readonly disk: Uint8Array | undefined;
  /** Read errors that the installer met and survived. */
  readonly readErrors: number;
  readonly starts: readonly BootChoice[];
}

/** A new one. */
export function installerPc(options: InstallerOptions = {}): InstallerPc {
  const { power = 'off', ends = 'off', step = 16, waitsFor, onRead } = options;
  const [serial, port] = memoryPair(['PC', 'firmware']);
  const base = memoryPc({ power, clock: realClock, speed: 0 });
  const apply = base.apply.bind(base);
  const media: Partial<Record<DriveUnit, RedirectedMedium>> = {};
  const starts: BootChoice[] = [];
  let disk: Uint8Array | undefined;
  let readErrors = 0;
  let turn = 0;

  const say = (text: string) => port.write(new TextEncoder().encode(text));

  async function install(mine: number): Promise<void> {
    const medium = await inserted(mine);
    if (medium === undefined) return;
    await medium.read(16, 2);
    if (waitsFor !== undefined && !(await typed(port, waitsFor))) return;
    const image = new Uint8Array(medium.blocks * medium.blockLength);
    await say('Installing\r\n');
    for (let block = 0; block < medium.blocks && mine === turn; block += step) {
      await onRead?.(block);
      image.set(await readPatiently(block, Math.min(step, medium.blocks - block)), block * medium.blockLength);
    }
    if (mine !== turn) return;
    disk = image;
    await say('Installation finished\r\n');
    if (ends === 'off') base.losePower();
    else if (ends === 'restart') await hardware.apply('reset');
  }

  /** The medium of the CD drive. The firmware lends it when it sees the PC start; a BIOS looks for a while. */
  async function inserted(mine: number): Promise<RedirectedMedium | undefined> {
    for (let look = 0; look < 200 && mine === turn; look++) {
      if (media.cd !== undefined) return media.cd;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return undefined;
  }

  /** As a driver does: a read that fails is repeated, on whatever is in the drive by then. */
  async function readPatiently(block: number, count: number): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      try {
        const medium = media.cd;
        if (medium === undefined) throw new Error('There is no medium.');
        return await medium.read(block, count);
      } catch (error) {
        readErrors++;
        if (attempt === 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  const hardware: MemoryPc = Object.assign(base, {
    serial,
    async apply(...asked: Parameters<MemoryPc['apply']>) {
      const mine = ++turn;
      await apply(...asked);
      const [action, boot = 'disk'] = asked;
      if (action !== 'on' && action !== 'reset') return;
      starts.push(boot);
      if (boot === 'ider-cd') void install(mine).catch(() => {});
    },
    async insert(unit: DriveUnit, medium: RedirectedMedium | undefined) {
      if (medium === undefined) delete media[unit];
      else media[unit] = medium;
    },
  });
  return {
    hardware,
    get disk() {
      return disk;
    },
    get readErrors() {
      return readErrors;
    },
    starts,
  };
}

/** Whether a key comes within five seconds. The port stays open. */
async function typed(port: ByteStream, key: string): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 5_000).unref());
  return await Promise.race([readUntil(port, key).then(() => true), late]);
}
