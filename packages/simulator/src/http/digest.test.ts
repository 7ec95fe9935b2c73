/** The door: what gets in, in which spelling, and how often one may be wrong. */
import { digestResponse } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import { createSimulator } from '../create-simulator.ts';
import { md5 } from '../firmware.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { DigestDoor } from './digest.ts';

const PASSWORD = 'P@ssw0rd1';

async function open(options: SimulatorOptions = {}) {
  const clock = manualClock();
  const { firmware } = await createSimulator({ ports: 'memory', clock, ...options });
  const door = new DigestDoor(firmware);
  const nonce = () => /nonce="([^"]+)"/.exec(door.challenge(false))?.[1] ?? '';
  const send = (authorization?: string, body = new Uint8Array(0)) =>
    door.check({
      method: 'POST',
      path: '/wsman',
      headers: new Map(authorization === undefined ? [] : [['authorization', authorization]]),
      body,
    });
  return { clock, firmware, door, nonce, send, realm: firmware.identity.realm };
}

interface Parts {
  readonly user?: string;
  readonly password?: string;
  readonly realm: string;
  readonly nonce: string;
  readonly nc?: string;
  readonly cnonce?: string;
  readonly qop?: 'auth' | 'auth-int';
  readonly uri?: string;
  readonly body?: Uint8Array;
}

function answer({ user = 'admin', password = PASSWORD, realm, nonce, ...rest }: Parts) {
  const { nc = '00000001', cnonce = 'abc', qop = 'auth', uri = '/wsman', body = new Uint8Array(0) } = rest;
  return digestResponse(md5, { user, password, realm, nonce, method: 'POST', uri, nc, cnonce, qop, body });
}

const why = (result: ReturnType<DigestDoor['check']>) => (result.ok ? 'ok' : (result.login?.why ?? 'asked'));

describe('every spelling that a console uses', () => {
  test.each([
    [
      'unquoted',
      (r: string, n: string, x: string) =>
        `Digest username="admin",realm="${r}",nonce="${n}",uri="/wsman",qop=auth,response="${x}",nc=00000001,cnonce="abc"`,
      {},
    ],
    [
      'quoted',
      (r: string, n: string, x: string) =>
        `Digest username="admin", realm="${r}", nonce="${n}", uri="/wsman", response="${x}", qop="auth", nc="00000001", cnonce="abc"`,
      {},
    ],
    [
      'unpadded',
      (r: string, n: string, x: string) =>
        `digest username="admin",realm="${r}",nonce="${n}",uri="/wsman",qop="auth",response="${x}",nc="6",cnonce="abc"`,
      { nc: '6' },
    ],
    [
      'without cnonce',
      (r: string, n: string, x: string) =>
        `Digest username="admin",realm="${r}",nonce="${n}",uri="/wsman",qop=auth,response="${x}",nc=0000002a,cnonce=""`,
      { nc: '0000002a', cnonce: '' },
    ],
    [
      'in capitals',
      (r: string, n: string, x: string) =>
        `Digest username="admin",realm="${r}",nonce="${n}",uri="/wsman",qop=auth,response="${x.toUpperCase()}",nc=00000001,cnonce="abc"`,
      {},
    ],
  ] as const)('%s', async (_name, spell, parts) => {
    const { realm, nonce, send } = await open();
    const fresh = nonce();
    expect(why(send(spell(realm, fresh, answer({ realm, nonce: fresh, ...parts }))))).toBe('ok');
  });

  test('with the body protected, where that is offered', async () => {
    const body = Uint8Array.of(1, 2, 3);
    for (const [profile, result] of [
      ['amt-16', 'ok'],
      ['amt-12', 'wrong'],
    ] as const) {
      const { realm, nonce, send } = await open({ profile });
      const fresh = nonce();
      const response = answer({ realm, nonce: fresh, qop: 'auth-int', body });
      const header = `Digest username="admin",realm="${realm}",nonce="${fresh}",uri="/wsman",qop=auth-int,response="${response}",nc=00000001,cnonce="abc"`;
      expect(why(send(header, body))).toBe(result);
      expect(why(send(header, Uint8Array.of(1, 2, 4)))).toBe('wrong');
    }
  });
});

