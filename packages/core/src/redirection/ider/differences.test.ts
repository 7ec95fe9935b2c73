import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toHex } from '../../bytes/hex.ts';
import { hex, oneByteAtATime, parseRecording, type RecordedLine } from '../../testing/recording.ts';
import { ServedIder, testImage } from '../../testing/served-ider.ts';

const IMAGES = {
  cd: testImage(300 * 2048, 1),
  'floppy 2880': testImage(2880 * 512, 2),
  'floppy 5760': testImage(5760 * 512, 3),
};

/** The answers of firmware to the opening of a session. */
const OPENED = hex`41 00 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 00 20 00 20 00 00 00 00 00 57 01 00 00 00`;
const ENABLED = hex`49 00 00 00 01 00 00 00 03 01 00 00 00`;

/** Something the host wants, and what it comes to. */
interface Exchange {
  readonly name: string;
  /** Such as `cd 300, floppy 2880`. */
  readonly drives: string;
  readonly lines: readonly RecordedLine[];
}

function exchangesOf(recording: string): Exchange[] {
  const text = readFileSync(new URL(`../../../recordings/${recording}.txt`, import.meta.url), 'utf8');
  let drives = '';
  return text.split(/^# (?=drives: |== )/m).flatMap((section) => {
    drives = /^drives: (.*)/.exec(section)?.[1] ?? drives;
    const name = /^== (.*)/.exec(section)?.[1];
    return name === undefined ? [] : [{ name, drives, lines: parseRecording(filledIn(`# ${section}`, drives)) }];
  });
}

/** The recording with the bytes of images in their places: those of the drive that the command before them names. */
function filledIn(section: string, drives: string): string {
  const image = /^< 50(?: ..){13} b/m.test(section) ? IMAGES.cd : imagesOf(drives).floppy;
  return section.replace(/\[(\d+)\+(\d+)\]/g, (_, from, length) =>
    toHex((image as Uint8Array).subarray(Number(from), Number(from) + Number(length))),
  );
}

function imagesOf(drives: string): { cd?: Uint8Array; floppy?: Uint8Array } {
  const floppy = (['floppy 2880', 'floppy 5760'] as const).find((name) => drives.includes(name));
  return {
    ...(drives.includes('cd 300') ? { cd: IMAGES.cd } : {}),
    ...(floppy === undefined ? {} : { floppy: IMAGES[floppy] }),
  };
}

/** Whether everything the client says in an exchange is what was recorded. */
function agrees(client: ServedIder, { lines }: Exchange, cut: (bytes: Uint8Array) => Iterable<Uint8Array>): boolean {
  const said: number[] = [];
  const recorded = lines.flatMap(({ from, bytes }) => (from === 'console' ? [...bytes] : []));
  for (const { from, bytes } of lines) {
    if (from === 'firmware') for (const piece of cut(bytes)) client.receive(piece);
    if (bytes[0] === CLOSE) client.ider.close();
    said.push(...client.takeOutgoing().flatMap((chunk) => [...chunk]));
    if (toHex(Uint8Array.from(said)) !== toHex(Uint8Array.from(recorded.slice(0, said.length)))) return false;
  }
  return said.length === recorded.length;
}

const CLOSE = 0x42;

/** What differs, by name: `ider-boot: first TEST UNIT READY`. */
function differences(cut: (bytes: Uint8Array) => Iterable<Uint8Array>): string[] {
  const boot = exchangesOf('ider-boot');
  const session = new ServedIder({ cd: IMAGES.cd });
  const different = boot.filter((exchange) => !agrees(session, exchange, cut)).map(({ name }) => `ider-boot: ${name}`);
  for (const recording of ['ider-meshcommander', 'ider-amtider']) {
    for (const exchange of exchangesOf(recording)) {
      const client = new ServedIder(imagesOf(exchange.drives));
      client.receive(OPENED);
      client.receive(ENABLED);
      client.takeOutgoing();
      if (!agrees(client, exchange, cut)) different.push(`${recording}: ${exchange.name}`);
    }
  }
  return different;
}

/** The differences that docs/quirks.md explains: the first two columns of the table below its heading. */
function explained(): string[] {
  const page = readFileSync(new URL('../../../../../docs/quirks.md', import.meta.url), 'utf8');
  const section = page.split(/^## /m).find((section) => section.startsWith('Storage redirection: other answers'));
  const rows = [...(section ?? '').matchAll(/^\| `(ider-[a-z]+)` \| ([^|]+) \|/gm)];
  return rows.map(([, recording, name]) => `${recording}: ${name}`);
}

test.each([
  ['whole messages', (bytes: Uint8Array) => [bytes]],
  ['single bytes', oneByteAtATime],
])('answers as recorded except where docs/quirks.md says why not, in %s', (_, cut) => {
  expect(differences(cut).sort()).toEqual(explained().sort());
});

test('knows recordings with all their exchanges', () => {
  const counts = ['ider-boot', 'ider-meshcommander', 'ider-amtider'].map((name) => exchangesOf(name).length);
  expect(counts).toEqual([18, 69, 32]);
});
