import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../bytes/hex.ts';
import { Reader } from '../../bytes/reader.ts';
import { ProtocolError } from '../../errors.ts';
import { chunksOf, joined } from '../../testing/bytes.ts';
import { Framebuffer } from './framebuffer.ts';
import { type RfbClientMessage, rfbClientMessages } from './messages.ts';
import { RfbClient, type RfbEvent, type RfbOptions } from './rfb.ts';

const beforeScreen = '41 00 00 00 00 00 00 00 52 46 42 20 30 30 33 2e 30 30 38 0a 01 01 00 00 00 00';
const screen =
  '00 80 00 40 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00 00 00 00 10 49 6e 74 65 6c 28 72 29 20 41 4d 54 20 4b 56 4d';
const greeting = `${beforeScreen} ${screen}`;

/** A screen of 128 × 64 in RGB332: left tile red, right tile green. */
const firstUpdate = [
  '00 00 00 02',
  '00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 09 78 01 00 02 00 fd ff 01 e0',
  '00 40 00 00 00 40 00 40 00 00 00 10 00 00 00 07 00 02 00 fd ff 01 1c',
].join(' ');

const nextRequest = '03 01 00 00 00 00 00 80 00 40';

/** A session whose first request was sent. */
function started(options: RfbOptions = { format: 'rgb332' }, hex = greeting): RfbClient {
  const client = new RfbClient(options);
  client.receive(fromHex(hex));
  client.takeOutgoing();
  return client;
}

function sent(client: RfbClient): string {
  return toHex(joined(client.takeOutgoing()));
}

/** What was sent after the version and the two bytes that follow it. */
function messagesOf(client: RfbClient): RfbClientMessage[] {
  const reader = new Reader(joined(client.takeOutgoing()));
  const messages: RfbClientMessage[] = [];
  for (let message = rfbClientMessages.decode(reader); message; message = rfbClientMessages.decode(reader)) {
    messages.push(message);
  }
  return messages;
}

function colourAt({ framebuffer }: RfbClient, x: number, y: number): number[] {
  return [...framebuffer.pixels.subarray(4 * (y * framebuffer.width + x)).subarray(0, 4)];
}

const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];
const BLACK = [0, 0, 0, 255];

describe('a session as hardware leads it, RGB332 and RLE', () => {
  test.each([1, 2, 7, 23, 10_000])('in chunks of %i bytes', (size) => {
    const client = new RfbClient({ format: 'rgb332', dataChannel: true });
    const events: RfbEvent[] = [];
    for (const chunk of chunksOf(fromHex(`${greeting} ${firstUpdate}`), size)) events.push(...client.receive(chunk));
    expect(sent(client)).toBe(
      [
        '40 00 00 00 00 00 00 00 52 46 42 20 30 30 33 2e 30 30 38 0a 01 01',
        '02 00 00 04 00 00 00 10 00 00 00 00 00 00 04 44 ff ff ff 21',
        '00 00 00 00 08 08 00 01 00 07 00 07 00 03 05 02 00 00 00 00',
        '03 00 00 00 00 00 00 80 00 40',
        nextRequest,
      ].join(' '),
    );
    expect([colourAt(client, 63, 63), colourAt(client, 64, 0)]).toEqual([RED, GREEN]);
    expect(client.framebuffer.complete).toBe(true);
    expect(events.at(0)).toEqual({ type: 'started', width: 128, height: 64, title: 'Intel(r) AMT KVM' });
    expect(events.at(-1)).toEqual({ type: 'updated' });
    expect(events.filter(({ type }) => type === 'updated').length).toBe(1);
  });

  test('tells of tiles as they come, and when the update is whole', () => {
    const client = started();
    const bytes = fromHex(firstUpdate);
    expect(client.receive(bytes.subarray(0, 40))).toEqual([
      { type: 'painted', areas: [{ x: 0, y: 0, width: 64, height: 64 }] },
    ]);
    expect(client.receive(bytes.subarray(40))).toEqual([
      { type: 'painted', areas: [{ x: 64, y: 0, width: 64, height: 64 }] },
      { type: 'updated' },
    ]);
  });

  test('raw rectangles, of any size', () => {
    const client = started();
    const row = '03 '.repeat(100);
    client.receive(fromHex(`00 00 00 01 00 0a 00 02 00 64 00 03 00 00 00 00 ${row.repeat(3)}`));
    expect([
      colourAt(client, 9, 2),
      colourAt(client, 10, 2),
      colourAt(client, 109, 4),
      colourAt(client, 110, 4),
    ]).toEqual([BLACK, [0, 0, 255, 255], [0, 0, 255, 255], BLACK]);
  });
});

