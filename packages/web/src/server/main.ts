/** The server of the screen viewer: one machine, at this computer only, for a browser that was told the address. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type KeyboardLayoutName, type SharedScreen, shareScreen, type ViewerEvent } from '@amtkit/core';
import type { Fleet, ScreenLine, ScreenLineEvent } from '@amtkit/core/automation';
import { paths } from '../messages.ts';
import { type Answer, answer, type Reach } from './api.ts';
import { Door, isLocal, isOwn, keyOf } from './door.ts';
import { loadPages, type Page, safeHeaders } from './pages.ts';
import { Status } from './state.ts';
import { acceptSocket, type OpenSocket } from './web-socket.ts';

/** What is shown, and how. */
export interface ViewerOptions {
  /** It polls, so that the page knows the power state. */
  readonly fleet: Fleet;
  /** Name in the fleet. */
  readonly machine: string;
  /** Opens the screen; called once. @param onEvent to be told what happens to it */
  readonly openScreen: (onEvent: (event: ScreenLineEvent) => void) => Promise<ScreenLine>;
  /** Keyboard that the machine is set to. @default 'us' */
  readonly layout?: KeyboardLayoutName;
  /** Port on the loopback address. @default a free one */
  readonly port?: number;
  /** Called with pages that come and go. */
  readonly onViewer?: (event: ViewerEvent) => void;
}

/** A viewer that can be opened. */
export interface Viewer extends AsyncDisposable {
  /** With the token, which is good once. */
  readonly address: string;
  /** Resolves when it is closed. Rejects with what the screen was lost by, and may be left alone. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

/** Opens the screen and serves the page that shows it. @throws what `openScreen` throws; TypeError for a taken port */
export async function serveViewer(options: ViewerOptions): Promise<Viewer> {
  const { fleet, machine, layout = 'us', port = 0, onViewer } = options;
  const pages = await loadPages();
  const status = new Status(fleet, machine, layout);
  const screen = await options.openScreen((event) => status.screen(event));
  const shared = shareScreen(screen, {
    title: machine,
    layout,
    ...(onViewer === undefined ? {} : { onEvent: onViewer }),
  });
  const door = new Door();
  const serving = new Serving(pages, shared, { door, fleet, machine, screen, status });
  const closeAll = async (): Promise<void> => {
    serving.close();
    await shared.close();
    await screen.close();
    await status.close();
  };
  try {
    const bound = await serving.listen(port);
    status.start();
    return {
      address: `http://127.0.0.1:${bound}/#${door.token}`,
      done: shared.done,
      close: closeAll,
      [Symbol.asyncDispose]: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

class Serving {
  readonly #server: Server;
  readonly #pages: ReadonlyMap<string, Page>;
  readonly #shared: SharedScreen;
  readonly #reach: Reach;
  readonly #sockets = new Set<OpenSocket>();

  constructor(pages: ReadonlyMap<string, Page>, shared: SharedScreen, reach: Reach) {
    this.#pages = pages;
    this.#shared = shared;
    this.#reach = reach;
    this.#server = createServer((request, response) => void this.#request(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  async listen(port: number): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw new TypeError(`Nothing can listen at 127.0.0.1:${port}: ${(error as NodeJS.ErrnoException).code}.`);
    }
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = safeHeaders(request.headers.host ?? '');
    const reply = ({ status, body }: Answer): void => {
      response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (!isLocal(request)) return reply({ status: 403, body: { message: 'This computer is meant, by its address.' } });
    if (request.method === 'POST') {
      if (!isOwn(request)) return reply({ status: 403, body: { message: 'Another page may not ask.' } });
      const hungUp = new AbortController();
      response.on('close', () => hungUp.abort());
      const known = this.#reach.door.knows(keyOf(request));
      return reply(await answer(request, this.#reach, known, hungUp.signal));
    }
    const page = this.#pages.get((request.url ?? '').replace(/\?.*$/, ''));
    const asked = request.method === 'GET' || request.method === 'HEAD';
    if (page === undefined || !asked)
      return reply({ status: asked ? 404 : 405, body: { message: 'There is nothing.' } });
    response.writeHead(200, { ...headers, 'content-type': page.type, 'content-length': page.body.length });
    response.end(request.method === 'HEAD' ? undefined : page.body);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => {});
    const allowed = isLocal(request) && isOwn(request) && this.#reach.door.knows(keyOf(request));
    if (!allowed || (request.url !== paths.screen && request.url !== paths.news)) {
      socket.end(`HTTP/1.1 ${allowed ? '404 Not Found' : '403 Forbidden'}\r\nConnection: close\r\n\r\n`);
      return;
    }
    const opened = await acceptSocket(request, socket, head);
    this.#sockets.add(opened);
    if (request.url === paths.screen) await this.#shared.serve(opened.stream());
    else {
      const deaf = this.#reach.status.listen((news) => opened.say(JSON.stringify(news)));
      await opened.closed;
      deaf();
    }
    this.#sockets.delete(opened);
  }
}
