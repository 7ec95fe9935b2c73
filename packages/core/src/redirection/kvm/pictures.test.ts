/** Whole pictures through a whole client: every format and way, against the source. */
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../errors.ts';
import { chunksOf, joined } from '../../testing/bytes.ts';
import { meshcentralDesktop } from '../../testing/meshcentral-desktop.ts';
import { needs, peersFolder } from '../../testing/needs.ts';
import { type PictureName, picture, wrongPixels } from '../../testing/pictures.ts';
import {
  ScreenEncoder,
  shownPixels,
  type TileKind,
  tileBytes,
  tilesOf,
  type WireFormat,
  type WireWay,
  wirePixels,
} from '../../testing/screen-encoder.ts';
import { seededRandom } from '../../transport/faulty.ts';
import { PixelFormats, serverInit } from './messages.ts';
import { RfbClient, type RfbOptions } from './rfb.ts';

const formats = ['rgb565', 'rgb332', 'grey8', 'grey4'] as const;
const ways = ['raw', 'stored', 'zlib'] as const;
const names = ['solid', 'console', 'bios', 'desktop', 'photo'] as const;

/** What the firmware says before its first update. */
function greeting(width: number, height: number): Uint8Array {
  const name = new TextEncoder().encode('Intel(r) AMT KVM');
  return joined([
    Uint8Array.of(0x41, 0, 0, 0, 0, 0, 0, 0),
    new TextEncoder().encode('RFB 003.008\n'),
    Uint8Array.of(1, 1, 0, 0, 0, 0),
    serverInit.encode({ width, height, ...PixelFormats.rgb565, name }),
  ]);
}

function clientFor(width: number, height: number, options: RfbOptions): RfbClient {
  const client = new RfbClient(options);
  client.receive(greeting(width, height));
  return client;
}

describe.each(formats)('pictures in %s', (format) => {
  describe.each(ways)('%s', (way) => {
    // 22 pixels are the last column of 1366; 400 is no multiple of 64.
    test.each(names)('%s, and the next one over it', async (name) => {
      const [width, height] = [150, 80];
      const encoder = new ScreenEncoder(format, way);
      const client = clientFor(width, height, { format });
      for (const shown of [name, 'console', name] satisfies PictureName[]) {
        const source = picture(shown, width, height);
        client.receive(await encoder.picture(source));
        expect(wrongPixels(client.framebuffer.pixels, shownPixels(wirePixels(source, format), format))).toBe(0);
      }
      expect(client.framebuffer.complete).toBe(true);
    });
  });
});

describe('chunks', () => {
  const [width, height] = [342, 150];
  test.each(ways)('of any size give the same picture, %s', async (way) => {
    const source = picture('desktop', width, height);
    const update = await new ScreenEncoder('rgb565', way).picture(source);
    const expected = shownPixels(wirePixels(source, 'rgb565'), 'rgb565');
    for (const size of [1, 3, 23, 1448, 16384, update.length]) {
      const client = clientFor(width, height, { format: 'rgb565' });
      for (const chunk of chunksOf(update, size)) client.receive(chunk);
      expect(wrongPixels(client.framebuffer.pixels, expected)).toBe(0);
    }
  });
});

describe('rectangles that firmware would not send', () => {
  test('raw pixels of the whole screen in one', () => {
    const [width, height] = [300, 200];
    const values = wirePixels(picture('photo', width, height), 'rgb565');
    const head = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, width >> 8, width & 255, height >> 8, height & 255, 0, 0, 0, 0);
    const client = clientFor(width, height, { format: 'rgb565' });
    for (const chunk of chunksOf(joined([head, new Uint8Array(values.buffer)]), 5000)) client.receive(chunk);
    expect(wrongPixels(client.framebuffer.pixels, shownPixels(values, 'rgb565'))).toBe(0);
    expect(client.framebuffer.complete).toBe(true);
  });

  test('deflated pieces that do not count stored ones between them', async () => {
    const random = seededRandom(2);
    const noise = Uint16Array.from({ length: 4096 }, () => Math.floor(256 * random()));
    // Read two bytes too late, the first tile is of a kind that does not exist.
    noise[1] = 17;
    const flat = new Uint16Array(4096).fill(0xe0);
    const [tile, between] = [noise, flat].map((values) => tilesOf(values, 64, 64)[0]);
    if (tile === undefined || between === undefined) throw new Error('No tiles.');
    const encoder = new ScreenEncoder('rgb332', 'zlib');
    const client = clientFor(64, 64, { format: 'rgb332' });
    // Deflaters never refer to the very first byte.
    client.receive(await encoder.update([between]));
    client.receive(await encoder.update([tile], 'raw'));
    const stored = await encoder.encoded(between, tileBytes(between, 1), 'stored');
    client.receive(joined([Uint8Array.of(0, 0, 0, 1), stored]));
    expect(wrongPixels(client.framebuffer.pixels, shownPixels(flat, 'rgb332'))).toBe(0);
    client.receive(await encoder.update([tile], 'raw'));
    expect(wrongPixels(client.framebuffer.pixels, shownPixels(noise, 'rgb332'))).toBe(0);
  });
});

