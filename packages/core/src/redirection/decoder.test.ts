import { describe, expect, it } from 'vitest';
import { Inbox } from '../bytes/inbox.ts';
import { describe as inWords } from '../bytes/layout.ts';
import { hex, oneByteAtATime } from '../testing/recording.ts';
import { redirectionDecoder } from './decoder.ts';

/** Lines for bytes that arrive one at a time, and whole: the same. */
function lines(service: 'sol' | 'ider' | 'kvm', bytes: Uint8Array): string[] {
  const [whole, slow] = [[bytes], oneByteAtATime(bytes)].map((chunks) => {
    const inbox = new Inbox();
    const decode = redirectionDecoder(service);
    return chunks.flatMap((chunk) => {
      inbox.push(chunk);
      const found: string[] = [];
      for (let message = inbox.next(decode); message; message = inbox.next(decode)) found.push(inWords(message));
      return found;
    });
  });
  if (service !== 'kvm') expect(slow).toEqual(whole);
  return whole ?? [];
}

describe('What is said on a redirection connection', () => {
  it('is the session first and its goodbye last, with the serial port between', () => {
    const end = hex`22 00 00 00 01 00 00 00 12 00 00 00`;
    expect(lines('sol', hex`13 00 00 00 01 03 00 00 00 00 01 61 28 00 00 00 01 00 00 00 01 00 61 ${end}`)).toEqual([
      'AuthenticateSession method=UserPassword data=<3 bytes>',
      'SolDataToHost status=0 sequence=1 data=<1 bytes>',
      'EndSolRedirection status=0 sequence=1',
      'EndRedirectionSession',
    ]);
  });

  it('is told of drives with the number of their bytes, not the bytes', () => {
    const written = hex`53 00 00 00 07 00 00 00 00 04 00 00 00 00 de ad be ef`;
    expect(lines('ider', hex`${written} 4b 00 00 00 08 00 00 00`)).toEqual([
      'IderDataFromHost status=0 attributes=0 sequence=7 length=4 data=<4 bytes>',
      'IderHeartbeat status=0 attributes=0 sequence=8',
    ]);
  });

  it('is told of commands by name', () => {
    const read = hex`50 00 00 00 0D 00 00 00 00 01 00 00 FE FF B0 A0 28 00 00 00 00 10 00 00 0A 00 00 00`;
    const odd = hex`50 00 00 00 0E 00 00 00 00 00 00 00 FE FF A0 A0 9E 10 00 00 00 00 00 00 00 00 00 00`;
    expect(lines('ider', hex`${read} ${odd}`)).toEqual([
      'CommandWritten sequence=13 unit=cd dma=true command=READ lba=16 blocks=10',
      'CommandWritten sequence=14 unit=floppy dma=false command=unknown operation=158',
    ]);
  });

  it('is bytes without a meaning once a screen is open', () => {
    expect(lines('kvm', hex`14 00 00 00 04 00 00 00 00 41 00 00 00 00 00 00 00 52`)).toEqual([
      'AuthenticateSessionReply status=Success method=DigestQop data=<0 bytes>',
      'Bytes data=<9 bytes>',
    ]);
  });
});
