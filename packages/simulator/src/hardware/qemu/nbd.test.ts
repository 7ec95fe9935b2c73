/** The block server: literal bytes of the protocol, and QEMU's own tools as the foreign client. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import { needs } from '@amtkit/core/testing';
import { fromHex, Inbox, toHex } from '@amtkit/core/wire';
import { afterEach, describe, expect, test } from 'vitest';
import { socketStream } from '../../servers/listener.ts';
import { mediumOf } from '../../testing/tiny-guest.ts';
import { MediumFailed, type RedirectedMedium } from '../hardware.ts';
import { serveNbd } from './nbd.ts';

const HELLO = '4e42444d41474943 49484156454f5054 0003';
const OPT = '49484156454f5054';
const REP = '0003e889045565a9';

/** 8 blocks of 2048 bytes, each filled with its number. */
function image(): Uint8Array {
  return Uint8Array.from({ length: 8 * 2048 }, (_, i) => Math.floor(i / 2048));
}

/** A client of hex lines. */
function connect(medium: RedirectedMedium | undefined) {
  const [here, there] = memoryPair();
  const served = serveNbd(there, (name) => (name === 'cd' ? medium : undefined));
  const inbox = new Inbox();
  const chunks = here[Symbol.asyncIterator]();
  return {
    here,
    served,
    send: (text: string) => here.write(bytes(text)),
    /** Reads as many bytes as these, and finds them equal. */
    async expects(text: string): Promise<void> {
      const wanted = bytes(text);
      let got = inbox.take(wanted.length);
      while (got === undefined) {
        const { done, value } = await chunks.next();
        if (done) throw new Error(`It ended after ${toHex(inbox.peek())}.`);
        inbox.push(value);
        got = inbox.take(wanted.length);
      }
      expect(toHex(got)).toBe(toHex(wanted));
    },
    async ends(): Promise<void> {
      expect(inbox.length).toBe(0);
      expect((await chunks.next()).done).toBe(true);
      await served;
    },
  };
}

function bytes(text: string): Uint8Array {
  return fromHex(text.replaceAll(' ', ''));
}

/** Past the negotiation, by the oldest way. */
async function connected(medium: RedirectedMedium) {
  const client = connect(medium);
  await client.expects(HELLO);
  await client.send(`00000003 ${OPT} 00000001 00000002 6364`);
  await client.expects(`0000000000004000 ${medium.writable ? '0025' : '0107'}`);
  return client;
}

const request = (type: string, cookie: string, offset: string, length: string) =>
  `25609513 0000 ${type} ${cookie.padStart(16, '0')} ${offset.padStart(16, '0')} ${length.padStart(8, '0')}`;
const reply = (cookie: string, error = '') => `67446698 ${error.padStart(8, '0')} ${cookie.padStart(16, '0')}`;

describe('negotiation', () => {
  test('GO gets size, flags and block sizes', async () => {
    const client = connect(mediumOf(image()));
    await client.expects(HELLO);
    await client.send(`00000003 ${OPT} 00000007 0000000a 00000002 6364 0001 0003`);
    await client.expects(`${REP} 00000007 00000003 0000000c 0000 0000000000004000 0107`);
    await client.expects(`${REP} 00000007 00000003 0000000e 0003 00000800 00001000 02000000`);
    await client.expects(`${REP} 00000007 00000001 00000000`);
    await client.send(request('0000', '7', '800', '4'));
    await client.expects(`${reply('7')} 01010101`);
  });

  test('124 zeros follow an export name where the client did not forgo them', async () => {
    const client = connect(mediumOf(image()));
    await client.expects(HELLO);
    await client.send(`00000001 ${OPT} 00000001 00000002 6364`);
    await client.expects(`0000000000004000 0107 ${'00'.repeat(124)}`);
  });

  test('what is not known is refused, and the haggling goes on', async () => {
    const client = connect(mediumOf(image()));
    await client.expects(HELLO);
    await client.send(`00000003 ${OPT} 00000005 00000000`);
    await client.expects(`${REP} 00000005 80000001 00000000`);
    await client.send(`${OPT} 00000008 00000000`);
    await client.expects(`${REP} 00000008 80000001 00000000`);
    await client.send(`${OPT} 00000006 00000009 00000003 787878 0000`);
    await client.expects(
      `${REP} 00000006 80000006 00000020 ${toHex(new TextEncoder().encode('Nothing is offered by that name.'))}`,
    );
    await client.send(`${OPT} 00000007 00000005 00000002 63`);
    await client.expects(`${REP} 00000007 80000003 00000000`);
    await client.send(`${OPT} 00000007 00000008 000000ff 6364 0000`);
    await client.expects(`${REP} 00000007 80000003 00000000`);
    await client.send(`${OPT} 00000003 00000000`);
    await client.expects(`${REP} 00000003 00000001 00000000`);
    await client.send(`${OPT} 00000002 00000000`);
    await client.expects(`${REP} 00000002 00000001 00000000`);
    await client.ends();
  });

  test.each([
    ['flags that were not offered', '00000007'],
    ['no magic number', `00000003 ${'00'.repeat(16)}`],
    ['an option without end', `00000003 ${OPT} 00000007 7fffffff`],
    ['a name that nobody offers, by the way that cannot be refused', `00000003 ${OPT} 00000001 00000001 78`],
  ])('hangs up on %s', async (_, sent) => {
    const client = connect(mediumOf(image()));
    await client.expects(HELLO);
    await client.send(sent);
    await client.ends();
  });
});