describe('what does not get in', () => {
  const header = (realm: string, nonce: string, response: string, user = 'admin', uri = '/wsman') =>
    `Digest username="${user}",realm="${realm}",nonce="${nonce}",uri="${uri}",qop=auth,response="${response}",nc=00000001,cnonce="abc"`;

  test('nothing at all is a question, not an attempt', async () => {
    const { send } = await open();
    expect(why(send())).toBe('asked');
    expect(why(send('Basic YWRtaW46'))).toBe('asked');
  });

  test('an empty response, which once opened everything', async () => {
    const { realm, nonce, send } = await open();
    expect(why(send(header(realm, nonce(), '')))).toBe('wrong');
    const fresh = nonce();
    expect(why(send(header(realm, fresh, answer({ realm, nonce: fresh }).slice(0, 8))))).toBe('wrong');
  });

  test('another password, user, realm or path', async () => {
    const { realm, nonce, send } = await open();
    const n = nonce();
    expect(why(send(header(realm, n, answer({ realm, nonce: n, password: 'other' }))))).toBe('wrong');
    expect(why(send(header(realm, n, answer({ realm, nonce: n, user: 'eve' }), 'eve')))).toBe('unknown');
    expect(why(send(header('Digest:0', n, answer({ realm: 'Digest:0', nonce: n }))))).toBe('wrong');
    expect(why(send(header(realm, n, answer({ realm, nonce: n, uri: '/x' }), 'admin', '/x')))).toBe('wrong');
  });

  test('a nonce that is too old or not ours is stale, which is no failure', async () => {
    const { realm, nonce, send, clock, firmware } = await open({ quirks: { nonceSeconds: 60, lockoutAfter: 1 } });
    const old = nonce();
    const right = header(realm, old, answer({ realm, nonce: old }));
    clock.advance(60_000);
    expect(why(send(right))).toBe('ok');
    clock.advance(1);
    const refused = send(right);
    expect(why(refused)).toBe('stale');
    expect(refused).toMatchObject({ challenge: expect.stringContaining('stale="true"') });
    const foreign = 'bQali2IAAAAAAAAAn0xaWCOcxNsRcEHX';
    expect(why(send(header(realm, foreign, answer({ realm, nonce: foreign }))))).toBe('stale');
    expect(firmware.state.events.records).toEqual([]);
  });

  test('a nonce handed out before the accounts changed', async () => {
    const { realm, nonce, send, firmware } = await open();
    const before = nonce();
    const right = header(realm, before, answer({ realm, nonce: before }));
    expect(why(send(right))).toBe('ok');
    firmware.change((state) => {
      state.users = [...state.users];
    });
    expect(why(send(right))).toBe('stale');
  });

  test('a nonce used up, on firmware that counts', async () => {
    const { realm, nonce, send } = await open({ quirks: { nonceUses: 2, saysStale: false } });
    const n = nonce();
    const right = header(realm, n, answer({ realm, nonce: n }));
    expect([why(send(right)), why(send(right)), why(send(right))]).toEqual(['ok', 'ok', 'stale']);
    expect(send(right)).toMatchObject({ challenge: expect.stringContaining('stale="false"') });
  });
});

describe('after ten failures', () => {
  async function locked() {
    const pc = await open();
    const { realm, nonce, send } = pc;
    const attempt = (password: string, user = 'admin') => {
      const n = nonce();
      const response = answer({ realm, nonce: n, password, user });
      return why(
        send(
          `Digest username="${user}",realm="${realm}",nonce="${n}",uri="/wsman",qop=auth,response="${response}",nc=00000001,cnonce="abc"`,
        ),
      );
    };
    for (let i = 0; i < 10; i++) expect(attempt('wrong')).toBe('wrong');
    return { ...pc, attempt };
  }

  test('even the right password is refused for five seconds', async () => {
    const { clock, attempt } = await locked();
    expect(attempt(PASSWORD)).toBe('locked');
    clock.advance(4999);
    expect(attempt(PASSWORD)).toBe('locked');
    clock.advance(1);
    expect(attempt(PASSWORD)).toBe('ok');
  });

  test('every further failure doubles the time, up to eighty seconds', async () => {
    const { clock, attempt } = await locked();
    for (const seconds of [5, 10, 20, 40, 80, 80]) {
      clock.advance(seconds * 1000 - 1);
      expect(attempt(PASSWORD)).toBe('locked');
      clock.advance(1);
      expect(attempt('wrong')).toBe('wrong');
    }
  });

  test('a success or an hour of quiet begins anew', async () => {
    for (const quiet of [false, true]) {
      const { clock, attempt } = await locked();
      clock.advance(quiet ? 3_600_000 : 5000);
      if (!quiet) expect(attempt(PASSWORD)).toBe('ok');
      for (let i = 0; i < 9; i++) expect(attempt('wrong')).toBe('wrong');
      expect(attempt(PASSWORD)).toBe('ok');
    }
  });

  test('both logs know it', async () => {
    const { firmware } = await locked();
    expect(firmware.state.events.records[0]).toMatchObject({ sensorType: 6, severity: 'critical' });
    expect([...(firmware.state.events.records[0]?.data ?? [])].slice(0, 3)).toEqual([0xaa, 10, 0]);
    expect(firmware.state.audit.records.at(-1)).toMatchObject({ application: 16, event: 5 });
  });
});

test('failures of one user lock out the others only where they are counted together', async () => {
  for (const [lockoutScope, result] of [
    ['all', 'locked'],
    ['user', 'ok'],
  ] as const) {
    const { realm, nonce, send } = await open({ quirks: { lockoutScope, lockoutAfter: 1 } });
    const attempt = (user: string) => {
      const n = nonce();
      const response = answer({ realm, nonce: n, user });
      return why(
        send(
          `Digest username="${user}",realm="${realm}",nonce="${n}",uri="/wsman",qop=auth,response="${response}",nc=00000001,cnonce="abc"`,
        ),
      );
    };
    expect(attempt('eve')).toBe('unknown');
    expect(attempt('admin')).toBe(result);
  }
});
