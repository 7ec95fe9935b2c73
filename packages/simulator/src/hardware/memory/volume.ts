/** A volume on a medium: its label, and the files in its root. */

/** A file in the root of a volume. */
export interface VolumeFile {
  /** As it stands on the volume, without version. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Its bytes in order, in pieces of whole blocks but for the last. @param blocks most blocks read at once */
  read(blocks: number): AsyncIterable<Uint8Array>;
}

/** A volume. */
export interface Volume {
  readonly label: string;
  readonly files: readonly VolumeFile[];
}

/** Reads whole blocks of a medium. */
export type ReadBlocks = (block: number, count: number) => Promise<Uint8Array>;

/** The file of this name, whatever its letters' case. */
export function fileOf(volume: Volume, name: string): VolumeFile | undefined {
  const wanted = name.toUpperCase();
  return volume.files.find((file) => file.name.toUpperCase() === wanted);
}

/** All of a file that is known to be small. */
export async function wholeOf(file: VolumeFile, blocks: number): Promise<Uint8Array> {
  const whole = new Uint8Array(file.size);
  let at = 0;
  for await (const piece of file.read(blocks)) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Little-endian integers at a place; 0 behind the end, as on a medium full of zeros. */
export function le16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** As {@link le16}, four bytes. */
export function le32(bytes: Uint8Array, at: number): number {
  return le16(bytes, at) + le16(bytes, at + 2) * 0x10000;
}

/** Characters of one byte each, without the blanks and zeros that fill them up. */
export function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replace(/[ \0]+$/, '');
}
