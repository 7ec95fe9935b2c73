/** Where something of a machine is offered: a TCP address or a UNIX socket. */
import { once } from 'node:events';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer, type ListenOptions, type Server } from 'node:net';
import { UsageError } from './exit.ts';

/** A place to listen at. */
export type Place =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Reads `127.0.0.1:4000`, `[::1]:4000`, `4000` or `unix:/path`. @throws UsageError */
export function parsePlace(text: string): Place {
  const [, path] = /^unix:(.+)$/s.exec(text) ?? [];
  if (path !== undefined) {
    if (process.platform === 'win32') throw new UsageError('There are no UNIX sockets here; use a TCP port.');
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      throw new UsageError(`The path of a UNIX socket has at most ${LONGEST_PATH} bytes, and ${path} has more.`);
    }
    return { kind: 'unix', path };
  }
  const [, bracketed, name, number] = /^(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?(\d+)$/.exec(text) ?? [];
  const port = Number(number);
  if (number === undefined || port > 65_535) {
    throw new UsageError(`--listen takes 127.0.0.1:4000, [::1]:4000, 4000 or unix:/path, not "${text}".`);
  }
  return { kind: 'tcp', host: bracketed ?? (name || '127.0.0.1'), port };
}

/** As much as every system takes. [UNIX(7)] */
const LONGEST_PATH = 103;

/** Whoever vanished without a word is missed after a while. */
const KEEP_ALIVE_MS = 30_000;

/** A server that listens there; a socket file is for its owner alone. @throws UsageError */
export async function listenAt(place: Place): Promise<{ readonly server: Server; readonly place: Place }> {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  try {
    await listen(server, place);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const again = code === 'EADDRINUSE' && place.kind === 'unix' && (await removeDead(place.path));
    if (!again) throw new UsageError(`Nothing can listen at ${placeText(place)}: ${code}.`, HINTS[code]);
    await listen(server, place);
  }
  if (place.kind === 'unix') return { server, place };
  return { server, place: { ...place, port: (server.address() as AddressInfo).port } };
}

/** As it is written behind `--listen`. */
export function placeText(place: Place): string {
  if (place.kind === 'unix') return `unix:${place.path}`;
  return place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`;
}

async function listen(server: Server, place: Place): Promise<void> {
  const where: ListenOptions = place.kind === 'unix' ? { path: place.path } : { host: place.host, port: place.port };
  // The file of a socket is made here and now: nobody else may open it even for a moment.
  const before = place.kind === 'unix' ? process.umask(0o177) : undefined;
  try {
    server.listen(where);
  } finally {
    if (before !== undefined) process.umask(before);
  }
  await once(server, 'listening');
  if (place.kind === 'unix') await chmod(place.path, 0o600);
}

/** Removes the file of a socket that nobody listens at any more; false where somebody does, or it is none. */
async function removeDead(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  if (status?.isSocket() !== true) return false;
  const socket = createConnection({ path });
  const dead = await once(socket, 'connect').then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
  );
  socket.destroy();
  if (dead) await unlink(path);
  return dead;
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Something listens there already, or a file of that name is in the way: take another one.',
  EADDRNOTAVAIL: 'Name an address of this computer.',
  EACCES: 'Take a port above 1023, or a folder that you may write.',
  ENOENT: 'The folder is not there.',
};