describe('asking for updates', () => {
  test('asks for the next one when the last rectangle begins, and not before', () => {
    const client = started();
    const bytes = fromHex(firstUpdate);
    client.receive(bytes.subarray(0, 40));
    expect(sent(client)).toBe('');
    client.receive(bytes.subarray(40, 41));
    expect(sent(client)).toBe(nextRequest);
    client.receive(bytes.subarray(41));
    expect(sent(client)).toBe('');
  });

  test('answers an update of nothing, too', () => {
    const client = started();
    expect(client.receive(fromHex('00 00 00 00'))).toEqual([{ type: 'updated' }]);
    expect(sent(client)).toBe(nextRequest);
  });

  test('asks for nothing while paused, and goes on from there', () => {
    const client = started();
    client.pause();
    client.receive(fromHex(firstUpdate));
    expect(sent(client)).toBe('');
    client.resume();
    expect(sent(client)).toBe(nextRequest);
    client.resume();
    expect(sent(client)).toBe('');
  });

  test('a pause that ends before the answer changes nothing', () => {
    const client = started();
    client.pause();
    client.resume();
    expect(sent(client)).toBe('');
    client.receive(fromHex(firstUpdate));
    expect(sent(client)).toBe(nextRequest);
  });

  test('asks for all of it when told to, also while nothing changes', () => {
    const client = started();
    client.receive(fromHex(firstUpdate));
    client.takeOutgoing();
    client.refresh();
    expect(sent(client)).toBe('03 00 00 00 00 00 00 80 00 40');
    client.receive(fromHex(firstUpdate).subarray(0, 10));
    client.refresh();
    expect(sent(client)).toBe('');
  });
});

