import { afterEach, describe, expect, it } from 'vitest';
import { Cancelled, ConnectFailed, NotSupported, RedirectionRefused, TimedOut, Untrusted } from '../errors.ts';
import { hex } from '../testing/recording.ts';
import { type ByteStream, type DialTarget, memoryPair } from '../transport/stream.ts';
import type { FirmwareInfo } from './machine.ts';
import { type DoorOptions, redirect, redirectionOf } from './redirection.ts';

const FIRMWARE: FirmwareInfo = {
  version: '12.0.67',
  build: '1579',
  product: 'amt',
  port: 16993,
  tls: true,
  realm: 'Digest:A',
};
const FINGERPRINT = `AA${':00'.repeat(31)}`;
const STARTED = hex`11 00 00 00 01 00 0c 00 57 01 00 00 00`;
const DIGEST = hex`14 00 00 00 00 01 00 00 00 04`;
const CLEAR = hex`14 00 00 00 00 01 00 00 00 01`;
const CHALLENGE = hex`14 01 00 00 04 10 00 00 00 08 44 69 67 65 73 74 3a 41 01 42 04 61 75 74 68`;
const WELCOME = hex`14 00 00 00 04 00 00 00 00`;
/** What firmware says to a good log-in. */
const LOGIN = [STARTED, DIGEST, CHALLENGE, WELCOME];

const open: ByteStream[] = [];
afterEach(async () => {
  for (const stream of open.splice(0)) await stream.close();
});

/** A door to a firmware that says one line to each message, and hears what it is told. */
function doorTo(lines: readonly Uint8Array[], options: Partial<DoorOptions> = {}) {
  const heard: Uint8Array[] = [];
  const dialled: DialTarget[] = [];
  const door = redirectionOf({
    host: 'office-pc',
    user: 'admin',
    password: 'P@ssw0rd',
    firmware: FIRMWARE,
    fingerprint: FINGERPRINT,
    dial: async (target) => {
      dialled.push(target);
      const [near, far] = memoryPair();
      open.push(near, far);
      void answer(far, lines, heard);
      return { ...near, certificate: { fingerprint: FINGERPRINT } };
    },
    ...options,
  });
  return { door, heard, dialled };
}

async function answer(far: ByteStream, lines: readonly Uint8Array[], heard: Uint8Array[]): Promise<void> {
  const left = [...lines];
  for await (const bytes of far) {
    heard.push(bytes);
    const line = left.shift();
    if (line !== undefined) await far.write(line);
  }
}

