/** The web server of the firmware: pages for scanners, the log-in, and WS-Management behind it. */
import type { ByteStream } from '@amtkit/core/streams';
import { ConnectFailed } from '@amtkit/core/wire';
import type { FaultPlan } from '../faults.ts';
import type { Firmware } from '../firmware.ts';
import { DigestDoor, type LoginResult } from '../http/digest.ts';
import { disabledPage, errorPage, logonPage, seeLogon, statusPage, unauthorizedPage } from '../http/pages.ts';
import { encodeReply, type HttpReply, soapHeaders } from '../http/reply.ts';
import { BadRequest, bodyText, type HttpRequest, RequestReader } from '../http/request.ts';
import { spoiledReply } from '../http/spoiled.ts';
import type { Failures } from '../log-in.ts';
import type { Recorder } from '../record.ts';
import { text } from '../values.ts';
import type { WsmanService } from '../wsman/service.ts';

/** What the web server works with. */
export interface WebServerOptions {
  readonly firmware: Firmware;
  readonly service: WsmanService;
  readonly recorder: Recorder;
  readonly failures: Failures;
  readonly faults: () => FaultPlan;
  /** Milliseconds every request takes beside what it does. */
  readonly latencyMs: number;
}

/** Milliseconds without a request after which firmware closes a connection. Observed: about 30 s. UNCERTAIN. */
const IDLE_MS = 30_000;

/** One web server, for both its ports. */
export class WebServer {
  readonly #options: WebServerOptions;
  readonly #door: DigestDoor;
  readonly #open = { plain: 0, tls: 0 };

  constructor(options: WebServerOptions) {
    this.#options = options;
    this.#door = new DigestDoor(options.firmware, options.failures);
  }

  /** Serves one connection until it ends. Never throws: what goes wrong here ends the connection. */
  async serve(stream: ByteStream, tls: boolean): Promise<void> {
    const { connections } = this.#options.recorder;
    const kind = tls ? 'tls' : 'plain';
    const crowded = this.#open[kind] >= this.#options.firmware.quirks.maxConnections[kind];
    connections.total++;
    connections.open++;
    this.#open[kind]++;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      connections.open--;
      this.#open[kind]--;
    };
    try {
      await this.#converse(stream, tls, crowded, leave);
    } catch (error) {
      if (!(error instanceof ConnectFailed)) this.#options.recorder.problems.push(error);
    } finally {
      leave();
      await stream.close();
    }
  }

  async #converse(stream: ByteStream, tls: boolean, crowded: boolean, leave: () => void): Promise<void> {
    const { firmware } = this.#options;
    const reader = new RequestReader(stream, () => stream.write(CONTINUE));
    for (;;) {
      const forget = firmware.clock.after(IDLE_MS, () => void stream.close());
      const request = await nextOf(reader).finally(forget);
      if (request === undefined) return;
      const reply =
        request === 'bad'
          ? errorPage(firmware, 400)
          : crowded
            ? errorPage(firmware, 503)
            : await this.#answer(request, stream.remoteAddress ?? '', tls);
      if (reply === 'hang') {
        leave();
        return await reader.drain();
      }
      if (reply instanceof Uint8Array) {
        await stream.write(reply);
        await stream.end();
        return;
      }
      await stream.write(encodeReply(reply));
      if (!reply.close) continue;
      // Whatever arrives from now on is not read any more, let alone done.
      leave();
      await stream.end();
      const give = firmware.clock.after(1000, () => void stream.close());
      return await reader.drain().finally(give);
    }
  }

  async #answer(request: HttpRequest, address: string, tls: boolean): Promise<HttpReply | Uint8Array | 'hang'> {
    const { firmware, latencyMs } = this.#options;
    const { method, path } = request;
    if (latencyMs > 0) await new Promise<void>((resolve) => firmware.clock.after(latencyMs, resolve));
    if (path === '/' && (method === 'GET' || method === 'HEAD')) return seeLogon(firmware);
    if (path === '/logon.htm' && method === 'GET')
      return webAccess(firmware) ? logonPage(firmware) : disabledPage(firmware);
    if (path === '/wsman' && method !== 'POST') return errorPage(firmware, firmware.quirks.wrongMethod);
    if (path === '/wsman') return await this.#wsman(request, address, tls);
    const login = this.#logIn(request, address);
    if (!login.ok) return this.#refuse(login.challenge);
    return path === '/index.htm' && webAccess(firmware) ? statusPage(firmware) : errorPage(firmware, 404);
  }

  async #wsman(request: HttpRequest, address: string, tls: boolean): Promise<HttpReply | Uint8Array | 'hang'> {
    const { firmware, service } = this.#options;
    const plan = this.#options.faults();
    const body = bodyText(request.body);
    const open = !firmware.quirks.identifyNeedsLogin && /<[\w:]*Identify[\s/>]/.test(body);
    const login: LoginResult = open ? { ok: true, account: NOBODY } : this.#logIn(request, address);
    if (!login.ok) return this.#refuse(login.challenge);
    const spoiled = plan.pick();
    if (spoiled === 'unauthorized') return this.#refuse(this.#door.challenge(false));
    if (spoiled === 'unavailable') return errorPage(firmware, 503);
    if (spoiled === 'hang') return 'hang';
    const caller = { account: login.account, address, tls };
    const answered = await service.handle(body, caller, ({ action }) => {
      if (spoiled === 'fault') return 'fault';
      return spoiled === 'busy' && action === 'Invoke' ? 'busy' : undefined;
    });
    if (!('xml' in answered)) {
      service.done(answered.request, 401);
      return this.#refuse(this.#door.challenge(false));
    }
    if (spoiled === 'busy' && answered.request.action !== 'Invoke') {
      service.done(answered.request, 503);
      return errorPage(firmware, 503);
    }
    service.done(answered.request, answered.status);
    const reply: HttpReply = {
      status: answered.status,
      headers: soapHeaders(firmware),
      body: answered.xml,
      framing: answered.status === 200 ? 'chunks' : 'one-chunk',
      close: answered.close,
    };
    return spoiled === undefined || spoiled === 'busy' || spoiled === 'fault' ? reply : spoiledReply(reply, spoiled);
  }

  #logIn(request: HttpRequest, address: string): LoginResult {
    const { recorder } = this.#options;
    const result = this.#door.check(request);
    if (result.ok) recorder.addLogin({ user: result.account.name, ok: true, address });
    else if (result.login !== undefined) recorder.addLogin({ ...result.login, address });
    return result;
  }

  #refuse(challenge: string): HttpReply {
    this.#options.recorder.challenges++;
    return unauthorizedPage(this.#options.firmware, challenge);
  }
}

const CONTINUE = new TextEncoder().encode('HTTP/1.1 100 Continue\r\n\r\n');

/** Who asks where nobody has to log in. */
const NOBODY = { name: '', ha1: '', realms: [], access: 1, enabled: true };

async function nextOf(reader: RequestReader): Promise<HttpRequest | 'bad' | undefined> {
  try {
    return await reader.next();
  } catch (error) {
    if (error instanceof BadRequest) return 'bad';
    throw error;
  }
}

function webAccess(firmware: Firmware): boolean {
  const [service] = firmware.instances('AMT_WebUIService') ?? [];
  return text(service?.EnabledState) !== '3';
}
