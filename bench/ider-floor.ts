/**
 * Storage redirection by a bare socket: the frames of each answer, headers and data, are made before, and one write
 * sends them. Nothing faster can be done with the same bytes. Arguments: doors as JSON, way, image.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ask, bareConnection } from './bare-redirection.ts';
import { firstDoor, reportUsage, type Way } from './redirection-work.ts';

const [doors = '[]', way = '', image = ''] = process.argv.slice(2);
const file = openSync(image, 'r');
const blocks = fstatSync(file).size / 2048;
const socket = await bareConnection(firstDoor(doors), way as Way, 'IDER');
const MOST = 8192;
let sequence = 2;

/** Answers to reads, made when they are first asked for; afterwards only the numbers of the frames change. */
const made = new Map<number, Buffer>();

await ask(socket, Buffer.from('400000000000000030750000204e01000000', 'hex'));
let waiting: Buffer = Buffer.alloc(0);
socket.on('data', (chunk: Buffer) => {
  waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
  for (let size = sizeOf(waiting); size > 0 && waiting.length >= size; size = sizeOf(waiting)) {
    const message = waiting.subarray(0, size);
    waiting = waiting.subarray(size);
    if (message[0] === 0x50) socket.write(answer(message));
    else if (message[0] === 0x44) socket.write(small(0x45));
    else if (message[0] === 0x46) socket.write(small(0x47));
  }
});
socket.write(Buffer.from('48000000010000000319000000', 'hex'));
socket.once('close', () => closeSync(file));
reportUsage();
process.send?.({});

function sizeOf(bytes: Buffer): number {
  return { 80: 28, 73: 13, 70: 9, 68: 8, 75: 8, 67: 8 }[bytes[0] ?? 0] ?? 0;
}

function small(type: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes[0] = type;
  bytes.writeUInt32LE(sequence++, 4);
  return bytes;
}

function answer(command: Buffer): Buffer {
  const device = (command[14] ?? 0) & 0x10 ? 0xb0 : 0xa0;
  const dma = ((command[9] ?? 0) & 1) === 1;
  if (device === 0xa0) return end(device, 0x02, 0x3a);
  if (command[16] === 0x00 || command[16] === 0x1e) return end(device, 0, 0);
  if (command[16] === 0x25) {
    const capacity = Buffer.alloc(8);
    capacity.writeUInt32BE(blocks - 1, 0);
    capacity.writeUInt32BE(2048, 4);
    return number(frame(capacity, device, dma, true));
  }
  if (command[16] !== 0x28) return end(device, 0x05, 0x20);
  const [first, count] = [command.readUInt32BE(18), command.readUInt16BE(23)];
  const key = first * 65536 + count;
  let bytes = made.get(key);
  if (bytes === undefined) {
    const data = Buffer.alloc(count * 2048);
    readSync(file, data, 0, data.length, first * 2048);
    const frames: Buffer[] = [];
    for (let at = 0; at < data.length; at += MOST) {
      frames.push(frame(data.subarray(at, at + MOST), device, dma, at + MOST >= data.length));
    }
    bytes = Buffer.concat(frames);
    made.set(key, bytes);
  }
  return number(bytes);
}

/** Puts the next numbers into the frames of an answer. */
function number(bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length; at += 34 + bytes.readUInt16LE(at + 9)) bytes.writeUInt32LE(sequence++, at + 4);
  return bytes;
}

function frame(data: Buffer, device: number, dma: boolean, last: boolean): Buffer {
  const header = Buffer.alloc(34);
  header[0] = 0x54;
  header[3] = (dma ? 1 : 0) + (last ? 2 : 0);
  header.writeUInt16LE(data.length, 9);
  header[12] = dma ? 0xb4 : 0xb5;
  header[14] = 2;
  if (!dma) header.writeUInt16LE(data.length, 16);
  header[18] = device;
  header[19] = 0x58;
  if (last) header.set([0x85, 0, 0x03, 0, 0, 0, device, 0x50], 20);
  return Buffer.concat([header, data]);
}

function end(device: number, key: number, asc: number): Buffer {
  const bytes = Buffer.alloc(31);
  bytes[0] = 0x51;
  bytes[3] = 2;
  bytes.writeUInt32LE(sequence++, 4);
  bytes.set(
    key === 0 ? [0xc5, 0, 3, 0, 0, 0, device, 0x50] : [0x87, key << 4, 3, 0, 0, 0, device, 0x51, key, asc, 0],
    20,
  );
  return bytes;
}
