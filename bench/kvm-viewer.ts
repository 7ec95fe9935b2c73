/**
 * A VNC viewer that counts what it sees: raw pixels of 32 bits, all that changes, as soon as it may ask. In a process of
 * its own, obeys its parent. Arguments: a UNIX socket, and the area that is watched, as JSON. [RFC 6143]
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What it is told. */
export type ViewerOrder =
  /** Press a key and let it go. */
  | { readonly do: 'press'; readonly keysym: number }
  /** Count for so long. */
  | { readonly do: 'count'; readonly ms: number }
  /** Press these one after the other, and see how long each takes until the watched area is another. */
  | { readonly do: 'time'; readonly keysyms: readonly number[] };

/** What it saw within `ms`. */
export interface Seen {
  readonly ms: number;
  readonly updates: number;
  /** Updates in which the watched area was another. */
  readonly pictures: number;
  readonly bytes: number;
}

const [, , path = '', area = '{}'] = process.argv;
const watched = JSON.parse(area) as {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

const socket = createConnection(path);
await once(socket, 'connect');
let unread: Buffer = Buffer.alloc(0);
let arrived: Buffer[] = [];
let [width, height] = [0, 0];
let screen: Buffer = Buffer.alloc(0);
let looks: Buffer = Buffer.alloc(0);
let [updates, pictures, bytes] = [0, 0, 0];
let changed = () => {};
socket.on('data', (chunk: Buffer) => {
  bytes += chunk.length;
  arrived.push(chunk);
  socket.emit('more');
});

await take(12);
socket.write('RFB 003.008\n');
await take((await take(1)).readUInt8());
socket.write(Buffer.of(1));
await take(4);
socket.write(Buffer.of(1));
const init = await take(24);
await take(init.readUInt32BE(20));
// Red in the highest of three bytes; Raw and DesktopSize.
socket.write(Buffer.from('0000000020180001 00ff00ff00ff 100800 000000'.replaceAll(' ', ''), 'hex'));
socket.write(Buffer.from('02000002 00000000 ffffff21'.replaceAll(' ', ''), 'hex'));
resize(init.readUInt16BE(0), init.readUInt16BE(2));

process.on('disconnect', () => process.exit(0));
process.on('message', (order: ViewerOrder) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
await update();
process.send?.({ width, height });
for (;;) await update();

async function obey(order: ViewerOrder): Promise<object> {
  switch (order.do) {
    case 'press':
      press(order.keysym);
      return {};
    case 'count': {
      [updates, pictures, bytes] = [0, 0, 0];
      const from = performance.now();
      await wait(order.ms);
      return { ms: performance.now() - from, updates, pictures, bytes } satisfies Seen;
    }
    case 'time': {
      const times: number[] = [];
      for (const keysym of order.keysyms) times.push(await timed(keysym));
      return { times };
    }
  }
}

/** Milliseconds from a key to its picture. Between two keys is as much time as people take, never quite the same. */
async function timed(keysym: number): Promise<number> {
  await wait(150 + 100 * Math.random());
  const from = performance.now();
  const seen = new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('A key made no picture within 5 s.')), 5_000);
    changed = () => {
      clearTimeout(timer);
      resolve(performance.now() - from);
    };
  });
  press(keysym);
  const ms = await seen;
  changed = () => {};
  return ms;
}

function press(keysym: number): void {
  for (const down of [1, 0]) {
    const message = Buffer.of(4, down, 0, 0, 0, 0, 0, 0);
    message.writeUInt32BE(keysym, 4);
    socket.write(message);
  }
}

/** One message; only updates are expected, and what QEMU says of bells and clipboards. */
async function update(): Promise<void> {
  const [type] = await take(1);
  if (type === 2) return;
  if (type === 3) return void (await take((await take(7)).readUInt32BE(3)));
  if (type !== 0) throw new Error(`A message of type ${type}.`);
  const count = (await take(3)).readUInt16BE(1);
  let resized = false;
  for (let i = 0; i < count; i++) {
    const head = await take(12);
    const [x, y, columns, rows] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number];
    if (head.readInt32BE(8) === 0) {
      const pixels = await take(4 * columns * rows);
      for (let row = 0; row < rows; row++) {
        pixels.copy(screen, 4 * ((y + row) * width + x), 4 * row * columns, 4 * (row + 1) * columns);
      }
    } else {
      resized = true;
      resize(columns, rows);
    }
  }
  if (!resized) ask(1);
  updates++;
  const now = look();
  if (now.equals(looks)) return;
  looks = now;
  pictures++;
  changed();
}

function resize(columns: number, rows: number): void {
  [width, height] = [columns, rows];
  screen = Buffer.alloc(4 * width * height);
  ask(0);
}

/** Pixels of the watched area. */
function look(): Buffer {
  const { x, y, width: columns, height: rows } = watched;
  return Buffer.concat(
    Array.from({ length: rows }, (_, row) => {
      const at = 4 * ((y + row) * width + x);
      return Buffer.from(screen.subarray(at, at + 4 * columns));
    }),
  );
}

function ask(incremental: 0 | 1): void {
  const message = Buffer.alloc(10);
  message.set([3, incremental]);
  message.writeUInt16BE(width, 6);
  message.writeUInt16BE(height, 8);
  socket.write(message);
}

async function take(length: number): Promise<Buffer> {
  let here = unread.length + arrived.reduce((sum, chunk) => sum + chunk.length, 0);
  while (here < length) {
    await once(socket, 'more');
    here = unread.length + arrived.reduce((sum, chunk) => sum + chunk.length, 0);
  }
  if (arrived.length > 0 && unread.length < length) {
    unread = Buffer.concat([unread, ...arrived]);
    arrived = [];
  }
  const taken = unread.subarray(0, length);
  unread = unread.subarray(length);
  return taken;
}