describe('The door to redirection', () => {
  it('dials the port with TLS where WS-Management has it, for the same certificate', async () => {
    const { door, dialled } = doorTo(LOGIN, { legacyTls: true });
    await door.open('sol');
    expect(dialled).toMatchObject([
      { host: 'office-pc', port: 16995, tls: { fingerprint: FINGERPRINT, legacy: true } },
    ]);
  });

  it('dials the plain port where WS-Management is plain, and any other that was named', async () => {
    const plain = { firmware: { ...FIRMWARE, tls: false } };
    for (const [options, port] of [
      [plain, 16994],
      [{ ...plain, ports: { redirection: 1234, redirectionTls: 1235 } }, 1234],
      [{ ports: { redirection: 1234, redirectionTls: 1235 } }, 1235],
      [{ ports: { redirection: 1234 } }, 1234],
    ] as const) {
      const { door, dialled } = doorTo(LOGIN, options);
      await door.open('sol');
      expect(dialled).toMatchObject([{ port }]);
      expect(dialled[0]?.tls === undefined).toBe('firmware' in options);
    }
  });

  it('hands over bytes that are logged in, none of them lost', async () => {
    const { door, heard } = doorTo([STARTED, DIGEST, CHALLENGE, hex`${WELCOME} 41 00`, hex`42`]);
    const stream = await redirect(door, 'kvm');
    await stream.write(hex`40 00 00 00 00 00 00 00`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) if (chunks.push(chunk) === 2) break;
    expect(chunks).toEqual([hex`41 00`, hex`42`]);
    expect(heard.at(-1)).toEqual(hex`40 00 00 00 00 00 00 00`);
  });

  it('says that the listener may be off where nobody listens', async () => {
    const { door } = doorTo([], {
      dial: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    });
    await expect(door.open('sol')).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message:
        'office-pc port 16995 refused the connection. WS-Management of office-pc answers, so the listener for redirection may be switched off.',
      hint: expect.stringContaining('amt features TARGET --listener on'),
    });
  });

  it('says which feature is off, or that somebody has it', async () => {
    await expect(doorTo([hex`11 03 00 00`]).door.open('ider')).rejects.toMatchObject({
      code: 'REDIRECTION_REFUSED',
      hint: expect.stringContaining('--ider on'),
    });
    await expect(doorTo([hex`11 02 00 00`]).door.open('sol')).rejects.toThrow(RedirectionRefused);
  });

  it('tells nothing to a machine with another certificate', async () => {
    const { door, heard } = doorTo(LOGIN, { fingerprint: `BB${':00'.repeat(31)}` });
    await expect(door.open('sol')).rejects.toThrow(Untrusted);
    expect(heard).toEqual([]);
  });

  it('answers no challenge of another realm', async () => {
    const { door, heard } = doorTo(LOGIN, { firmware: { ...FIRMWARE, realm: 'Digest:B' } });
    await expect(door.open('sol')).rejects.toThrow(Untrusted);
    expect(heard).toHaveLength(3);
  });

  it('sends a password in clear to old firmware only, or inside TLS', async () => {
    const plain = { tls: false, realm: '' };
    const { door, heard } = doorTo([STARTED, CLEAR, WELCOME], {
      firmware: { ...FIRMWARE, ...plain, version: '7.1.20' },
    });
    door.setPassword('changed');
    await door.open('sol');
    expect(heard[2]).toEqual(hex`13 00 00 00 01 0e 00 00 00 05 61 64 6d 69 6e 07 63 68 61 6e 67 65 64`);
    for (const version of ['12.0.67', '']) {
      const { door } = doorTo([STARTED, CLEAR, WELCOME], { firmware: { ...FIRMWARE, ...plain, version } });
      await expect(door.open('sol')).rejects.toThrow(NotSupported);
    }
    await doorTo([STARTED, CLEAR, WELCOME]).door.open('sol');
  });

  it('waits no longer than it was told for a firmware that is silent', async () => {
    const { door } = doorTo([STARTED], { timeoutMs: 10 });
    await expect(door.open('sol')).rejects.toThrow(TimedOut);
  });

  it('gives up when it is told to, and when the machine is closed', async () => {
    const abort = new AbortController();
    const { door } = doorTo([]);
    const attempts = [door.open('sol', { signal: abort.signal }), door.open('sol')];
    const [first, second] = attempts.map((attempt) => expect(attempt).rejects.toThrow(Cancelled));
    abort.abort();
    await first;
    await door.close();
    await second;
  });

  it('closes with the machine what was opened through it, and forgets what was closed before', async () => {
    const { door } = doorTo(LOGIN);
    const stream = await redirect(door, 'sol');
    const closed = await redirect(door, 'sol');
    await closed.close();
    await door.close();
    await expect(stream.write(hex`00`)).rejects.toThrow(ConnectFailed);
  });

  it('traces messages without what they hold', async () => {
    const lines: string[] = [];
    const { door } = doorTo([STARTED, CLEAR, WELCOME]);
    await door.open('sol', { trace: (line) => lines.push(line) });
    expect(lines).toEqual([
      '> StartRedirectionSession variant=0 service=SOL ',
      '< StartRedirectionSessionReply status=Success protocolMajor=1 protocolMinor=0 firmwareMajor=12 firmwareMinor=0 enterprise=343 oem=<0 bytes>',
      '> AuthenticateSession method=Query data=<0 bytes>',
      '< AuthenticateSessionReply status=Success method=Query data=<1 bytes>',
      '> AuthenticateSession method=UserPassword data=<15 bytes>',
      '< AuthenticateSessionReply status=Success method=DigestQop data=<0 bytes>',
    ]);
  });
});