describe('another screen size', () => {
  const resize = '00 00 00 01 00 00 00 00 00 40 00 20 ff ff ff 21';

  test('is black, told, and asked for wholly with one request', () => {
    const client = started();
    client.receive(fromHex(firstUpdate));
    client.takeOutgoing();
    expect(client.receive(fromHex(resize))).toEqual([
      { type: 'resized', width: 64, height: 32 },
      { type: 'painted', areas: [{ x: 0, y: 0, width: 64, height: 32 }] },
      { type: 'updated' },
    ]);
    expect(sent(client)).toBe('03 00 00 00 00 00 00 40 00 20');
    expect([client.framebuffer.width, client.framebuffer.height, client.framebuffer.complete]).toEqual([64, 32, false]);
    expect(colourAt(client, 0, 0)).toEqual(BLACK);
  });

  test('in the middle of an update holds for the rectangles behind it', () => {
    const client = started();
    client.receive(
      fromHex(
        [
          '00 00 00 03 00 40 00 00 00 40 00 40 00 00 00 10 00 00 00 09 78 01 00 02 00 fd ff 01 e0',
          '00 00 00 00 00 40 00 80 ff ff ff 21',
          '00 00 00 40 00 40 00 40 00 00 00 10 00 00 00 07 00 02 00 fd ff 01 1c',
        ].join(' '),
      ),
    );
    expect([colourAt(client, 0, 0), colourAt(client, 0, 64)]).toEqual([BLACK, GREEN]);
    expect(sent(client)).toBe('03 00 00 00 00 00 00 40 00 80');
  });

  test('a rectangle that was on the old screen and is not on the new one is refused', () => {
    const client = started();
    const wide = '00 40 00 00 00 40 00 20 00 00 00 10 00 00 00 07 00 02 00 fd ff 01 1c';
    expect(() => client.receive(fromHex(`00 00 00 02 00 00 00 00 00 40 00 20 ff ff ff 21 ${wide}`))).toThrow(
      'A rectangle of 64 × 32 at 64, 0 is not within the screen of 64 × 32.',
    );
  });

  test('chooses the depth again: 8 bits where 16 are more than the firmware holds', () => {
    const client = started({});
    client.receive(fromHex('00 00 00 01 00 00 00 00 0f 00 08 70 ff ff ff 21'));
    expect(sent(client)).toBe(
      '00 00 00 00 08 08 00 01 00 07 00 07 00 03 05 02 00 00 00 00 03 00 00 00 00 00 0f 00 08 70',
    );
    // And the next update is read as that: one red tile of 8 bits.
    client.receive(fromHex('00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 09 78 01 00 02 00 fd ff 01 e0'));
    expect(colourAt(client, 5, 5)).toEqual(RED);
    client.receive(fromHex('00 00 00 01 00 00 00 00 00 80 00 40 ff ff ff 21'));
    expect(messagesOf(client).map(({ type }) => type)).toEqual([
      'FramebufferUpdateRequest',
      'SetPixelFormat',
      'FramebufferUpdateRequest',
    ]);
  });

  test('the update that brings it is read in the depth it was asked in', () => {
    const client = started({});
    const small = '00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 0a 78 01 00 03 00 fc ff 01 00 f8';
    client.receive(fromHex(`00 00 00 02 00 00 00 00 0f 00 08 70 ff ff ff 21 ${small}`));
    expect(colourAt(client, 5, 5)).toEqual(RED);
    client.receive(fromHex('00 00 00 01 00 40 00 00 00 40 00 40 00 00 00 10 00 00 00 07 00 02 00 fd ff 01 1c'));
    expect(colourAt(client, 64, 5)).toEqual(GREEN);
  });

  test('also where its last pixels are raw', () => {
    const client = started({});
    const raw = '00 00 00 00 00 02 00 01 00 00 00 00 00 f8 e0 07';
    client.receive(fromHex(`00 00 00 02 00 00 00 00 0f 00 08 70 ff ff ff 21 ${raw}`));
    expect([colourAt(client, 0, 0), colourAt(client, 1, 0)]).toEqual([RED, GREEN]);
    client.receive(fromHex('00 00 00 01 00 00 00 00 00 02 00 01 00 00 00 00 1c e0'));
    expect([colourAt(client, 0, 0), colourAt(client, 1, 0)]).toEqual([GREEN, RED]);
  });
});

describe('the pixel format', () => {
  test.each([
    { width: '07 80', height: '04 38', format: 16, what: '1920 × 1080 in 16 bits' },
    { width: '0a 00', height: '07 08', format: 16, what: '2560 × 1800 in 16 bits, just' },
    { width: '0f 00', height: '08 70', format: 8, what: '3840 × 2160 in 8 bits' },
  ])('is told always, and fits the buffer: $what', ({ width, height, format }) => {
    const client = new RfbClient();
    client.receive(fromHex(beforeScreen));
    client.takeOutgoing();
    client.receive(fromHex(screen.replace('00 80 00 40', `${width} ${height}`)));
    expect(messagesOf(client)).toContainEqual(
      expect.objectContaining({ type: 'SetPixelFormat', bitsPerPixel: format }),
    );
  });

  test('is changed between updates', () => {
    const client = started();
    client.setFormat('grey8');
    expect(sent(client)).toBe('');
    client.receive(fromHex(firstUpdate));
    expect(colourAt(client, 0, 0)).toEqual(RED);
    expect(sent(client)).toBe(
      '00 00 00 00 08 08 00 01 00 ff 00 00 00 00 00 00 00 00 00 00 03 00 00 00 00 00 00 80 00 40',
    );
    client.receive(fromHex('00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 07 00 02 00 fd ff 01 e0'));
    expect(colourAt(client, 0, 0)).toEqual([224, 224, 224, 255]);
  });

  test('is not changed while a request is under way, also when all of the screen is asked for', () => {
    const client = started();
    client.setFormat('rgb565');
    client.refresh();
    expect(messagesOf(client).map(({ type }) => type)).toEqual(['FramebufferUpdateRequest']);
    client.receive(fromHex(firstUpdate));
    expect(colourAt(client, 0, 0)).toEqual(RED);
    expect(messagesOf(client).map(({ type }) => type)).toEqual(['SetPixelFormat', 'FramebufferUpdateRequest']);
  });
});

