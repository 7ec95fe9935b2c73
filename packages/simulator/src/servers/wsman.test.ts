/** The web server byte by byte: what consoles and scanners of the field rely on. */
import { encodeRequest, resourceUri } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import type { Simulator } from '../simulator.ts';
import { start, TestConsole, Wire } from '../testing/console.ts';

const get = (className: string) =>
  encodeRequest({
    action: 'http://schemas.xmlsoap.org/ws/2004/09/transfer/Get',
    resource: resourceUri(className),
    messageId: '7',
  });

async function connect({ dial, host, ports }: Simulator): Promise<Wire> {
  return new Wire(await dial({ host, port: ports.wsman ?? 0 }));
}

describe('pages', () => {
  test('the way to the log-on page is what scanners read the version from', async () => {
    const { simulator } = await start();
    const wire = await connect(simulator);
    await wire.send('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    const { head } = await wire.reply();
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 303 See Other',
      'Location: /logon.htm',
      'Content-Length: 0',
      'Server: Intel(R) Active Management Technology 12.0.67',
    ]);
  });

  test.each([
    ['amt-16', {}, 'Intel(R) Active Management Technology 16.1.25.2124'],
    ['ism', {}, 'Intel(R) Standard Manageability 16.1.25.2124'],
    ['amt-11', { serverHeader: 'bare' }, 'AMT'],
    ['amt-12', { serverHeader: 'none' }, undefined],
  ] as const)('%s with %o calls itself %s', async (profile, quirks, name) => {
    const { console } = await start({ profile, quirks });
    expect((await console.exchange('GET', '/')).headers.get('server')).toBe(name);
  });

  test('the log-on page is free, all others ask who one is', async () => {
    const { console } = await start();
    expect(await console.exchange('GET', '/logon.htm')).toMatchObject({
      status: 200,
      body: expect.stringContaining('<title>Intel&reg; Active Management Technology</title>'),
    });
    for (const path of ['/index.htm', '/nowhere']) expect((await console.exchange('GET', path)).status).toBe(401);
    expect((await console.exchange('GET', '/wsman')).status).toBe(405);
  });

  test('nonsense is a bad request', async () => {
    const { simulator } = await start();
    for (const nonsense of [
      'HELLO\r\n\r\n',
      'POST /wsman HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n',
      'POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
      'POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n',
      'POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n40001\r\n',
      'POST /wsman HTTP/1.1\r\nContent-Length: 262145\r\n\r\n',
      'GET / HTTP/1.1\r\n: x\r\n\r\n',
    ]) {
      const wire = await connect(simulator);
      await wire.send(nonsense);
      expect((await wire.reply()).status).toBe(400);
      expect(await wire.rest()).toBe('');
    }
  });
});

describe('the challenge', () => {
  test('is spelt as firmware spells it, on a page that ends in </html>, and then the connection ends', async () => {
    const { simulator } = await start({ clock: manualClock() });
    const wire = await connect(simulator);
    await wire.send('POST /wsman HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc');
    const reply = await wire.reply();
    const realm = simulator.firmware.identity.realm;
    expect(reply.head.split('\r\n')).toEqual([
      'HTTP/1.1 401 Unauthorized',
      expect.stringMatching(
        new RegExp(`^WWW-Authenticate: Digest realm="${realm}", nonce="[A-Za-z0-9+/]{32}",stale="false",qop="auth"$`),
      ),
      'Content-Type: text/html',
      'Server: Intel(R) Active Management Technology 12.0.67',
      `Content-Length: ${reply.body.length}`,
      'Connection: close',
    ]);
    expect(realm).toMatch(/^Digest:[0-9A-F]{32}$/);
    expect(reply.body).toMatch(/user account temporarily locked\..*<\/html>$/);
    expect(await wire.rest()).toBe('');
  });

  test('is never followed by a request that came behind it', async () => {
    const { simulator, console } = await start();
    await console.get('AMT_GeneralSettings');
    const wire = await connect(simulator);
    const request = get('CIM_Chassis');
    await wire.send(`POST /wsman HTTP/1.1\r\nContent-Length: ${request.length}\r\n\r\n${request}`);
    expect((await wire.reply()).status).toBe(401);
    await wire.send(`POST /wsman HTTP/1.1\r\nContent-Length: ${request.length}\r\n\r\n${request}`).catch(() => {});
    expect(await wire.rest()).toBe('');
    expect(simulator.received.of('CIM_Chassis')).toEqual([]);
  });

  test('offers both kinds of protection from 16 on, in one quoted list', async () => {
    const { console } = await start({ profile: 'amt-16' });
    expect((await console.exchange('GET', '/index.htm')).headers.get('www-authenticate')).toContain(
      'qop="auth-int, auth"',
    );
  });
});

