/**
 * MeshCentral's WS-Man connection as its page runs it in a browser: the script is unmodified; its window, its WebSocket
 * and the relay behind that are stood in for by what is here. It sends its requests in chunks, unlike its server.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import vm from 'node:vm';

/** Makes a connection to a machine: host, port, user, password, and 1 for TLS. */
export type Connect = (...args: readonly unknown[]) => {
  xtlsFingerprint?: number;
  readonly socket?: { close?(): void; destroy?(): void } | null;
};

/** The script of the page. @param folder of the installed MeshCentral */
export function fromPage(folder: string): Connect {
  const script = readFileSync(join(folder, 'public', 'scripts', 'amt-wsman-ws-0.2.0.js'), 'utf8');
  const page = vm.createContext({
    WebSocket: Relay,
    window: { location: { protocol: 'https:', host: 'relay.test', pathname: '/' } },
    hex_md5: (text: string) => hash('md5', Buffer.from(text ?? '', 'latin1'), 'hex'),
    console,
    Uint8Array,
  });
  vm.runInContext(script, page);
  return page.CreateWsmanComm;
}

/** A WebSocket whose far end is the relay of the server: bytes of a socket, either way. */
class Relay {
  static readonly OPEN = 1;
  readyState = 0;
  binaryType = '';
  onopen: () => void = () => {};
  onmessage: (event: { readonly data: ArrayBuffer }) => void = () => {};
  onclose: () => void = () => {};
  readonly #socket: net.Socket;

  constructor(address: string) {
    const asked = new URL(address).searchParams;
    const target = { host: asked.get('host') ?? '', port: Number(asked.get('port')) };
    const secure = asked.get('tls') === '1';
    this.#socket = secure ? tls.connect({ ...target, rejectUnauthorized: false }) : net.connect(target);
    this.#socket
      .once(secure ? 'secureConnect' : 'connect', () => {
        this.readyState = Relay.OPEN;
        this.onopen();
      })
      .on('data', (bytes) => this.onmessage({ data: new Uint8Array(bytes).buffer }))
      .on('error', () => {})
      .once('close', () => {
        this.readyState = 3;
        this.onclose();
      });
  }

  send(bytes: ArrayBuffer): void {
    this.#socket.write(new Uint8Array(bytes));
  }

  close(): void {
    this.#socket.destroy();
  }
}
