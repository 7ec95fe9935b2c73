import { duplexPair } from 'node:stream';
import { hex } from '@amtkit/core/testing';
import { describe, expect, it } from 'vitest';
import { limitPackets } from './packet-limit.ts';

/** What comes through, and what it ended with. */
async function through(largest: number, chunks: readonly Uint8Array[]): Promise<{ bytes: string; error?: string }> {
  const [ours, theirs] = duplexPair();
  const limited = limitPackets(theirs, largest);
  for (const chunk of chunks) ours.write(chunk);
  ours.end();
  const seen: Uint8Array[] = [];
  try {
    for await (const chunk of limited) seen.push(chunk as Uint8Array);
  } catch (error) {
    return { bytes: Buffer.concat(seen).toString('hex'), error: (error as Error).message };
  }
  return { bytes: Buffer.concat(seen).toString('hex') };
}

/** PINGREQ; a PUBLISH of 321 bytes, whose length the specification spells 0xC1 0x02 [MQTT 3.1.1 §2.2.3]; PINGREQ. */
const ping = hex`c0 00`;
const publish = Buffer.concat([hex`30 c1 02`, Buffer.alloc(321, 0x61)]);
const stream = Buffer.concat([ping, publish, ping]);

describe('A limited stream', () => {
  it('lets packets through as they are, also one byte at a time', async () => {
    expect(await through(321, [stream])).toEqual({ bytes: stream.toString('hex') });
    const bytes = [...stream].map((byte) => Uint8Array.of(byte));
    expect(await through(321, bytes)).toEqual({ bytes: stream.toString('hex') });
  });

  it('ends at the length of a packet that is too large, before its content', async () => {
    const { error } = await through(320, [ping, hex`30 c1 02`]);
    expect(error).toBe('a packet of 321 bytes or more; 320 are taken');
  });

  it('ends at 256 MB that are only announced', async () => {
    expect((await through(1024, [hex`30 ff ff ff 7f`])).error).toMatch(/^a packet of \d+ bytes or more/);
  });

  it('ends at a length without an end', async () => {
    expect((await through(2 ** 30, [hex`30 ff ff ff ff`])).error).toBe('a packet without an end to its length');
  });

  it('sends what is written, and closes with what is behind it', async () => {
    const [ours, theirs] = duplexPair();
    const limited = limitPackets(theirs, 100);
    const heard = new Promise<string>((resolve) => ours.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    limited.cork();
    limited.write('ab');
    limited.write('cd');
    limited.uncork();
    expect(await heard).toBe('abcd');
    const closed = new Promise((resolve) => theirs.once('close', resolve));
    limited.destroy();
    await closed;
  });
});
