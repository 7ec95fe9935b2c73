import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AmtError, Cancelled, ConnectFailed, ProtocolError, TimedOut, Untrusted } from '../errors.ts';
import { officeRsa, somebodyElse } from '../testing/certificates.ts';
import { chunked, WebService } from '../testing/web-service.ts';
import { faulty } from '../transport/faulty.ts';
import type { DialTarget } from '../transport/stream.ts';
import { dialTcp } from '../transport/tcp.ts';
import { createHttpSession, type HttpOptions, type HttpSession, type RoundTrip } from './http.ts';

const OK = chunked('<a/>');

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.close();
});

async function start(options: Partial<HttpOptions> = {}) {
  const firmware = await new WebService().listen();
  const session = sessionTo(firmware.port, options);
  running.push(firmware, session);
  return { firmware, session };
}

function sessionTo(port: number, options: Partial<HttpOptions> = {}): HttpSession {
  return createHttpSession({ host: '127.0.0.1', port, tls: false, user: 'admin', password: 'right', ...options });
}

describe('A session', () => {
  it('costs one round trip per call after the first, on one connection', async () => {
    const { firmware, session } = await start();
    for (let call = 0; call < 5; call++) expect((await session.post('<x/>')).text).toBe('<a/>');
    expect(session.roundTrips).toBe(6);
    expect(firmware.connections).toBe(2);
    expect(firmware.requests.map(({ authorization }) => authorization?.nc)).toEqual([
      undefined,
      '00000001',
      '00000002',
      '00000003',
      '00000004',
      '00000005',
    ]);
  });

  it('sends the headers that firmware needs, the length in bytes, and no transfer coding', async () => {
    const { firmware, session } = await start();
    await session.post('<x>Tür</x>');
    const { head, body } = firmware.requests[1] ?? { head: '', body: '' };
    expect(head.split('\r\n').map((line) => line.split(':')[0]?.toLowerCase())).toEqual([
      'post /wsman http/1.1',
      'host',
      'connection',
      'content-type',
      'authorization',
      'content-length',
    ]);
    expect(head).toContain('content-length: 11');
    expect(Buffer.from(body, 'latin1').toString()).toBe('<x>Tür</x>');
  });

  it('sends one request at a time, in order, however many are asked', async () => {
    const { firmware, session } = await start();
    let open = 0;
    firmware.reply = (socket) => {
      expect(++open).toBe(1);
      setImmediate(() => {
        open--;
        socket.write(OK);
      });
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => session.post(`<x>${i}</x>`)));
    expect(firmware.logins.map(({ body }) => body)).toEqual(Array.from({ length: 8 }, (_, i) => `<x>${i}</x>`));
    expect(session.roundTrips).toBe(9);
  });

  it('reports what each round trip cost', async () => {
    const trips: RoundTrip[] = [];
    const { session } = await start({ onRoundTrip: (trip) => trips.push(trip) });
    await session.post('<xyz/>');
    expect(trips.map(({ bytesOut }) => bytesOut)).toEqual([6, 6]);
    expect(trips[1]?.bytesIn).toBe(4);
    expect(trips.every(({ ms }) => ms > 0)).toBe(true);
  });

  it('goes through any door that leads to bytes', async () => {
    const doors: string[] = [];
    const { session } = await start({
      dial: (target) => {
        doors.push(`${target.host} ${target.tls === undefined ? 'plain' : 'tls'}`);
        return dialTcp(target);
      },
    });
    expect((await session.post('<x/>')).text).toBe('<a/>');
    expect((await session.post('<x/>')).text).toBe('<a/>');
    expect(doors).toEqual(['127.0.0.1 plain', '127.0.0.1 plain']);
  });

  it('leaves no secret in its trace', async () => {
    const lines: string[] = [];
    const { session } = await start({ trace: (line) => lines.push(line) });
    await session.post('<r:OptInCode>123456</r:OptInCode><r:DigestPassword xmlns:r="x">c2VjcmV0</r:DigestPassword>');
    const all = lines.join('\n');
    expect(all).toContain('OptInCode');
    expect(all).not.toMatch(/123456|c2VjcmV0|response=|right/);
  });

  it('refuses a host that is none before anything is sent', () => {
    for (const host of ['a b', 'a/b', 'a?b', 'user@host', '']) {
      expect(() => sessionTo(16992, { host })).toThrow(TypeError);
    }
    expect(() => sessionTo(16992, { host: 'fe80::1%eth0' })).not.toThrow();
  });
});