describe('every kind of tile', () => {
  const kinds: readonly { kind: TileKind; name: PictureName }[] = [
    { kind: 'raw', name: 'photo' },
    { kind: 'runs', name: 'desktop' },
    { kind: 'packed', name: 'bios' },
    { kind: 'palette-runs', name: 'console' },
  ];
  test.each(kinds)('$kind', async ({ kind, name }) => {
    const source = picture(name, 192, 128);
    const encoder = new ScreenEncoder('rgb565', 'zlib');
    const values = wirePixels(source, 'rgb565');
    const able = tilesOf(values, 192, 128).filter((tile) => kind === 'raw' || new Set(tile.values).size > 1);
    const client = clientFor(192, 128, { format: 'rgb565' });
    client.receive(await encoder.picture(source));
    client.receive(await encoder.update(able, kind));
    expect(wrongPixels(client.framebuffer.pixels, shownPixels(values, 'rgb565'))).toBe(0);
  });
});

describe('a session that is damaged', () => {
  const [width, height] = [150, 80];
  const session = async (way: WireWay): Promise<Uint8Array> => {
    const encoder = new ScreenEncoder('rgb565', way);
    const updates = [await encoder.picture(picture('desktop', width, height))];
    updates.push(await encoder.picture(picture('bios', width, height)));
    return joined([greeting(width, height), ...updates]);
  };

  test.each(ways)('cut after any byte ends with a sentence, %s', async (way) => {
    const whole = await session(way);
    for (let length = 0; length < whole.length; length += length < 200 ? 1 : 97) {
      const client = new RfbClient({ format: 'rgb565' });
      client.receive(whole.slice(0, length));
      expect(client.receiveEnd()).toEqual([{ type: 'dropped', cause: expect.any(String), reason: expect.any(String) }]);
    }
  });

  test.each(ways)('cut after any byte shows no pixel that was never shown, %s', async (way) => {
    const whole = await session(way);
    const shown = (['desktop', 'bios'] as const).map(
      (name) => new Int32Array(shownPixels(wirePixels(picture(name, width, height), 'rgb565'), 'rgb565').buffer),
    );
    const black = new Int32Array(Uint8Array.of(0, 0, 0, 255).buffer)[0];
    for (let length = 100; length < whole.length; length += 97) {
      const client = new RfbClient({ format: 'rgb565' });
      client.receive(whole.slice(0, length));
      const { words } = client.framebuffer;
      const strange = words.findIndex((word, i) => word !== black && word !== shown[0]?.[i] && word !== shown[1]?.[i]);
      expect([length, strange]).toEqual([length, -1]);
    }
  });

  test.each(ways)('throws nothing but ProtocolError, whatever byte is wrong, %s', async (way) => {
    const whole = await session(way);
    const random = seededRandom(9);
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const damaged = whole.slice();
      for (let i = 0; i < 3; i++) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      try {
        const client = new RfbClient({ format: 'rgb565' });
        for (const chunk of chunksOf(damaged, 1 + Math.floor(random() * 3000))) client.receive(chunk);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(way === 'raw' ? 0 : 20);
  });
});

describe("MeshCentral's decoder reads the same bytes as the same picture", needs('peers'), () => {
  /** Its colours: levels are shifted, not spread. */
  const theirs = (values: Uint16Array, format: WireFormat): Uint8ClampedArray => {
    const shown = new Uint8ClampedArray(4 * values.length);
    values.forEach((v, i) => {
      const blue = (v & 3) << 6;
      const colour = {
        rgb565: [(v >> 8) & 248, (v >> 3) & 252, (v & 31) << 3],
        rgb332: [v & 224, (v & 28) << 3, blue > 127 ? blue + 32 : blue],
        grey8: [v, v, v],
        grey4: [v << 4, v << 4, v << 4],
      }[format];
      shown.set([...colour, 255], 4 * i);
    });
    return shown;
  };

  test.each(formats.flatMap((format) => ways.map((way) => ({ format, way }))))(
    '$format, $way',
    async ({ format, way }) => {
      const [width, height] = [342, 150];
      const encoder = new ScreenEncoder(format, way);
      const gray = { graymode: format.startsWith('grey'), lowcolor: format === 'grey4' };
      const desktop = meshcentralDesktop(peersFolder() ?? '', { bpp: format === 'rgb565' ? 2 : 1, ...gray });
      desktop.receive(greeting(width, height).slice(8));
      for (const name of names) {
        const source = picture(name, width, height);
        for (const chunk of chunksOf(await encoder.picture(source), 1448)) desktop.receive(chunk);
        expect([desktop.stopped, desktop.width, desktop.height]).toEqual([false, width, height]);
        expect(wrongPixels(desktop.pixels, theirs(wirePixels(source, format), format))).toBe(0);
      }
    },
  );
});
