/**
 * A bare socket through the log-in of redirection: the least a client can do. It shares nothing with amtkit, waits for
 * each answer without looking at it, and hands the socket on.
 */
import { createHash, randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Door, password, type Way } from './redirection-work.ts';

const URI = '/RedirectionService';

/** A socket that belongs to `service`: `SOL ` or `IDER`. */
export async function bareConnection({ host, ports }: Door, way: Way, service: string): Promise<Socket> {
  const socket =
    way === 'tls'
      ? connectTls({ host, port: ports.redirectionTls, rejectUnauthorized: false })
      : connectTcp({ host, port: ports.redirection, noDelay: true });
  await new Promise((resolve) => socket.once(way === 'tls' ? 'secureConnect' : 'connect', resolve));
  socket.setNoDelay(true);
  await ask(socket, Buffer.concat([Buffer.from([0x10, 0, 0, 0]), Buffer.from(service, 'latin1')]));
  await ask(socket, Buffer.from([0x13, 0, 0, 0, 0, 0, 0, 0, 0]));
  const challenge = await ask(socket, logIn(['admin', '', '', URI, '', '', '', '']));
  const [realm = '', nonce = ''] = texts(challenge.subarray(9));
  const cnonce = randomBytes(16).toString('hex');
  const secret = md5(`admin:${realm}:${password}`);
  const response = md5(`${secret}:${nonce}:00000002:${cnonce}:auth:${md5(`POST:${URI}`)}`);
  const verdict = await ask(socket, logIn(['admin', realm, nonce, URI, cnonce, '00000002', response, 'auth']));
  if (verdict[1] !== 0) throw new Error('The log-in was refused.');
  return socket;
}

/** Writes, and waits for whatever comes. */
export function ask(socket: Socket, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    socket.once('data', resolve);
    socket.write(bytes);
  });
}

function logIn(fields: readonly string[]): Buffer {
  const data = Buffer.concat(fields.flatMap((field) => [Buffer.from([field.length]), Buffer.from(field, 'latin1')]));
  const header = Buffer.from([0x13, 0, 0, 0, 4, 0, 0, 0, 0]);
  header.writeUInt32LE(data.length, 5);
  return Buffer.concat([header, data]);
}

function texts(data: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < data.length; at += 1 + (data[at] ?? 0)) {
    found.push(data.toString('latin1', at + 1, at + 1 + (data[at] ?? 0)));
  }
  return found;
}

function md5(text: string): string {
  return createHash('md5').update(text, 'latin1').digest('hex');
}
