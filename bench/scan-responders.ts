/**
 * Machines for the scan benchmark: one UDP socket each, since an answer must come from the address that was asked.
 * Arguments: number of addresses, number of machines among them. Sends `{ port }` when all listen; ends when its parent goes.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

const [addresses = 0, machines = 0] = process.argv.slice(2).map(Number);
const first = 127 * 2 ** 24 + 77 * 2 ** 16;

/** A configured 11.8 machine; byte 9 is the tag of the ping. Written out, so that nothing of ours judges itself. */
const pong = Buffer.from('0600ff06000011be40000010000001574260b8020120000000000000', 'hex');

let port = await listen(addressOf(0), 623).catch(() => listen(addressOf(0), 0));
for (let i = 1; i < machines; i++) port = await listen(addressOf(i), port);
// The other addresses swallow pings as an empty place on a network does. Without this the kernel would look for each of
// their pings through all sockets of the port (Linux 6.14 and later), and the benchmark would measure that.
await listen('0.0.0.0', port, () => undefined);
process.send?.({ port });
process.on('disconnect', () => process.exit(0));

function addressOf(machine: number): string {
  const number = first + Math.floor((machine * addresses) / machines) + 3;
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.');
}

function answer(this: Socket, ping: Uint8Array, from: RemoteInfo): void {
  const reply = Buffer.from(pong);
  reply[9] = ping[9] ?? 0;
  this.send(reply, from.port, from.address);
}

async function listen(address: string, wanted: number, onPing: typeof answer = answer): Promise<number> {
  // Shared, so that one socket may have the port on all addresses and others on single ones.
  const socket = createSocket({ type: 'udp4', reuseAddr: true, lookup: (host, _options, done) => done(null, host, 4) });
  socket.on('message', onPing);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(wanted, address, resolve);
  });
  return socket.address().port;
}
