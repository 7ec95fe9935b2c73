/** GET CONFIGURATION of a CD drive: what it is and can do, as numbered features. [MMC-6: GET CONFIGURATION] */
import type { Medium } from './replies.ts';

interface Feature {
  readonly number: number;
  /** Version in bits 2 to 5, bit 1 persistent, bit 0 current; the data behind. */
  readonly bytes: readonly number[];
  /** Only there while a medium is. */
  readonly ofMedium?: true;
}

const FEATURES: readonly Feature[] = [
  // Core: an ATAPI drive.
  { number: 0x0001, bytes: [0x03, 4, 0, 0, 0, 2] },
  // Morphing: neither asynchronous events nor changes of features.
  { number: 0x0002, bytes: [0x03, 4, 0, 0, 0, 0] },
  // Removable medium in a tray that can be locked and ejected.
  { number: 0x0003, bytes: [0x03, 4, 0x29, 0, 0, 2] },
  // Random readable, blocks of 2048 bytes.
  { number: 0x0010, bytes: [0x01, 8, 0, 0, 8, 0, 0, 1, 0, 0], ofMedium: true },
  // CD read.
  { number: 0x001e, bytes: [0x03, 0] },
  // Power management, timeout.
  { number: 0x0100, bytes: [0x03, 0] },
  { number: 0x0105, bytes: [0x03, 0] },
];

/** The profile of a CD-ROM. */
const CD_ROM = 0x08;

/**
 * The reply: a header that counts what follows its first word, and the features that were asked for.
 * @param type 0 all from `first` on, 1 the current ones of them, 2 `first` alone
 * @returns `undefined` for type 3, which does not exist
 */
export function configuration(medium: Medium | undefined, type: number, first: number): Uint8Array | undefined {
  if (type === 3) return undefined;
  const present = medium !== undefined;
  const profiles: Feature = { number: 0, bytes: [0x03, 4, 0, CD_ROM, present ? 1 : 0, 0] };
  const chosen = [profiles, ...FEATURES].filter(({ number, ofMedium }) => {
    if (type === 2) return number === first;
    return number >= first && (type === 0 || present || ofMedium === undefined);
  });
  const features = chosen.flatMap(({ number, bytes, ofMedium }) => {
    const [flags = 0, ...rest] = bytes;
    return [number >> 8, number & 0xff, present || ofMedium === undefined ? flags : flags & ~1, ...rest];
  });
  const length = 4 + features.length;
  return Uint8Array.of(0, 0, length >> 8, length & 0xff, 0, 0, 0, present ? CD_ROM : 0, ...features);
}
