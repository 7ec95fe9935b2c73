import { expect, test } from 'vitest';
import { prefixed, u8 } from '../bytes/fields.ts';
import { messages } from '../bytes/layout.ts';
import { faulty } from './faulty.ts';
import { type ByteStream, memoryPair } from './stream.ts';
import { type TraceOptions, trace } from './trace.ts';

const codec = messages({ Hello: [1, { version: u8 }], Login: [2, { data: prefixed(u8) }] });
const login = codec.encode({ type: 'Login', data: new TextEncoder().encode('P@ssw0rd') });

/** Lines printed while `hello` and `login` are sent in odd pieces and `received` comes back. */
async function traced(options: TraceOptions, received: Uint8Array): Promise<{ lines: string[]; far: ByteStream }> {
  const lines: string[] = [];
  const [near, far] = memoryPair();
  const stream = trace(near, (line) => lines.push(line), options);
  const conversation = [...codec.encode({ type: 'Hello', version: 3 }), ...login];
  await stream.write(Uint8Array.from(conversation.slice(0, 5)));
  await stream.write(Uint8Array.from(conversation.slice(5)));
  await far.write(received);
  await far.end();
  for await (const chunk of stream) expect(chunk).toEqual(received);
  return { lines, far };
}

test('prints a line for every message, however it was cut, and never its bytes', async () => {
  const { lines } = await traced({ sent: codec.decode, received: codec.decode }, Uint8Array.of(1, 9, 1, 10));
  expect(lines).toEqual([
    '> Hello version=3',
    '> Login data=<8 bytes>',
    '< Hello version=9',
    '< Hello version=10',
    '< end',
  ]);
});

test('prints sizes only where no decoder is given', async () => {
  const { lines } = await traced({}, Uint8Array.of(1, 2, 3));
  expect(lines).toEqual(['> 5 bytes', '> 7 bytes', '< 3 bytes', '< end']);
});

test('prints every byte when that is asked for', async () => {
  const { lines } = await traced({ dump: true }, Uint8Array.of(1, 2, 3));
  expect(lines).toContain('00000000  01 02 03                                         ...');
});

test('says once what it cannot read and lets it pass', async () => {
  const lines: string[] = [];
  const [near, far] = memoryPair();
  const stream = trace(near, (line) => lines.push(line), { received: codec.decode });
  await far.write(Uint8Array.of(77));
  await far.write(Uint8Array.of(1, 2));
  await far.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect(chunks).toEqual([Uint8Array.of(77), Uint8Array.of(1, 2)]);
  expect(lines).toEqual([
    '< 1 bytes that cannot be read; from here on only their number is shown',
    '< 2 bytes',
    '< end',
  ]);
});

test('tells how a connection ended', async () => {
  const lines: string[] = [];
  const [near, far] = memoryPair(['far', 'near']);
  const stream = trace(faulty(near, { cutAfter: 1 }), (line) => lines.push(line));
  expect(stream.remoteAddress).toBe('far');
  await far.write(Uint8Array.of(1));
  await expect(async () => {
    for await (const chunk of stream) expect(chunk).toEqual(Uint8Array.of(1));
  }).rejects.toThrow();
  await stream.end();
  await stream.close();
  expect(lines).toEqual(['< 1 bytes', '< lost: The connection was cut after 1 bytes.', '> end', '> close']);
});
