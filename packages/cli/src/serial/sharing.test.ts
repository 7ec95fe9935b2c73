import { once } from 'node:events';
import { lstat, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testLine } from '@amtkit/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listenAt, type Place, parsePlace, placeText } from '../listen.ts';
import { type SharingEvent, shareLine } from './sharing.ts';

const sockets: Socket[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amt-sharing-'));
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(() => rm(folder, { recursive: true }));

/** A line that is shared at a place, and ways to connect. */
async function shared(wanted: Place = { kind: 'tcp', host: '127.0.0.1', port: 0 }) {
  const line = testLine();
  const events: SharingEvent[] = [];
  const { server, place } = await listenAt(wanted);
  const sharing = shareLine({ line, server, onEvent: (event) => void events.push(event) });
  const client = async () => {
    const before = events.filter(({ type }) => type === 'joined').length;
    const socket = createConnection(place.kind === 'unix' ? { path: place.path } : place);
    sockets.push(socket);
    const got = { text: '' };
    socket.on('data', (bytes) => {
      got.text += bytes.toString();
    });
    await expect.poll(() => events.filter(({ type }) => type === 'joined').length).toBe(before + 1);
    return { socket, got };
  };
  return { line, events, sharing, client };
}

describe('A shared line', () => {
  it('is seen by all, and typed on by the first; when it leaves, by the next', async () => {
    const { line, events, sharing, client } = await shared();
    const [first, second] = [await client(), await client()];
    line.say('login: ');
    await expect.poll(() => [first.got.text, second.got.text]).toEqual(['login: ', 'login: ']);
    second.socket.write('not this');
    first.socket.write('root\n');
    await expect.poll(line.typed).toBe('root\n');
    first.socket.destroy();
    await expect.poll(() => events.at(-1)).toEqual({ type: 'writes', client: 2 });
    second.socket.write('now');
    await expect.poll(line.typed).toBe('root\nnow');
    await line.close();
    await sharing;
    expect(events.filter(({ type }) => type === 'joined')).toMatchObject([{ writes: true }, { writes: false }]);
  });

  it('leaves a client behind that does not read, and goes on for the others', async () => {
    const { line, events, client } = await shared();
    const [lazy, keen] = [await client(), await client()];
    lazy.socket.pause();
    let said = 0;
    await expect
      .poll(() => {
        line.say('x'.repeat(1_000_000));
        said += 1_000_000;
        return events.some((event) => event.type === 'dropped' && event.client === 1);
      })
      .toBe(true);
    await expect.poll(() => keen.got.text.length, { timeout: 5000 }).toBe(said);
    await line.close();
  });

  it('ends for its clients when it ends, with everything that was said', async () => {
    const { line, sharing, client } = await shared();
    const { socket, got } = await client();
    line.say('goodbye');
    await line.close();
    await once(socket, 'close');
    await sharing;
    expect(got.text).toBe('goodbye');
  });

  it.skipIf(process.platform === 'win32')('at a UNIX socket is for its owner alone, and leaves no file', async () => {
    const path = join(folder, 'one.sock');
    const { line, sharing, client } = await shared({ kind: 'unix', path });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { socket } = await client();
    socket.write('x');
    await expect.poll(line.typed).toBe('x');
    await line.close();
    await sharing;
    await expect(lstat(path)).rejects.toThrow('ENOENT');
  });
});

describe.skipIf(process.platform === 'win32')('A socket file that is there already', () => {
  it('of a program that is gone is replaced', async () => {
    const path = join(folder, 'dead.sock');
    const { execFileSync } = await import('node:child_process');
    const dies = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', dies], { stdio: 'ignore' })).toThrow();
    expect((await stat(path)).isSocket()).toBe(true);
    const { server } = await listenAt({ kind: 'unix', path });
    server.close();
  });

  it('of a program that listens is left alone, and so is any other file', async () => {
    const path = join(folder, 'live.sock');
    const { server } = await listenAt({ kind: 'unix', path });
    await expect(listenAt({ kind: 'unix', path })).rejects.toThrow(`Nothing can listen at unix:${path}: EADDRINUSE.`);
    server.close();
    const file = join(folder, 'file.txt');
    await writeFile(file, 'mine');
    await expect(listenAt({ kind: 'unix', path: file })).rejects.toThrow('EADDRINUSE');
    expect((await stat(file)).isFile()).toBe(true);
  });
});

describe('--listen', () => {
  it.each([
    ['4000', '127.0.0.1:4000'],
    ['127.0.0.1:0', '127.0.0.1:0'],
    ['[::1]:4000', '[::1]:4000'],
    ['localhost:4000', 'localhost:4000'],
    ...(process.platform === 'win32' ? [] : [['unix:/run/pc', 'unix:/run/pc']]),
  ])('%s is %s', (text, place) => {
    expect(placeText(parsePlace(text))).toBe(place);
  });

  it.each(['', 'here', '127.0.0.1', '127.0.0.1:70000', '::1:4000', `unix:/${'x'.repeat(120)}`])(
    '%j is refused',
    (text) => {
      expect(() => parsePlace(text)).toThrow();
    },
  );
});