describe('settings of AMT 16', () => {
  test('are sent before the first request', () => {
    const client = new RfbClient({ compression: true, decimation: 'auto' });
    client.receive(fromHex(beforeScreen));
    client.takeOutgoing();
    client.receive(fromHex(screen));
    const command = '00 4b 76 6d 45 78 74 43 6d 64 00';
    expect(messagesOf(client).map((message) => ('text' in message ? toHex(message.text) : message.type))).toEqual([
      'SetEncodings',
      'SetPixelFormat',
      `${command} 02 02`,
      `${command} 01`,
      `${command} 04 01`,
      `${command} 03`,
      'FramebufferUpdateRequest',
    ]);
  });

  test.each([
    ['01 02 01', { type: 'decimation', mode: 'auto', active: true }],
    ['01 01', { type: 'decimation', mode: 'off', active: false }],
    ['02 00', { type: 'result', of: 'decimation', value: 0 }],
    ['03 01', { type: 'compression', on: true }],
    ['03 00', { type: 'compression', on: false }],
    ['04 00', { type: 'result', of: 'compression', value: 0 }],
  ])('are told by the firmware: %s', (hex, event) => {
    const length = toHex(Uint8Array.of(11 + fromHex(hex).length));
    const text = `03 00 00 00 00 00 00 ${length} 00 4b 76 6d 45 78 74 43 6d 64 00 ${hex}`;
    expect(started().receive(fromHex(text))).toEqual([event]);
  });
});

describe('the data channel', () => {
  const prefix = '00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c';
  const from = (rest: string): Uint8Array => {
    const text = fromHex(`${prefix} ${rest}`);
    return Uint8Array.of(3, 0, 0, 0, 0, 0, 0, text.length, ...text);
  };

  test('has one message under way that is not acknowledged', () => {
    const client = started({ dataChannel: true });
    client.sendData(Uint8Array.of(1));
    client.sendData(Uint8Array.of(2));
    expect(sent(client)).toBe('');
    expect(client.receive(from('00'))).toEqual([{ type: 'data', payload: new Uint8Array(0), acknowledged: false }]);
    expect(sent(client)).toBe(`06 00 00 00 00 00 00 11 ${prefix} 00 01`);
    expect(client.receive(from('00 7b 7d'))).toEqual([
      { type: 'data', payload: fromHex('7b 7d'), acknowledged: false },
    ]);
    expect(sent(client)).toBe('');
    client.receive(from('01'));
    expect(sent(client)).toBe(`06 00 00 00 00 00 00 11 ${prefix} 00 02`);
  });

  test('anything else is a clipboard', () => {
    expect(started().receive(fromHex('03 00 00 00 00 00 00 03 61 e4 00'))).toEqual([
      { type: 'clipboard', text: 'aä\0' },
    ]);
    expect(started().receive(fromHex('03 00 00 00 00 00 00 00'))).toEqual([{ type: 'clipboard', text: '' }]);
  });
});

