/** Makes small CD images for tests and demonstrations: a root directory, and a boot image where wanted. [ECMA-119] [EL TORITO] */
import { PROGRAM_MARK } from './hardware/memory/program.ts';

/** What goes onto a CD. */
export interface IsoOptions {
  /** Up to 32 capital letters, digits and underscores. @default 'AMTKIT' */
  readonly label?: string;
  /** Files of the root by name: capital letters, digits, underscores, and one dot. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  /**
   * What a pretend PC does when it starts from this CD, one command a line; it stands in `AMTKIT.SH`, too. The first
   * line, `#!amtkit`, may be left out.
   */
  readonly bootScript?: string;
  /** A boot image of another kind, without emulation. */
  readonly bootImage?: Uint8Array;
}

const BLOCK = 2048;
const FIRST = 16;
/** A fixed date, so that the same files make the same image: 1 January 2026, in years since 1900 and so on. */
const RECORDED = [126, 1, 1, 0, 0, 0, 0];
const RECORDED_LONG = '2026010100000000';

interface Placed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly block: number;
}

/** A CD image. @throws TypeError for names no CD can carry */
export function makeIso({ label = 'AMTKIT', files = {}, bootScript, bootImage }: IsoOptions): Uint8Array {
  if (!/^[A-Z0-9_]{1,32}$/.test(label)) throw new TypeError(`${label} is no label of a CD.`);
  const contents = new Map(Object.entries(files).map(([name, content]) => [checked(name), bytesOf(content)]));
  const script = bootScript === undefined ? undefined : bytesOf(withMark(bootScript));
  if (script !== undefined) contents.set('AMTKIT.SH', script);
  const boot = bootImage ?? script;
  const names = [...contents.keys()].sort();
  const directoryBlocks = directorySize(names);
  const [catalog, tables] = [FIRST + 3, FIRST + 4];
  const root = tables + 2;
  let next = root + directoryBlocks;
  const place = (name: string, bytes: Uint8Array): Placed => {
    const placed = { name, bytes, block: next };
    next += Math.ceil(bytes.length / BLOCK);
    return placed;
  };
  const placed = names.map((name) => place(name, contents.get(name) as Uint8Array));
  const image = bootImage === undefined ? placed.find(({ name }) => name === 'AMTKIT.SH') : place('', bootImage);
  const iso = new Uint8Array(next * BLOCK);
  const at = (block: number) => new Field(iso, block * BLOCK);
  writePrimary(at(FIRST), label, next, root, directoryBlocks * BLOCK, tables);
  if (boot !== undefined && image !== undefined) {
    at(FIRST + 1)
      .text(0, '\0CD001\x01EL TORITO SPECIFICATION')
      .le32(0x47, catalog);
    writeCatalog(at(catalog), image.block, boot.length);
  }
  at(FIRST + (boot === undefined ? 1 : 2)).text(0, '\xffCD001\x01');
  writeTable(at(tables), (field, offset) => field.le32(offset, root).le16(offset + 4, 1));
  writeTable(at(tables + 1), (field, offset) => field.be32(offset, root).be16(offset + 4, 1));
  writeDirectory(at(root), root, directoryBlocks * BLOCK, placed);
  for (const { bytes, block } of [...placed, ...(image === undefined ? [] : [image])]) iso.set(bytes, block * BLOCK);
  return iso;
}

/** Numbers and texts at places of a block. */
class Field {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(image: Uint8Array, start: number) {
    this.#bytes = image.subarray(start);
    this.#view = new DataView(image.buffer, image.byteOffset + start);
  }

  text(at: number, value: string, length = value.length, fill = ' '): this {
    const padded = value.padEnd(length, fill);
    for (let i = 0; i < padded.length; i++) this.#bytes[at + i] = padded.charCodeAt(i);
    return this;
  }

  bytes(at: number, values: readonly number[]): this {
    this.#bytes.set(values, at);
    return this;
  }

  le16(at: number, value: number): this {
    this.#view.setUint16(at, value, true);
    return this;
  }

  be16(at: number, value: number): this {
    this.#view.setUint16(at, value);
    return this;
  }

  le32(at: number, value: number): this {
    this.#view.setUint32(at, value, true);
    return this;
  }