describe('a reply', () => {
  test('comes in chunks of the sizes of recordings, under the headers of recordings', async () => {
    const { console } = await start();
    const reply = await console.post(get('AMT_GeneralSettings'));
    expect(reply.head.split('\r\n')).toEqual([
      'HTTP/1.1 200 OK',
      expect.stringMatching(/^Date: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/),
      'Server: Intel(R) Active Management Technology 12.0.67',
      'X-Frame-Options: DENY',
      'Content-Type: application/soap+xml; charset=UTF-8',
      'Transfer-Encoding: chunked',
    ]);
    const [first, second, ...rest] = reply.chunks;
    expect([first, second]).toEqual(['0220', '02FA']);
    expect(rest.at(-1)).toBe('0');
    expect(rest.at(-2)).toMatch(/^[0-9A-F]{4}$/);
  });

  test('to a fault is one chunk, and ends the connection only where a profile says so', async () => {
    const { console } = await start();
    const fault = await console.post(get('CIM_Nothing'));
    expect(fault.chunks).toHaveLength(2);
    expect(fault.headers.has('connection')).toBe(false);
    const old = await start({ profile: 'amt-11' });
    const closing = await old.console.post(get('CIM_Nothing'));
    expect(closing.headers.get('connection')).toBe('close');
    expect(closing.headers.get('transfer-encoding')).toBe('chunked');
    expect(closing.headers.get('content-type')).toBe('application/octet-stream');
  });
});

