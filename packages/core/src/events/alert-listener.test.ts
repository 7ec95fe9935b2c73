import { hash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestResponse, parseChallenge } from '../auth/digest.ts';
import { ConnectFailed } from '../errors.ts';
import { officeRsa } from '../testing/certificates.ts';
import { decodeMessage } from '../wsman/envelope.ts';
import { type AlertListener, openAlertListener } from './alert-listener.ts';
import type { Delivery } from './indication.ts';

const EVENT =
  '<a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope" xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:c="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><a:Header><c:AckRequested></c:AckRequested><b:Action a:mustUnderstand="true">http://schemas.dmtf.org/wbem/wsman/1/wsman/Event</b:Action><b:MessageID>uuid:00000000-8086-8086-8086-000000000013</b:MessageID></a:Header><a:Body><g:CIM_AlertIndication xmlns:g="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication"><g:MessageID>iAMT0057</g:MessageID></g:CIM_AlertIndication></a:Body></a:Envelope>';

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

let listener: AlertListener;
let agent: http.Agent;
const heard: Delivery[] = [];
const nonsense: string[] = [];

beforeEach(async () => {
  heard.length = 0;
  nonsense.length = 0;
  agent = new http.Agent({ keepAlive: true });
  listener = await openAlertListener({
    host: '127.0.0.1',
    port: 0,
    nonsense: (from, sentence) => nonsense.push(`${from}: ${sentence}`),
  });
});

afterEach(async () => {
  agent.destroy();
  await listener.close();
});

function send(path: string, body: string | Uint8Array, headers: http.OutgoingHttpHeaders = {}, method = 'POST') {
  return new Promise<Reply>((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: listener.port, path, method, agent, headers }, (reply) => {
      text(reply).then(
        (text) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const open = (login?: { user: string; password: string }) => listener.open((delivery) => heard.push(delivery), login);

describe('the alert listener', () => {
  test('acknowledges an event and tells it afterwards, over one connection as long as it likes', async () => {
    const { path } = open();
    for (let i = 0; i < 3; i++) {
      const { status, headers, body } = await send(path, EVENT, { 'User-Agent': 'Intel(R) AMT Agent' });
      expect([status, headers['content-type']]).toEqual([200, 'application/soap+xml;charset=UTF-8']);
      expect(decodeMessage(body)).toMatchObject({
        action: 'http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack',
        relatesTo: 'uuid:00000000-8086-8086-8086-000000000013',
      });
    }
    await expect.poll(() => heard.length).toBe(3);
    expect(heard[0]?.indications).toMatchObject([{ messageId: 'iAMT0057' }]);
  });

  test('answers an event that wants no acknowledgement with nothing', async () => {
    const { path } = open();
    const { status, body } = await send(path, EVENT.replace('<c:AckRequested></c:AckRequested>', ''));
    expect([status, body]).toEqual([200, '']);
  });

  test('lets a sender that asks whether it may send go on', async () => {
    const { path } = open();
    const socket = net.connect(listener.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${EVENT.length}\r\nExpect: 100-continue\r\n\r\n`);
    expect(String((await once(socket, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(EVENT);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  test('knows only the ways in that are open, and only to post', async () => {
    const door = open();
    expect((await send('/', EVENT)).status).toBe(404);
    expect((await send(`${door.path}0`, EVENT)).status).toBe(404);
    const got = await send(door.path, '', {}, 'GET');
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
    expect(open().path).not.toBe(door.path);
    door.close();
    expect((await send(door.path, EVENT)).status).toBe(404);
    expect(heard).toEqual([]);
  });

  test.each([
    ['no XML', 'hello'],
    ['half an event', EVENT.slice(0, 400)],
    ['a document type', `<!DOCTYPE a [<!ENTITY b "c">]>${EVENT}`],
    ['nothing', ''],
    ['something else', EVENT.replace(/wsman\/Event/, 'wsman/Other').replace(/<g:CIM.*Indication>/, '')],
  ])('answers %s with a 400, says why, and goes on', async (_what, body) => {
    const { path } = open();
    expect((await send(path, body)).status).toBe(400);
    expect(nonsense).toHaveLength(1);
    expect(nonsense[0]).toMatch(/^127\.0\.0\.1: .+\.$/);
    expect((await send(path, EVENT)).status).toBe(200);
  });

  test('takes no more than 64 KiB, whether it is said before or not', async () => {
    const { path } = open();
    const long = new Uint8Array(65_537).fill(0x20);
    expect((await send(path, long)).status).toBe(413);
    const chunked = await send(path, long, { 'Transfer-Encoding': 'chunked' });
    expect([chunked.status, chunked.headers.connection]).toEqual([413, 'close']);
    expect((await send(path, `${EVENT}${' '.repeat(65_536 - EVENT.length)}`)).status).toBe(200);
  });

  test('outlives a sender that goes away in the middle', async () => {
    const { path } = open();
    const socket = net.connect(listener.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n<a>`);
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect((await send(path, EVENT)).status).toBe(200);
    expect(nonsense).toEqual([]);
  });

  test.each(['auth', 'auth-int', undefined] as const)(
    'asks for a log-in where there is one, quality %s',
    async (qop) => {
      const login = { user: 'office-pc', password: 's3cret' };
      const { path } = open(login);
      const asked = await send(path, EVENT);
      expect([asked.status, heard.length]).toEqual([401, 0]);
      const { realm, nonce } = parseChallenge(asked.headers['www-authenticate']) ?? { realm: '', nonce: '' };
      const answer = (password: string, of = nonce) => {
        const more = qop === undefined ? {} : { qop, nc: '00000001', cnonce: 'c0ffee' };
        const input = { user: login.user, password, realm, nonce: of, method: 'POST', uri: path, body: EVENT, ...more };
        const response = digestResponse((data) => hash('md5', data, 'hex'), input);
        const tail = qop === undefined ? '' : `,qop=${qop},nc=00000001,cnonce="c0ffee"`;
        return {
          Authorization: `Digest username="${login.user}",realm="${realm}",nonce="${of}",uri="${path}",response="${response}"${tail}`,
        };
      };
      expect((await send(path, EVENT, answer('wrong'))).status).toBe(401);
      expect((await send(path, EVENT, answer(login.password))).status).toBe(200);
      await expect.poll(() => heard.length).toBe(1);
      const other = `${nonce.slice(0, -1)}${nonce.endsWith('0') ? 1 : 0}`;
      const forged = await send(path, EVENT, answer(login.password, other));
      expect([forged.status, forged.headers['www-authenticate']]).toEqual([401, expect.stringContaining('stale=true')]);
    },
  );

  test('listens over TLS', async () => {
    const { cert, key } = officeRsa;
    await using secure = await openAlertListener({ host: '127.0.0.1', port: 0, tls: { cert, key } });
    const { path } = secure.open((delivery) => heard.push(delivery));
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const target = { host: '127.0.0.1', port: secure.port, path, method: 'POST', rejectUnauthorized: false };
      https
        .request({ ...target, agent: false }, (reply) => resolve(reply.resume().statusCode))
        .on('error', reject)
        .end(EVENT);
    });
    expect([secure.tls, status]).toEqual([true, 200]);
  });

  test('says where it cannot listen', async () => {
    const taken = openAlertListener({ host: '127.0.0.1', port: listener.port });
    await expect(taken).rejects.toThrow(ConnectFailed);
    await expect(taken).rejects.toThrow(`Alerts cannot be listened for at 127.0.0.1:${listener.port}: EADDRINUSE.`);
  });
});
