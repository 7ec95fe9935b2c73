/** The firmware as an HTTP client: one POST, with digest where it is asked for. [RFC 7616] */
import http from 'node:http';
import https from 'node:https';
import { digestResponse, parseChallenge } from '@amtkit/core/wire';
import { md5 } from '../firmware.ts';
import type { Subscription } from '../state.ts';

/** Connections that are kept between two posts. */
export interface Connections {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** Connections of one firmware. */
export function openConnections(): Connections {
  // Which roots the firmware trusts is not looked at.
  return {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true, rejectUnauthorized: false }),
  };
}

/** Milliseconds until a console has to have answered. */
const PATIENCE_MS = 10_000;

/** Posts an event. The status of the answer, 0 where there is none. */
export async function postEvent({ url, login }: Subscription, body: string, connections: Connections): Promise<number> {
  const first = await post(url, body, connections);
  const challenge = parseChallenge(first.challenge);
  if (first.status !== 401 || login === undefined || challenge === undefined) return first.status;
  const { realm, nonce, opaque, qop: offered } = challenge;
  const uri = pathOf(url);
  const asked = { method: 'POST', uri, nonce, nc: '00000001', cnonce: 'a0b1c2d3' };
  const qop = offered.includes('auth') ? ({ qop: 'auth' } as const) : {};
  const response = digestResponse(md5, { ...login, realm, ...asked, ...qop });
  const answer =
    `Digest username="${login.user}",realm="${realm}",nonce="${nonce}",uri="${uri}",response="${response}"` +
    `${offered.includes('auth') ? `,qop=auth,nc=${asked.nc},cnonce="${asked.cnonce}"` : ''}` +
    `${opaque === undefined ? '' : `,opaque="${opaque}"`}`;
  return (await post(url, body, connections, answer)).status;
}

interface Reply {
  readonly status: number;
  readonly challenge?: string | undefined;
}

function post(url: string, body: string, connections: Connections, authorization?: string): Promise<Reply> {
  const secure = url.startsWith('https:');
  const bytes = Buffer.from(body);
  return new Promise((resolve) => {
    const options: http.RequestOptions = {
      method: 'POST',
      agent: secure ? connections.https : connections.http,
      headers: {
        'User-Agent': 'Intel(R) AMT Agent',
        Connection: 'Keep-Alive',
        'Content-Type': 'application/soap+xml;charset=UTF-8',
        'Content-Length': bytes.length,
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
      timeout: PATIENCE_MS,
    };
    const request = (secure ? https : http).request(url, options, (reply) => {
      const { statusCode: status = 0, headers } = reply;
      reply.resume();
      reply.on('close', () => resolve({ status, challenge: headers['www-authenticate'] }));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({ status: 0 }));
    request.end(bytes);
  });
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}