describe('A connection', () => {
  it('found dead when it is used again is made anew for what may be repeated, and for nothing else', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    let drops = 1;
    firmware.reply = (socket) => (drops-- > 0 ? socket.destroy() : socket.write(OK));
    expect((await session.post('<x/>', { repeatable: true })).status).toBe(200);
    drops = 1;
    const unclear = session.post('<x/>');
    await expect(unclear).rejects.toBeInstanceOf(ConnectFailed);
    await expect(unclear).rejects.toThrow(/whether it did what it was asked is unclear/);
  });

  it('that was fresh and is dropped is not tried again', async () => {
    const { firmware, session } = await start();
    firmware.reply = (socket) => socket.destroy();
    await expect(session.post('<x/>', { repeatable: true })).rejects.toThrow(/closed the connection without an answer/);
    expect(firmware.logins).toHaveLength(1);
  });

  it('closed by the firmware while nothing is asked is made anew without a word', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    await firmware.drop();
    expect((await session.post('<x/>')).status).toBe(200);
    expect(firmware.connections).toBe(3);
  });

  it('may take longer than a request may: firmware has to wake first', async () => {
    const { session } = await start({
      timeoutMs: 100,
      dial: async (target) => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return dialTcp(target);
      },
    });
    expect((await session.post('<x/>')).status).toBe(200);
  });

  it('that is never answered is given up after a while, and the next call is not harmed by it', async () => {
    const firmware = await new WebService().listen();
    running.push(firmware);
    let doors = 0;
    const session = use(
      sessionTo(firmware.port, {
        connectTimeoutMs: 40,
        dial: (target) => (doors++ > 0 ? dialTcp(target) : new Promise(() => {})),
      }),
    );
    const first = session.post('<x/>');
    const second = session.post('<x/>');
    await expect(first).rejects.toThrow(/did not answer within 40 milliseconds/);
    await expect(second).resolves.toMatchObject({ status: 200 });
  });

  it('is given up with the request that wanted it', async () => {
    const stop = new AbortController();
    let given = false;
    const firmware = await new WebService().listen();
    const session = use(
      sessionTo(firmware.port, {
        dial: (target) => {
          if (given) return dialTcp(target);
          stop.abort();
          return new Promise((_, reject) =>
            target.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
          );
        },
      }),
    );
    running.push(firmware);
    await expect(session.post('<x/>', { signal: stop.signal })).rejects.toBeInstanceOf(Cancelled);
    given = true;
    expect((await session.post('<x/>')).status).toBe(200);
  });

  it('is made anew only to the certificate that was seen first', async () => {
    const firmware = await new WebService(officeRsa).listen();
    const session = use(sessionTo(firmware.port, { tls: true }));
    await session.post('<x/>');
    expect(session.certificate?.fingerprint).toBe(officeRsa.fingerprint);
    await firmware.close();
    const impostor = await new WebService(somebodyElse).listen(firmware.port);
    running.push(impostor);
    await expect(session.post('<x/>')).rejects.toMatchObject({
      code: 'UNTRUSTED',
      expected: officeRsa.fingerprint,
      presented: somebodyElse.fingerprint,
    });
    expect(impostor.requests).toEqual([]);
  });

  it('through a door that shows another certificate than the pinned one, or none, is refused', async () => {
    const { firmware } = await start();
    const fingerprint = officeRsa.fingerprint;
    for (const certificate of [{ fingerprint: somebodyElse.fingerprint }, undefined]) {
      const dial = async (target: DialTarget) => {
        const stream = await dialTcp({ host: target.host, port: target.port });
        return certificate === undefined ? stream : { ...stream, certificate };
      };
      const session = use(sessionTo(firmware.port, { tls: true, fingerprint, dial }));
      await expect(session.post('<x/>')).rejects.toBeInstanceOf(Untrusted);
    }
    expect(firmware.requests).toEqual([]);
  });

  it('to a closed port is told with what to look at', async () => {
    const { firmware, session } = await start();
    await firmware.close();
    await expect(session.post('<x/>')).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: /^127\.0\.0\.1 port \d+ refused the connection\.$/,
      hint: /provisioned/,
    });
  });

  it('to a name that does not exist says so', async () => {
    const failure = Object.assign(new Error('getaddrinfo ENOTFOUND no.example'), { code: 'ENOTFOUND' });
    const session = use(sessionTo(16992, { host: 'no.example', dial: () => Promise.reject(failure) }));
    await expect(session.post('<x/>')).rejects.toMatchObject({
      message: 'no.example is not a known name.',
      hint: /spelling/,
    });
  });

  it('ends with the session, and so does whatever waits for it', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    firmware.reply = () => {};
    const waiting = [session.post('<x/>'), session.post('<x/>')].map((each) =>
      expect(each).rejects.toBeInstanceOf(Cancelled),
    );
    await expect.poll(() => firmware.requests.length).toBe(3);
    await session.close();
    await session.close();
    await Promise.all(waiting);
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(Cancelled);
  });
});