  be32(at: number, value: number): this {
    this.#view.setUint32(at, value);
    return this;
  }

  /** Both byte orders, one behind the other. */
  both32(at: number, value: number): this {
    return this.le32(at, value).be32(at + 4, value);
  }

  both16(at: number, value: number): this {
    return this.le16(at, value).be16(at + 2, value);
  }

  /** A directory record; its length. [ECMA-119 §9.1] */
  record(at: number, name: string, block: number, size: number, folder: boolean): number {
    const length = recordLength(name);
    this.bytes(at, [length])
      .both32(at + 2, block)
      .both32(at + 10, size)
      .bytes(at + 18, RECORDED);
    this.bytes(at + 25, [folder ? 2 : 0])
      .both16(at + 28, 1)
      .bytes(at + 32, [name.length])
      .text(at + 33, name);
    return length;
  }
}

/** [ECMA-119 §8.4] */
function writePrimary(
  field: Field,
  label: string,
  blocks: number,
  root: number,
  rootSize: number,
  tables: number,
): void {
  field.text(0, '\x01CD001\x01').text(8, '', 32).text(40, label, 32).both32(80, blocks);
  field.both16(120, 1).both16(124, 1).both16(128, BLOCK).both32(132, TABLE_LENGTH);
  field.le32(140, tables).be32(148, tables + 1);
  field.record(156, '\0', root, rootSize, true);
  field.text(190, '', 128).text(318, '', 128).text(446, '', 128).text(574, 'AMTKIT', 128);
  field.text(702, '', 37).text(739, '', 37).text(776, '', 37);
  for (const at of [813, 830]) field.text(at, RECORDED_LONG).bytes(at + 16, [0]);
  for (const at of [847, 864]) field.text(at, '0'.repeat(16)).bytes(at + 16, [0]);
  field.bytes(881, [1]);
}

/** One validation entry and one initial entry, for a PC, without emulation. [EL TORITO §2.1] */
function writeCatalog(field: Field, block: number, size: number): void {
  field.bytes(0, [1]).text(4, 'AMTKIT', 24, '\0').bytes(30, [0x55, 0xaa]);
  const words = [0x0001, 0xaa55, ...[0, 2, 4].map((i) => 'AMTKIT'.charCodeAt(i) | ('AMTKIT'.charCodeAt(i + 1) << 8))];
  field.le16(28, -words.reduce((sum, word) => sum + word, 0) & 0xffff);
  field
    .bytes(32, [0x88])
    .le16(38, Math.ceil(size / 512))
    .le32(40, block);
}

/** A path table with the root alone. [ECMA-119 §9.4] */
function writeTable(field: Field, numbers: (field: Field, offset: number) => void): void {
  field.bytes(0, [1, 0]);
  numbers(field, 2);
}

const TABLE_LENGTH = 10;

function writeDirectory(field: Field, root: number, size: number, files: readonly Placed[]): void {
  let at = field.record(0, '\0', root, size, true);
  at += field.record(at, '\x01', root, size, true);
  for (const { name, bytes, block } of files) {
    const length = recordLength(`${name};1`);
    if ((at % BLOCK) + length > BLOCK) at += BLOCK - (at % BLOCK);
    at += field.record(at, `${name};1`, block, bytes.length, false);
  }
}

/** Blocks of a directory; no record crosses from one to the next. */
function directorySize(names: readonly string[]): number {
  let at = 2 * recordLength('\0');
  for (const name of names) {
    const length = recordLength(`${name};1`);
    if ((at % BLOCK) + length > BLOCK) at += BLOCK - (at % BLOCK);
    at += length;
  }
  return Math.ceil(at / BLOCK);
}

/** Even, as every record has to be. */
function recordLength(name: string): number {
  return 33 + name.length + ((name.length + 1) % 2);
}

function checked(name: string): string {
  if (!/^(?=.{1,31}$)[A-Z0-9_]*\.?[A-Z0-9_]*$/.test(name) || name === '.') {
    throw new TypeError(`${name} is no name of a file on a CD: capital letters, digits, underscores and one dot.`);
  }
  return name;
}

function withMark(script: string): string {
  return script.startsWith(PROGRAM_MARK) ? script : `${PROGRAM_MARK}\n${script}`;
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}
