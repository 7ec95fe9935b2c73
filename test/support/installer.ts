/** An installation CD for pretend PCs, and what it does to one. */
import { createHash } from 'node:crypto';
import { type BlockSource, memoryImage } from '@amtkit/core';
import { type MemoryPc, makeIso, memoryPc, realClock } from '@amtkit/simulator';

/** What stands on the disk after an installation: a system that says hello, and bytes that differ from block to block. */
const installedSystem = system(2 * 1024 * 1024);

/** SHA-256 of it, lower-case hex. */
export const installedSum = createHash('sha256').update(installedSystem).digest('hex');

/** The CD. @param ending what its script does after it has installed and verified @param begin what before */
export function installerCd(ending = 'poweroff', begin = 'print Installing'): Uint8Array {
  return makeIso({
    label: 'INSTALLER',
    files: { 'DISK.IMG': installedSystem },
    bootScript: `${begin}\ncopy DISK.IMG disk\nverify DISK.IMG disk\nprint Installation finished\n${ending}\n`,
  });
}

/** A pretend PC with nothing installed but what the factory did. */
export function pretendPc(power: 'on' | 'off' = 'off'): MemoryPc {
  return memoryPc({ power, clock: realClock, speed: 0 });
}

/** An image that a test can hold up, and let fail. */
export interface HeldImage extends BlockSource {
  /** Reads from here on, as a part of the whole, wait. Absent: none. */
  holdAt: number | undefined;
  /** Reads from here on fail with this. */
  fails: Error | undefined;
  release(): void;
}

/** An image in the hand of a test. */
export function heldImage(bytes: Uint8Array, name = 'installer.iso'): HeldImage {
  const image = memoryImage(bytes, { name });
  let waiting: (() => void)[] = [];
  return {
    name,
    size: image.size,
    holdAt: undefined,
    fails: undefined,
    async read(offset, target) {
      while (this.holdAt !== undefined && offset + target.length > this.holdAt * bytes.length) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      if (this.fails !== undefined) throw this.fails;
      await image.read(offset, target);
    },
    release() {
      this.holdAt = undefined;
      const all = waiting;
      waiting = [];
      for (const each of all) each();
    },
    async [Symbol.asyncDispose]() {},
  };
}

function system(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const words = new Uint32Array(bytes.buffer);
  let word = 0x2545f491;
  for (let i = 0; i < words.length; i++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[i] = word;
  }
  bytes.set(new TextEncoder().encode('#!amtkit\nprint Hello from the disk.\nsystem Demo OS\n\0'));
  return bytes;
}
