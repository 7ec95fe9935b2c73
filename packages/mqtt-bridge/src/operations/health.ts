/**
 * Whether the bridge is well, over HTTP: `/healthz` while the process works, `/readyz` once it does its work, and
 * `/metrics` for Prometheus. It tells no names and no secrets, and takes no orders.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidBook } from '@amtkit/core';
import type { BridgeSettings, FleetMachine } from '@amtkit/core/automation';

/** What is told. */
export interface HealthSource {
  readonly version: string;
  readonly startedAt: Date;
  readonly machines: ReadonlyMap<string, FleetMachine>;
  /** The broker is there. */
  readonly connected: () => boolean;
  /** Everything was announced once. */
  readonly announced: () => boolean;
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
}

/** Where it is told. */
export interface HealthServer extends AsyncDisposable {
  readonly url: string;
}

/** Listens. @throws InvalidBook when it cannot */
export async function serveHealth(
  { listen, port }: NonNullable<BridgeSettings['http']>,
  source: HealthSource,
): Promise<HealthServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 });
  server.maxConnections = 64;
  server.on('request', (request, response) => {
    answer(request, response, source).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'something listens there already' : (error.code ?? error.message);
      const hint = 'Choose another port; 0 takes a free one.';
      reject(new InvalidBook(`Health cannot be told at ${listen}:${port}: ${why}.`, { key: 'bridge.http.port', hint }));
    });
    server.listen({ host: listen, port }, () => resolve());
  });
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${listen.includes(':') ? `[${listen}]` : listen}:${bound.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, source: HealthSource): Promise<void> {
  const path = request.url?.split('?')[0];
  const say = (status: number, type: string, text: string): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  const json = (status: number, data: object): void => say(status, 'application/json', `${JSON.stringify(data)}\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    json(405, { status: 'only GET is answered here' });
  } else if (path === '/healthz') {
    const { version, startedAt } = source;
    json(200, { status: 'ok', version, uptimeSeconds: Math.round((Date.now() - startedAt.getTime()) / 1000) });
  } else if (path === '/readyz') {
    const missing = whatIsMissing(source);
    json(missing.length === 0 ? 200 : 503, { status: missing.length === 0 ? 'ready' : 'not ready', missing });
  } else if (path === '/metrics') {
    const { type, text } = await source.metrics();
    say(200, type, text);
  } else {
    json(404, { status: 'there are /healthz, /readyz and /metrics' });
  }
}

/** What it waits for. */
function whatIsMissing({ machines, connected, announced }: HealthSource): string[] {
  const unknown = [...machines.values()].filter(({ reachability, error }) => reachability === 'unknown' && !error);
  return [
    ...(connected() ? [] : ['the broker is not there']),
    ...(announced() ? [] : ['not everything is announced yet']),
    ...(unknown.length === 0 ? [] : [`${unknown.length} machines were not asked yet`]),
  ];
}
