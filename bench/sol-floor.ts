/** The serial port by a bare socket. Arguments: doors as JSON, way. */
import { ask, bareConnection } from './bare-redirection.ts';
import { firstDoor, type Way } from './redirection-work.ts';
import { obeyWith, type Port } from './sol-work.ts';

const [doors = '[]', way = ''] = process.argv.slice(2);
const socket = await bareConnection(firstDoor(doors), way as Way, 'SOL ');
// The settings that amtkit asks for.
await ask(socket, Buffer.from(`2000000001000000${'1027'}${'6400'}${'0000'}${'1027'}${'6400'}${'8813'}00000000`, 'hex'));
let waiting: Buffer = Buffer.alloc(0);
const port: Port = {
  type: (byte) => void socket.write(Buffer.from([0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0, byte])),
  heard: () => {},
};
socket.on('data', (chunk: Buffer) => {
  waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
  for (let size = sizeOf(waiting); size > 0 && waiting.length >= size; size = sizeOf(waiting)) {
    const [type] = waiting;
    waiting = waiting.subarray(size);
    if (type === 0x2a) port.heard(size - 10);
    else if (type === 0x2b) socket.write(Buffer.from([0x2b, 0, 0, 0, 0, 0, 0, 0]));
  }
});
obeyWith(port);

function sizeOf(bytes: Buffer): number {
  if (bytes[0] === 0x2a) return bytes.length < 10 ? 0 : 10 + bytes.readUInt16LE(8);
  return { 41: 10, 43: 8, 35: 8 }[bytes[0] ?? 0] ?? 0;
}
