/** The UDP port that SNMP traps come to. [PET] [RFC 1157] */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { AmtError, ConnectFailed } from '../errors.ts';
import { decodeTrap, type Trap } from './pet.ts';

/** Where to listen, and who hears. */
export interface TrapListenerOptions {
  readonly host: string;
  /** Firmware sends to 162 only; 0 asks the system for a free one. */
  readonly port: number;
  /** @param from address the datagram came from, which may be another than the machine's own */
  readonly received: (trap: Trap, from: string) => void;
  /** Hears of datagrams that are no platform event: one sentence. */
  readonly nonsense?: (from: string, sentence: string) => void;
}

/** A listener. */
export interface TrapListener extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens. @throws ConnectFailed when it cannot */
export async function openTrapListener(options: TrapListenerOptions): Promise<TrapListener> {
  const { host, port, received, nonsense } = options;
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('message', (datagram, from) => {
    const trap = decoded(datagram);
    if (typeof trap === 'string') nonsense?.(from.address, trap);
    else received(trap, from.address);
  });
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    const { code } = error as NodeJS.ErrnoException;
    const hint =
      code === 'EACCES' ? 'Ports below 1024 are the administrator’s: run it as one, or redirect the port.' : undefined;
    throw new ConnectFailed(`Traps cannot be listened for at ${host}:${port} (UDP): ${code}.`, {
      host,
      hint,
      cause: error,
    });
  }
  socket.on('error', () => {});
  let closing: Promise<unknown> | undefined;
  async function close(): Promise<void> {
    if (closing === undefined) {
      closing = once(socket, 'close');
      socket.close();
    }
    await closing;
  }
  return { port: socket.address().port, close, [Symbol.asyncDispose]: close };
}

function decoded(datagram: Uint8Array): Trap | string {
  try {
    return decodeTrap(datagram);
  } catch (error) {
    if (error instanceof AmtError) return error.message;
    throw error;
  }
}
