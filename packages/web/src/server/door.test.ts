import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Door, isLocal, isOwn, keyOf } from './door.ts';

function request(headers: Record<string, string>, localPort = 4711): IncomingMessage {
  return { headers, socket: { localPort } } as unknown as IncomingMessage;
}

describe('The door', () => {
  it('opens once for its token, and for no other', () => {
    const door = new Door();
    expect(door.enter('guess')).toBeUndefined();
    expect(door.enter('')).toBeUndefined();
    const key = door.enter(door.token);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(door.enter(door.token)).toBeUndefined();
    expect([door.knows(key), door.knows(door.token), door.knows(''), door.knows(undefined)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['127.0.0.1:4711', true],
    ['localhost:4711', true],
    ['[::1]:4711', true],
    ['localhost:80', false],
    ['localhost', false],
    ['evil.example:4711', false],
    ['127.0.0.1.evil.example:4711', false],
    ['', false],
  ])('takes the host %s for this computer: %s', (host, local) => {
    expect(isLocal(request({ host }))).toBe(local);
  });

  it.each([
    ['http://localhost:4711', true],
    ['http://127.0.0.1:4711', false],
    ['https://localhost:4711', false],
    ['http://localhost:4712', false],
    ['http://evil.example', false],
    ['null', false],
  ])('takes a page of %s at localhost:4711 for its own: %s', (origin, own) => {
    expect(isOwn(request({ host: 'localhost:4711', origin }))).toBe(own);
    expect(isOwn(request({ host: 'localhost:4711' }))).toBe(false);
  });

  it('finds the key behind Bearer, or as the last subprotocol', () => {
    expect(keyOf(request({ authorization: 'Bearer a-b_c' }))).toBe('a-b_c');
    expect(keyOf(request({ authorization: 'Basic abc' }))).toBeUndefined();
    expect(keyOf(request({ 'sec-websocket-protocol': 'amtkit, a-b_c' }))).toBe('a-b_c');
    expect(keyOf(request({}))).toBeUndefined();
  });
});