describe('a request', () => {
  test('needs no content type and no capital letters, and may begin with blank lines', async () => {
    const { simulator } = await start({ quirks: { identifyNeedsLogin: false } });
    const wire = await connect(simulator);
    await wire.send(
      `\r\n\r\npost /wsman HTTP/1.1\r\n`.replace('post', 'POST'),
      `CONTENT-LENGTH:${IDENTIFY.length}\r\n\r\n${IDENTIFY}`,
    );
    expect((await wire.reply()).status).toBe(200);
  });

  test('may wait to be told to go on', async () => {
    const { simulator } = await start({ quirks: { identifyNeedsLogin: false } });
    const stream = await simulator.dial({ host: simulator.host, port: simulator.ports.wsman ?? 0 });
    const wire = new Wire(stream);
    await wire.send(`POST /wsman HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: ${IDENTIFY.length}\r\n\r\n`);
    const answered = wire.reply();
    await wire.send(IDENTIFY);
    expect((await answered).status).toBe(200);
  });

  test('may come one byte at a time', async () => {
    const { simulator } = await start({ quirks: { identifyNeedsLogin: false } });
    const wire = await connect(simulator);
    const whole = `POST /wsman HTTP/1.1\r\nContent-Length: ${IDENTIFY.length}\r\n\r\n${IDENTIFY}`;
    for (const byte of whole) await wire.send(byte);
    expect((await wire.reply()).body).toContain('<g:ProductVendor>Intel(r)</g:ProductVendor>');
  });

  test.each([
    ['one chunk, as MeshCentral sends it from the browser', [IDENTIFY], ''],
    ['several, with extensions and a trailer', [IDENTIFY.slice(0, 9), IDENTIFY.slice(9)], ';x=1'],
  ])('may come in %s', async (_how, pieces, extension) => {
    const { simulator } = await start({ quirks: { identifyNeedsLogin: false } });
    const wire = await connect(simulator);
    const chunks = pieces.map((piece) => `${piece.length.toString(16).toUpperCase()}${extension}\r\n${piece}\r\n`);
    const end = extension === '' ? '0\r\n\r\n' : '0\r\nX-Sum: 1\r\n\r\n';
    const whole = `POST /wsman HTTP/1.1\r\nHost: a:16992\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}${end}`;
    await wire.send(whole);
    expect((await wire.reply()).body).toContain('<g:ProductVendor>Intel(r)</g:ProductVendor>');
    // What comes next begins where it ended.
    for (const byte of whole) await wire.send(byte);
    expect((await wire.reply()).status).toBe(200);
  });

  test('in Latin-1 under a declaration that says UTF-8 is read all the same', async () => {
    const { console, state } = await start();
    const xml = encodeRequest({
      action: 'http://schemas.xmlsoap.org/ws/2004/09/transfer/Put',
      resource: resourceUri('AMT_GeneralSettings'),
      messageId: '1',
      body: `<r:AMT_GeneralSettings xmlns:r="${resourceUri('AMT_GeneralSettings')}"><r:DomainName>bär</r:DomainName></r:AMT_GeneralSettings>`,
    });
    expect((await console.post(Uint8Array.from(xml, (c) => c.charCodeAt(0)))).status).toBe(200);
    expect(state.instances.get('AMT_GeneralSettings')?.[0]?.DomainName).toBe('bär');
  });

  test('that identifies nothing but itself needs a log-in on most firmware', async () => {
    const { console } = await start();
    expect((await console.exchange('POST', '/wsman', new TextEncoder().encode(IDENTIFY))).status).toBe(401);
    expect((await console.post(IDENTIFY)).body).toContain('<g:ProductVersion>AMT 12.0</g:ProductVersion>');
  });
});

describe('connections', () => {
  test('are kept for many requests and closed when idle for half a minute', async () => {
    const clock = manualClock();
    const { simulator, console } = await start({ clock });
    for (let i = 0; i < 3; i++) await console.get('AMT_GeneralSettings');
    expect(simulator.received.connections).toEqual({ total: 2, open: 1 });
    clock.advance(29_999);
    expect(simulator.received.connections.open).toBe(1);
    clock.advance(1);
    await expect.poll(() => simulator.received.connections.open).toBe(0);
  });

  test('beyond the limit are told so', async () => {
    const { simulator } = await start({ quirks: { maxConnections: { plain: 1, tls: 1 } } });
    const first = await connect(simulator);
    const second = await connect(simulator);
    await second.send('GET / HTTP/1.1\r\n\r\n');
    expect((await second.reply()).status).toBe(503);
    await first.send('GET / HTTP/1.1\r\n\r\n');
    expect((await first.reply()).status).toBe(303);
    await first.close();
    await expect.poll(() => simulator.received.connections.open).toBe(0);
    const third = await connect(simulator);
    await third.send('GET / HTTP/1.1\r\n\r\n');
    expect((await third.reply()).status).toBe(303);
  });

  test('of many consoles are served one request after the other', async () => {
    let inside = 0;
    let most = 0;
    const slow = {
      name: 'slow',
      async get() {
        most = Math.max(most, ++inside);
        await new Promise<void>((resolve) => setTimeout(resolve, 5));
        inside--;
        return undefined;
      },
    };
    const { simulator, console } = await start({ behaviors: [slow] });
    const other = new TestConsole(simulator);
    await Promise.all([console.get('CIM_Chassis'), other.get('CIM_Card')]);
    expect(most).toBe(1);
  });
});

const IDENTIFY =
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>';
