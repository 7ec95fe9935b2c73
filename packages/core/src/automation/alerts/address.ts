/** Which address of this computer a machine can reach it at. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

/** The address of a name, as this computer understands it; nothing where it does not. */
export async function addressOf(host: string): Promise<string | undefined> {
  return await lookup(host).then(
    ({ address }) => address,
    () => undefined,
  );
}

/** The address that packets to a host leave from. Nothing is sent. */
export async function localAddressTowards(host: string): Promise<string | undefined> {
  const address = await addressOf(host);
  if (address === undefined) return undefined;
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.on('error', () => resolve(undefined));
      socket.connect(DISCARD, address, () => resolve(socket.address().address));
    });
  } finally {
    socket.close();
  }
}

/** Whether an address stands for all that this computer has. */
export function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** A port that nobody is asked at. */
const DISCARD = 9;