describe('keys and pointer', () => {
  test('are sent as they come, and not before the screen is there', () => {
    const client = new RfbClient();
    client.takeOutgoing();
    client.key(0x61, true);
    client.pointer(1, 1, 0);
    client.heartbeat();
    client.releaseAll();
    client.sendData(new Uint8Array(0));
    client.setCompression(true);
    expect(sent(client)).toBe('');
    const open = started();
    open.key(0xffe3, true);
    open.key(0xffe9, true);
    open.key(0xffff, true);
    open.key(0xffff, false);
    open.releaseAll();
    expect(sent(open)).toBe(
      [
        '04 01 00 00 00 00 ff e3 04 01 00 00 00 00 ff e9 04 01 00 00 00 00 ff ff',
        '04 00 00 00 00 00 ff ff 04 00 00 00 00 00 ff e9 04 00 00 00 00 00 ff e3',
      ].join(' '),
    );
  });

  test('the pointer stays on the screen, and has five buttons', () => {
    const client = started();
    client.pointer(-3, 63.9, 0xff);
    client.pointer(500, Number.NaN, 0);
    expect(sent(client)).toBe('05 1f 00 00 00 3f 05 00 00 7f 00 00');
  });

  test('motion that nobody took is replaced by newer motion, buttons never are', () => {
    const client = started();
    client.pointer(1, 1, 0);
    client.pointer(2, 2, 0);
    client.pointer(3, 3, 0);
    client.pointer(3, 3, 1);
    client.pointer(4, 4, 1);
    client.pointer(5, 5, 1);
    client.key(0x61, true);
    client.pointer(6, 6, 1);
    client.pointer(6, 6, 0);
    expect(
      messagesOf(client).map((message) =>
        'x' in message ? [message.x, 'buttons' in message && message.buttons] : 'key',
      ),
    ).toEqual([[1, 0], [3, 0], [3, 1], [5, 1], 'key', [6, 1], [6, 0]]);
  });

  test('a heartbeat puts the pointer where it is, or in the middle', () => {
    const client = started();
    client.heartbeat();
    expect(sent(client)).toBe('05 00 00 40 00 20');
    client.pointer(7, 8, 1);
    client.takeOutgoing();
    client.heartbeat();
    client.heartbeat();
    expect(sent(client)).toBe('05 01 00 07 00 08');
    client.releaseAll();
    expect(sent(client)).toBe('05 00 00 07 00 08');
  });

  test('a heartbeat is an empty message where the data channel is open', () => {
    const client = started({ dataChannel: true });
    client.receive(fromHex('03 00 00 00 00 00 00 10 00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c 00'));
    client.heartbeat();
    expect(sent(client)).toBe('06 00 00 00 00 00 00 10 00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c 00');
    client.heartbeat();
    expect(sent(client)).toBe('05 00 00 40 00 20');
  });
});

describe('the end of a session, in words', () => {
  const end = (hex: string, options: RfbOptions = {}): RfbEvent | undefined => {
    const client = new RfbClient(options);
    client.receive(fromHex(hex));
    return client.receiveEnd().at(-1);
  };
  test.each([
    ['before the channel opened', '', 'no-channel', 'before it opened the screen'],
    ['before ServerInit', greeting.slice(0, 90), 'no-display', 'no monitor is attached'],
    ['at the first picture', greeting, 'no-picture', 'before the first picture of 128 × 64'],
    [
      'at the first picture of a large screen',
      greeting.replace('00 80 00 40', '0f 00 08 70'),
      'no-picture',
      'before the first picture of 3840 × 2160',
    ],
  ])('%s', (_when, hex, cause, words) => {
    expect(end(hex)).toEqual({ type: 'dropped', cause, reason: expect.stringContaining(words) });
  });

  test('a screen that needs more than the buffer holds says what to lower', () => {
    const large = greeting.replace('00 80 00 40', '0f 00 08 70');
    expect(end(large, { format: 'rgb565' })).toEqual({
      type: 'dropped',
      cause: 'too-large',
      reason:
        'The firmware closed the session before the first picture: the display of 3840 × 2160 needs more than its buffer holds at 16 bits a pixel. Lower the depth to 8 bits.',
    });
    const larger = greeting.replace('00 80 00 40', '1e 00 10 e0');
    expect(end(larger)).toMatchObject({ cause: 'too-large', reason: expect.stringContaining('Lower the resolution') });
  });

  test('later it may be anything, and says it once', () => {
    const client = started();
    client.receive(fromHex(`${firstUpdate} 00 00 00 01 00 00`));
    expect(client.receiveEnd()).toMatchObject([{ type: 'dropped', cause: 'ended' }]);
    expect(client.receiveEnd()).toEqual([]);
    expect(client.receive(fromHex(firstUpdate))).toEqual([]);
    expect(client.started).toBe(false);
  });
});

