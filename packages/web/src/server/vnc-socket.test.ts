import { once } from 'node:events';
import type { ByteStream } from '@amtkit/core';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { isLocalPage, listenWebSocket, type VncSocket } from './vnc-socket.ts';

const open: VncSocket[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** Sends everything back. */
async function echo(stream: ByteStream): Promise<void> {
  for await (const bytes of stream) await stream.write(bytes);
  await stream.end();
}

async function listen(anyPage: boolean, serve = echo): Promise<string> {
  const listening = await listenWebSocket({ host: '127.0.0.1', port: 0, anyPage, serve });
  open.push(listening);
  return `ws://127.0.0.1:${listening.port}/websockify`;
}

describe('VNC over WebSocket', () => {
  it('carries bytes both ways, and takes the subprotocol of older viewers', async () => {
    const socket = new WebSocket(await listen(false), ['binary']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('binary');
    socket.send(Uint8Array.of(1, 2, 3));
    const [data] = await once(socket, 'message');
    expect([...data]).toEqual([1, 2, 3]);
    socket.close();
    await once(socket, 'close');
  });

  it('ends with whoever sends text', async () => {
    let failure: unknown;
    const url = await listen(false, (stream) =>
      echo(stream).catch((error) => {
        failure = error;
        return stream.close();
      }),
    );
    const socket = new WebSocket(url);
    await once(socket, 'open');
    socket.send('RFB 003.008\n');
    await once(socket, 'close');
    expect(failure).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('refuses pages of other sites, unless there is a password to prove', async () => {
    const origin = 'http://evil.example';
    const refused = new WebSocket(await listen(false), { origin });
    const [error] = await once(refused, 'error');
    expect(String(error)).toContain('403');
    const asked = new WebSocket(await listen(true), { origin });
    await once(asked, 'open');
    asked.terminate();
  });

  it.each([
    [undefined, true],
    ['http://localhost:8000', true],
    ['http://127.0.0.1', true],
    ['http://[::1]:6080', true],
    ['http://localhost.evil.example', false],
    ['null', false],
  ])('takes a page of %s for one of this computer: %s', (origin, local) => {
    expect(isLocalPage(origin)).toBe(local);
  });
});
