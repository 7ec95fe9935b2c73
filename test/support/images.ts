/** Images that a virtual PC can start from, made in memory. */
import { createHash } from 'node:crypto';

/** An image of a CD with a boot record, filled with bytes that differ from block to block. */
export function bootableCd(blocks: number): Uint8Array {
  const image = new Uint8Array(blocks * 2048);
  const words = new Uint32Array(image.buffer);
  let word = 0x2545f491;
  for (let i = 0; i < words.length; i++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[i] = word;
  }
  descriptor(image, 16, 1, (block) => block.set(new TextEncoder().encode('INSTALLER'.padEnd(32)), 40));
  descriptor(image, 17, 0, (block) => block.set(new TextEncoder().encode('EL TORITO SPECIFICATION'), 7));
  descriptor(image, 18, 255, () => {});
  return image;
}

/** SHA-256 as hex digits. */
export function sha256(bytes: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(bytes ?? new Uint8Array())
    .digest('hex');
}

function descriptor(image: Uint8Array, number: number, type: number, fill: (block: Uint8Array) => void): void {
  const block = image.subarray(number * 2048, (number + 1) * 2048);
  block.fill(0);
  block[0] = type;
  block.set(new TextEncoder().encode('CD001'), 1);
  block[6] = 1;
  fill(block);
}