describe('a framebuffer that is used again', () => {
  test('keeps its picture until the new one comes', () => {
    const framebuffer = new Framebuffer();
    const viewer = framebuffer.watch();
    const first = started({ format: 'rgb332', framebuffer });
    first.receive(fromHex(firstUpdate));
    first.close();
    viewer.take();
    const second = started({ format: 'rgb332', framebuffer });
    expect(colourAt(second, 0, 0)).toEqual(RED);
    expect(framebuffer.complete).toBe(false);
    expect(viewer.none).toBe(true);
    second.receive(fromHex(firstUpdate));
    expect(viewer.take()).toEqual([{ x: 0, y: 0, width: 128, height: 64 }]);
    expect(first.receive(fromHex(firstUpdate))).toEqual([]);
  });
});

describe('updates that make no sense', () => {
  test.each([
    ['a message that does not exist', '04', 'message 4 of RFB'],
    ['a rectangle beyond the right edge', '00 00 00 01 00 41 00 00 00 40 00 40 00 00 00 10', 'not within the screen'],
    ['a rectangle below the lower edge', '00 00 00 01 00 00 00 01 00 40 00 40 00 00 00 00', 'not within the screen'],
    ['an encoding nobody asked for', '00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 05', 'encoding 5'],
    ['a number that is no encoding', '00 00 00 01 00 00 00 00 00 40 00 40 00 00 04 44', 'encoding 1092'],
    ['a tile of 65 pixels', '00 00 00 01 00 00 00 00 00 41 00 40 00 00 00 10', 'A tile of 65 × 64 pixels'],
    ['a tile of nothing', '00 00 00 01 00 00 00 00 00 00 00 40 00 00 00 10', 'A tile of 0 × 64 pixels'],
    ['a tile in no bytes', '00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 00', 'in 0 bytes'],
    ['a tile in 4 GB', '00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 10 ff ff ff ff', 'in 4294967295 bytes'],
    ['a screen larger than any', '00 00 00 01 00 00 00 00 ff ff ff ff ff ff ff 21', 'No screen has 65535 × 65535'],
    ['a cut text of 4 GB', '03 00 00 00 ff ff ff fe', 'A cut text of 4294967294 bytes'],
  ])('%s', (_what, hex, text) => {
    const whole = started();
    expect(() => whole.receive(fromHex(hex))).toThrow(ProtocolError);
    const slowly = started();
    expect(() => chunksOf(fromHex(hex), 1).forEach((byte) => void slowly.receive(byte))).toThrow(text);
    expect(colourAt(slowly, 0, 0)).toEqual(BLACK);
  });

  test('a palette is skipped, also one without colours', () => {
    const client = started();
    const palette = '01 00 00 00 00 02 00 01 00 02 00 03 00 04 00 05 00 06 01 00 00 00 00 00 02';
    expect(client.receive(fromHex(palette))).toEqual([{ type: 'bell' }]);
  });
});
