/** QMP against a QEMU made of lines. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import { expect, test } from 'vitest';
import { openQmp, type QmpEvent } from './qmp.ts';

const GREETING = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}\r\n';

/** Our end, and a QEMU that greets, then answers each line with what it is told to. */
function fakeQemu(answer: (line: { execute: string; id: number }) => string) {
  const [here, there] = memoryPair();
  const lines: unknown[] = [];
  void (async () => {
    await say(there, GREETING);
    for await (const chunk of there) {
      for (const text of new TextDecoder().decode(chunk).trim().split('\n')) {
        const line = JSON.parse(text);
        lines.push(line);
        const reply = answer(line);
        if (reply === '') await there.close();
        else await say(there, reply);
      }
    }
  })();
  return { here, lines };
}

async function say(stream: ByteStream, text: string): Promise<void> {
  for (const byte of new TextEncoder().encode(text)) await stream.write(Uint8Array.of(byte)).catch(() => {});
}

test('greets, then matches replies to commands, whatever comes in between', async () => {
  const events: QmpEvent[] = [];
  const { here, lines } = fakeQemu(({ execute, id }) =>
    execute === 'qmp_capabilities'
      ? `{"return": {}, "id": ${id}}\r\n`
      : `{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RESUME"}\r\n{"return": {"status": "running"}, "id": ${id}}\r\n`,
  );
  const qmp = await openQmp(here, (event) => events.push(event));
  expect(await qmp.execute('query-status', { a: 1 })).toEqual({ status: 'running' });
  expect(lines).toEqual([
    { execute: 'qmp_capabilities', id: 1 },
    { execute: 'query-status', arguments: { a: 1 }, id: 2 },
  ]);
  expect(events).toEqual([{ event: 'RESUME', data: {} }]);
});

test('makes a sentence of an error', async () => {
  const { here } = fakeQemu(({ execute, id }) =>
    execute === 'qmp_capabilities'
      ? `{"return": {}, "id": ${id}}\n`
      : `{"error": {"class": "GenericError", "desc": "Node 'cd-1' is busy"}, "id": ${id}}\n`,
  );
  const qmp = await openQmp(here, () => {});
  await expect(qmp.execute('blockdev-del')).rejects.toThrow("QEMU refused blockdev-del: Node 'cd-1' is busy.");
});

test.each([
  ['is gone', '', 'QEMU ended and did not answer quit.'],
  ['sends nonsense', 'Hello\n', 'QEMU sent a line that is no JSON: Hello'],
  ['sends a list', '[]\n', 'QEMU sent a line that is no object: []'],
  ['answers somebody else', '{"return": {}, "id": 77}\n', 'QEMU answered what nobody asked: {"return": {}, "id": 77}'],
])('tells who waits when QEMU %s, and who asks later', async (_, reply, text) => {
  const { here } = fakeQemu(({ execute, id }) => (execute === 'quit' ? reply : `{"return": {}, "id": ${id}}\n`));
  const qmp = await openQmp(here, () => {});
  await expect(qmp.execute('quit')).rejects.toThrow(text);
  await qmp.ended;
  await expect(qmp.execute('cont')).rejects.toThrow('QEMU ended and did not answer cont.');
});

test('says that a QEMU ended before it greeted', async () => {
  const [here, there] = memoryPair();
  await there.end();
  await expect(openQmp(here, () => {})).rejects.toThrow('QEMU ended before it said anything.');
});