describe('requests', () => {
  test('any part is cut out of whole blocks', async () => {
    const medium = mediumOf(image());
    const client = await connected(medium);
    await client.send(request('0000', 'abc', '7ff', '803'));
    await client.expects(`${reply('abc')} 00 ${'01'.repeat(2048)} 0202`);
    expect(medium.reads).toEqual([{ block: 0, count: 3 }]);
  });

  test('are answered as they are done', async () => {
    const release: (() => void)[] = [];
    const medium = mediumOf(image());
    const { read } = medium;
    medium.read = async (block, count) => {
      if (block === 0) await new Promise<void>((resolve) => release.push(resolve));
      return await read(block, count);
    };
    const client = await connected(medium);
    await client.send(request('0000', '1', '0', '1') + request('0000', '2', '800', '1'));
    await client.expects(`${reply('2')} 01`);
    release[0]?.();
    await client.expects(`${reply('1')} 00`);
  });

  test('come in pieces of one byte', async () => {
    const client = await connected(mediumOf(image()));
    for (const byte of bytes(request('0000', '5', '3800', '2') + request('0002', '0', '0', '0'))) {
      await client.here.write(Uint8Array.of(byte));
    }
    await client.expects(`${reply('5')} 0707`);
    await client.ends();
  });

  test('an error of the console is an input error here, and too few bytes are one', async () => {
    const medium = mediumOf(image());
    medium.read = async (block) => {
      if (block === 0) throw new MediumFailed('The console is gone.', [2, 0x3a, 0]);
      return new Uint8Array(7);
    };
    const client = await connected(medium);
    await client.send(request('0000', '1', '0', '800'));
    await client.expects(reply('1', '5'));
    await client.send(request('0000', '2', '800', '800'));
    await client.expects(reply('2', '5'));
  });

  test.each([
    ['a read past the end', request('0000', '1', '3fff', '2'), '16'],
    ['a read far past the end', request('0000', '1', 'ffffffffffffffff', '1'), '16'],
    ['a write to what is read-only', `${request('0001', '1', '0', '2')} ffff`, '1'],
    ['a trim of what is read-only', request('0004', '1', '0', '2'), '1'],
    ['a command nobody knows', request('0009', '1', '0', '2'), '16'],
  ])('refuses %s', async (_, sent, error) => {
    const client = await connected(mediumOf(image()));
    await client.send(sent + request('0003', '2', '0', '0'));
    await client.expects(reply('1', error) + reply('2'));
  });

  test('writes whole blocks where the medium is writable, and nothing else', async () => {
    const content = image();
    const client = await connected(mediumOf(content, 2048, true));
    await client.send(`${request('0001', '1', '800', '800')} ${'ee'.repeat(2048)}`);
    await client.expects(reply('1'));
    expect(content[2047]).toBe(0);
    expect(content.subarray(2048, 4096).every((byte) => byte === 0xee)).toBe(true);
    await client.send(`${request('0001', '2', '801', '1')} 00`);
    await client.expects(reply('2', '16'));
    await client.send(`${request('0001', '3', '4000', '800')} ${'ee'.repeat(2048)}`);
    await client.expects(reply('3', '1c'));
    await client.send(request('0004', '4', '0', '800'));
    await client.expects(reply('4'));
  });

  test.each([
    ['no magic number', '00'.repeat(28)],
    ['a length beyond reason', request('0000', '1', '0', '02000001')],
  ])('hangs up on %s', async (_, sent) => {
    const client = await connected(mediumOf(image()));
    await client.send(sent);
    await client.ends();
  });
});

describe('read by QEMU’s tools', needs('qemu'), () => {
  const cleanups: (() => void)[] = [];
  afterEach(() => {
    for (const cleanup of cleanups.splice(0)) cleanup();
  });

  async function listen(medium: RedirectedMedium): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'amtkit-test-'));
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const stream: ByteStream = socketStream(socket, 'QEMU');
      void serveNbd(stream, (name) => (name === 'cd' ? medium : undefined));
    }).listen(join(folder, 'nbd'));
    cleanups.push(() => {
      server.close();
      rmSync(folder, { recursive: true });
    });
    await once(server, 'listening');
    return `nbd+unix:///cd?socket=${folder}/nbd`;
  }

  test('the size is right and every byte arrives', async () => {
    const content = Uint8Array.from({ length: 300 * 2048 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    const url = await listen(mediumOf(content));
    const run = promisify(execFile);
    const { stdout } = await run('qemu-img', ['info', '--output=json', '-f', 'raw', url]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': content.length });
    const folder = mkdtempSync(join(tmpdir(), 'amtkit-test-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const copy = join(folder, 'copy');
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', url, copy]);
    expect(Buffer.compare(readFileSync(copy), content)).toBe(0);
  });

  test('writes arrive', async () => {
    const content = new Uint8Array(64 * 512);
    const url = await listen(mediumOf(content, 512, true));
    await promisify(execFile)('qemu-io', ['-f', 'raw', '-c', 'write -P 0xab 1024 1536', '-c', 'flush', url]);
    expect([...new Set(content.subarray(1024, 2560))]).toEqual([0xab]);
    expect([content[1023], content[2560]]).toEqual([0, 0]);
  });
});
