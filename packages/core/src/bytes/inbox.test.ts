import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { prefixed, u8 } from './fields.ts';
import { Inbox } from './inbox.ts';
import { messages } from './layout.ts';

const codec = messages({ Text: [1, { data: prefixed(u8) }], Bye: [2, {}] });
const conversation = Uint8Array.of(1, 2, 10, 11, 2, 1, 0, 2);
const meaning = [
  { type: 'Text', data: Uint8Array.of(10, 11) },
  { type: 'Bye' },
  { type: 'Text', data: new Uint8Array(0) },
  { type: 'Bye' },
];

function read(inbox: Inbox): object[] {
  const found: object[] = [];
  for (let message = inbox.next(codec.decode); message; message = inbox.next(codec.decode)) found.push(message);
  return found;
}

test.each([1, 2, 3, 5, 8])('finds the same messages in chunks of %i bytes', (size) => {
  const inbox = new Inbox();
  const found: object[] = [];
  for (let at = 0; at < conversation.length; at += size) {
    inbox.push(conversation.slice(at, at + size));
    found.push(...read(inbox));
  }
  expect(found).toEqual(meaning);
  expect(inbox.length).toBe(0);
});

test('keeps what it handed out intact while more arrives', () => {
  const inbox = new Inbox();
  inbox.push(Uint8Array.of(1, 4, 1));
  inbox.push(Uint8Array.of(2, 3, 4, 1));
  const first = inbox.next(codec.decode);
  for (let i = 0; i < 200; i++) inbox.push(Uint8Array.of(99));
  expect(first).toEqual({ type: 'Text', data: Uint8Array.of(1, 2, 3, 4) });
});

test('hands out bulk data only when all of it is there', () => {
  const inbox = new Inbox();
  inbox.push(Uint8Array.of(1, 2, 3));
  expect(inbox.take(4)).toBeUndefined();
  inbox.push(Uint8Array.of(4, 5));
  expect(inbox.take(4)).toEqual(Uint8Array.of(1, 2, 3, 4));
  expect(inbox.peek()).toEqual(Uint8Array.of(5));
});

test('refuses to collect without end', () => {
  const inbox = new Inbox(8);
  inbox.push(new Uint8Array(8).fill(7));
  expect(() => inbox.push(Uint8Array.of(1))).toThrow(ProtocolError);
  expect(() => inbox.push(Uint8Array.of(1))).toThrow(
    '9 bytes hold no whole message, the limit is 8: 07 07 07 07 07 07 07 07.',
  );
});
