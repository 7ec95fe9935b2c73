/** A broker of MQTT 3.1.1 that is not ours. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';

/** The broker. */
export interface OldBroker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** A running broker on a free port of loopback. */
export async function oldBroker(options: AedesOptions = {}): Promise<OldBroker> {
  const aedes = await Aedes.createBroker(options);
  const server: Server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
