import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Inbox } from '../bytes/inbox.ts';
import { parseRecording } from '../testing/recording.ts';
import { redirectionDecoder } from './decoder.ts';
import { sessionMessages } from './session/messages.ts';
import { solMessages } from './sol/messages.ts';

const folder = new URL('../../recordings/', import.meta.url);
const names = readdirSync(folder).filter((name) => /^(session|sol)-.*\.txt$/.test(name));

function read(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

/** What both sides of a recording said, each message with its bytes. */
function messagesOf(text: string): { type: string; from: string; bytes: Uint8Array }[] {
  const sides = {
    console: { inbox: new Inbox(), decode: redirectionDecoder('sol') },
    firmware: { inbox: new Inbox(), decode: redirectionDecoder('sol') },
  };
  const all = parseRecording(text).flatMap(({ from, bytes }) => {
    const { inbox, decode } = sides[from];
    inbox.push(bytes);
    const found: { type: string; from: string; bytes: Uint8Array }[] = [];
    for (;;) {
      const before = inbox.peek();
      const message = inbox.next(decode) as { type: string } | undefined;
      if (message === undefined) break;
      found.push({ ...message, from, bytes: before.subarray(0, before.length - inbox.length) });
    }
    return found;
  });
  expect([sides.console.inbox.length, sides.firmware.inbox.length]).toEqual([0, 0]);
  return all;
}

describe('Recordings of sessions and serial ports', () => {
  it('are there', () => {
    expect(names).toContain('session-digest-qop.txt');
    expect(names).toContain('sol-amtterm.txt');
  });

  it.each(names)('%s says who spoke, and for which side it is evidence', (name) => {
    const remarks = read(name)
      .split('\n')
      .filter((line) => line.startsWith('#'));
    expect(remarks.some((line) => line.startsWith('# >'))).toBe(true);
    expect(remarks.some((line) => line.startsWith('# <'))).toBe(true);
  });

  it.each(names)('%s is read to its end in both directions, and written again as it was', (name) => {
    for (const { from: _from, bytes, ...message } of messagesOf(read(name))) {
      const codec = (bytes[0] as number) < 0x20 ? sessionMessages : solMessages;
      expect(codec.encode(message as never), message.type).toEqual(bytes);
    }
  });

  it('shows what amtterm says from open to close', () => {
    const said = messagesOf(read('sol-amtterm.txt')).filter(({ from }) => from === 'console');
    expect(said.map(({ type }) => type)).toEqual([
      'StartSolRedirection',
      'SolHeartbeat',
      'SolDataToHost',
      'EndSolRedirection',
      'SolDataToHost',
      'EndRedirectionSession',
    ]);
  });
});