describe('A firmware that misbehaves', () => {
  it('by a reply cut in the middle is a protocol error', async () => {
    const { firmware, session } = await start();
    for (const length of [1, 12, OK.length - 8, OK.length - 1]) {
      firmware.reply = (socket) => socket.end(OK.slice(0, length));
      await expect(session.post('<x/>', { repeatable: true })).rejects.toBeInstanceOf(ProtocolError);
    }
    firmware.reply = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n<a/>');
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(ProtocolError);
  });

  it('by something that is not HTTP is a protocol error', async () => {
    const { firmware, session } = await start();
    for (const nonsense of ['SSH-2.0-nonsense\r\n\r\n', '\0\0\0\0', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(9_999)}`]) {
      firmware.reply = nonsense;
      await expect(session.post('<x/>')).rejects.toBeInstanceOf(ProtocolError);
    }
  });

  it('by fifty megabytes is cut off early, announced or not', async () => {
    const { firmware, session } = await start();
    const megabyte = Buffer.alloc(1024 * 1024, 0x20);
    let sent = 0;
    firmware.reply = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const more = () => {
        if (socket.destroyed || sent === 50) return;
        sent++;
        socket.write(`${megabyte.length.toString(16)}\r\n`);
        socket.write(megabyte);
        socket.write('\r\n', more);
      };
      more();
    };
    await expect(session.post('<x/>')).rejects.toThrow(/more than 8388608 bytes/);
    expect(sent).toBeLessThan(50);
    firmware.reply = `HTTP/1.1 200 OK\r\nContent-Length: ${50 * 1024 * 1024}\r\n\r\n`;
    await expect(session.post('<x/>')).rejects.toThrow(/more than 8388608 bytes/);
    firmware.reply = OK;
    expect((await session.post('<x/>')).status).toBe(200);
  });

  it('by silence is a time-out once it has answered before, and no answer at all when it never did', async () => {
    const { firmware, session } = await start({ timeoutMs: 50 });
    await session.post('<x/>');
    firmware.reply = () => {};
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(TimedOut);
    const mute = await listenRaw(() => {});
    await expect(use(sessionTo(mute, { timeoutMs: 50 })).post('<x/>')).rejects.toBeInstanceOf(ConnectFailed);
  });

  it('can be given up at any time, also by those who wait in line', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    firmware.reply = () => {};
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = session.post('<x/>', { signal: first.signal });
    const behind = session.post('<never/>', { signal: second.signal });
    await expect.poll(() => firmware.requests.length).toBe(3);
    second.abort();
    await expect(behind).rejects.toBeInstanceOf(Cancelled);
    first.abort();
    await expect(waiting).rejects.toBeInstanceOf(Cancelled);
    firmware.reply = OK;
    expect((await session.post('<x/>')).status).toBe(200);
    expect(firmware.requests.some(({ body }) => body === '<never/>')).toBe(false);
  });

  it('by bytes one at a time changes nothing', async () => {
    const { session } = await start({ dial: async (target) => faulty(await dialTcp(target), { splitBytes: 1 }) });
    for (let call = 0; call < 3; call++) expect((await session.post('<x/>')).text).toBe('<a/>');
  });

  it('by a cut after any number of bytes is an answer or one of our errors, never anything else', async () => {
    const { firmware } = await start();
    const outcomes = new Set<string>();
    for (let cutAfter = 1; cutAfter < 420; cutAfter += 3) {
      const session = use(
        sessionTo(firmware.port, { dial: async (target) => faulty(await dialTcp(target), { cutAfter }) }),
      );
      for (let call = 0; call < 2; call++) {
        const outcome = await session.post('<x/>').then(
          ({ text }) => text,
          (error: unknown) => error,
        );
        outcomes.add(outcome instanceof AmtError ? outcome.code : String(outcome));
      }
      await session.close();
    }
    expect([...outcomes].sort()).toEqual(['<a/>', 'CONNECT_FAILED', 'PROTOCOL_ERROR']);
  });
});

function use(session: HttpSession): HttpSession {
  running.push(session);
  return session;
}

/** A port where `serve` is called with each connection. */
async function listenRaw(serve: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as net.AddressInfo).port;
}
