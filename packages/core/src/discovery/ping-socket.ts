/** The UDP socket of a sweep. */
import { createSocket } from 'node:dgram';
import { ConnectFailed } from '../errors.ts';

/** What a sweep needs of a socket. */
export interface PingSocket {
  /** `sent` hears the outcome; its error carries `code` and the `address` it was for. */
  send(ping: Uint8Array, port: number, address: string, sent: (error: Error | null) => void): void;
  /** Datagrams accepted and not yet sent. */
  getSendQueueCount(): number;
  on(event: 'message', listener: (datagram: Uint8Array, from: { readonly address: string }) => void): unknown;
}

/** Room for the answers that arrive in one turn of the event loop, of which the system grants what it will. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/** @throws ConnectFailed when the system has no socket for us */
export async function openPingSocket(): Promise<PingSocket & { close(): void }> {
  // Addresses are literal: without this Node would queue a look-up for every ping.
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, resolve);
    });
  } catch (cause) {
    throw new ConnectFailed(`No UDP socket could be opened to scan with: ${(cause as Error).message}.`, { cause });
  }
  // Errors of single pings are told to their senders; none of them may end the scan.
  socket.removeAllListeners('error').on('error', () => undefined);
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // Some systems refuse where others grant less; the second round makes up for it.
  }
  return socket;
}
