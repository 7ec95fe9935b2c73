/** Logging in to a redirection port, with bytes written by hand. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SimulatorOptions } from '../simulator.ts';
import { TestConsole } from '../testing/console.ts';
import { desk, EXAMPLE, Fields, type Line, Literal, opening } from '../testing/redirection.ts';

const { user, realm, nonce, uri, cnonce, nc, qop } = Fields;
const { sol: SOL, started: STARTED, ask: ASK, challenge: CHALLENGE, welcome: WELCOME, no: NO } = Literal;

const lp = (value: string) => Buffer.from(`${String.fromCharCode(value.length)}${value}`, 'latin1').toString('hex');

/** An AuthenticateSession with these fields. */
function authenticate(type: number, ...fields: readonly string[]): string {
  const data = fields.join('').replace(/\s/g, '');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length / 2);
  return `13 00 00 00 0${type} ${length.toString('hex')} ${data}`;
}

describe('the worked example', () => {
  test.each([
    ['whole', Number.POSITIVE_INFINITY],
    ['byte by byte', 1],
    ['in threes', 3],
  ])('is understood %s', async (_, pieces) => {
    const { connect, simulator } = await desk();
    const console = await connect();
    console.pieces = pieces;
    await console.talk(opening('sol'));
    // Silence until the console opens the service: what consoles read here they take for another message.
    expect(await console.heard()).toBe('');
    expect(console.ended).toBe(false);
    expect(simulator.received.logins).toEqual([{ user: 'admin', ok: true, address: 'memory' }]);
  });

  test('is understood in one go, as far as a console can go ahead', async () => {
    const { connect } = await desk();
    const console = await connect();
    await console.say(SOL, '13 00 00 00 00 00 00 00 00', ASK);
    await console.talk([['F', `${STARTED} 14 00 00 00 00 01 00 00 00 04 ${CHALLENGE}`]]);
  });
});

const RESPONSE = lp('a86192e601535c2683031ed465d571b1');
const legacy: SimulatorOptions = { quirks: { redirectionLogins: [1, 3, 4] } };

describe('a log-in', () => {
  test.each<[string, SimulatorOptions, readonly Line[]]>([
    [
      'of a console that asks for no list',
      {},
      [
        ['C', ASK],
        ['F', CHALLENGE],
        ['C', authenticate(4, user, realm, nonce, uri, cnonce, nc, RESPONSE, qop)],
        ['F', WELCOME],
      ],
    ],
    [
      'of a relay, with a counter and a client nonce of its own kind',
      {},
      [
        ['C', ASK],
        ['F', CHALLENGE],
        [
          'C',
          authenticate(
            4,
            user,
            realm,
            nonce,
            uri,
            lp('abcdef0123'),
            lp('00000001'),
            lp('44404c393b448f79756f893d06df2109'),
            qop,
          ),
        ],
        ['F', WELCOME],
      ],
    ],
    [
      'without quality of protection',
      legacy,
      [
        ['C', '13 00 00 00 00 00 00 00 00'],
        ['F', '14 00 00 00 00 03 00 00 00 01 03 04'],
        ['C', authenticate(3, user, '00', '00', uri, '00', '00', '00')],
        ['F', `14 01 00 00 03 49 00 00 00 ${realm} ${nonce}`],
        ['C', authenticate(3, user, realm, nonce, uri, cnonce, nc, lp('d99c3be1ad1cbbfbf802d31f66469726'))],
        ['F', '14 00 00 00 03 00 00 00 00'],
      ],
    ],
    [
      'with user and password in clear',
      legacy,
      [
        ['C', '13 00 00 00 01 0f 00 00 00 05 61 64 6d 69 6e 08 50 40 73 73 77 30 72 64'],
        ['F', '14 00 00 00 01 00 00 00 00'],
      ],
    ],
    [
      'after methods that are not offered',
      {},
      [
        ['C', '13 00 00 00 01 00 00 00 00'],
        ['F', '14 02 00 00 01 00 00 00 00'],
        ['C', '13 00 00 00 02 02 00 00 00 60 00'],
        ['F', '14 02 00 00 02 00 00 00 00'],
        ['C', '13 00 00 00 07 00 00 00 00'],
        ['F', '14 02 00 00 07 00 00 00 00'],
        ['C', ASK],
        ['F', CHALLENGE],
      ],
    ],
    [
      'that asks with all fields but the response',
      {},
      [
        ['C', authenticate(4, user, realm, nonce, uri, cnonce, nc, '00', qop)],
        ['F', CHALLENGE],
      ],
    ],
  ])('%s', async (_, options, lines) => {
    for (const pieces of [Number.POSITIVE_INFINITY, 1]) {
      const { connect } = await desk(options);
      const console = await connect();
      console.pieces = pieces;
      await console.talk([['C', SOL], ['F', STARTED], ...lines]);
      expect(console.ended).toBe(false);
    }
  });

  test.each<[string, string]>([
    ['a wrong response', authenticate(4, user, realm, nonce, uri, cnonce, nc, lp('0'.repeat(32)), qop)],
    ['an empty-looking response', authenticate(4, user, realm, nonce, uri, cnonce, nc, lp('a'), qop)],
    ['another nonce', authenticate(4, user, realm, lp('f'.repeat(32)), uri, cnonce, nc, RESPONSE, qop)],
    ['another realm', authenticate(4, user, lp('Digest:0'), nonce, uri, cnonce, nc, RESPONSE, qop)],
    ['another URI', authenticate(4, user, realm, nonce, '00', cnonce, nc, RESPONSE, qop)],
    ['another user', authenticate(4, lp('nobody'), realm, nonce, uri, cnonce, nc, RESPONSE, qop)],
    ['another quality of protection', authenticate(4, user, realm, nonce, uri, cnonce, nc, RESPONSE, lp('none'))],
  ])('with %s ends without another challenge', async (_, wrong) => {
    const { connect, simulator } = await desk();
    const console = await connect();
    await console.talk([
      ['C', SOL],
      ['F', STARTED],
      ['C', ASK],
      ['F', CHALLENGE],
      ['C', wrong],
      ['F', NO],
    ]);
    expect(console.ended).toBe(true);
    expect(simulator.received.logins).toMatchObject([{ ok: false }]);
    expect(simulator.firmware.state.sessions.sol).toBe(0);
  });

  test('cannot use the challenge of another connection', async () => {
    const { connect } = await desk({ quirks: { redirectionLogins: [4] } });
    const first = await connect();
    await first.talk([
      ['C', SOL],
      ['F', STARTED],
      ['C', ASK],
      ['F', CHALLENGE],
    ]);
    await first.close();
    const second = await connect();
    const answer = authenticate(4, user, realm, nonce, uri, cnonce, nc, RESPONSE, qop);
    await second.talk([
      ['C', SOL],
      ['F', STARTED],
      ['C', answer],
      ['F', NO],
    ]);
  });

  test('asks for a challenge three times at most', async () => {
    const { connect } = await desk();
    const console = await connect();
    await console.talk([
      ['C', SOL],
      ['F', STARTED],
    ]);
    for (let i = 0; i < 3; i++)
      await console.talk([
        ['C', ASK],
        ['F', CHALLENGE],
      ]);
    await console.talk([
      ['C', ASK],
      ['F', NO],
    ]);
    expect(console.ended).toBe(true);
  });

  test('that is not finished in time is ended, and the session free again', async () => {
    const { connect, clock } = await desk();
    const slow = await connect();
    await slow.talk([
      ['C', SOL],
      ['F', STARTED],
      ['wait', 29_900],
    ]);
    expect(slow.ended).toBe(false);
    await slow.talk([['wait', 200]]);
    expect(slow.ended).toBe(true);
    clock.advance(1);
    await (await connect()).talk([
      ['C', SOL],
      ['F', STARTED],
    ]);
  });

  test('keeps a password in clear out of the record', async () => {
    const { connect, simulator } = await desk(legacy);
    const console = await connect();
    await console.talk([
      ['C', SOL],
      ['F', STARTED],
      ['C', authenticate(1, user, lp(EXAMPLE.password))],
    ]);
    expect(simulator.received.messages('AuthenticateSession')).toMatchObject([
      { connection: 1, service: 'session', message: { method: 'UserPassword', data: new Uint8Array(0) } },
    ]);
  });
});

describe('accounts', () => {
  async function withUser(realms: readonly number[]) {
    const made = await desk(legacy);
    const ha1 = createHash('md5').update(`kim:${EXAMPLE.realm}:Passw0rd!`).digest('hex');
    made.simulator.firmware.change((state) => {
      state.users = [...state.users, { name: 'kim', ha1, realms, access: 2, enabled: true, handle: 9 }];
    });
    const console = await made.connect();
    await console.talk([
      ['C', SOL],
      ['F', STARTED],
      ['C', authenticate(1, lp('kim'), lp('Passw0rd!'))],
    ]);
    return await console.heard();
  }

  test.each([
    ['the redirection realm', [2], '14 00 00 00 01 00 00 00 00'],
    ['all realms', [3], '14 00 00 00 01 00 00 00 00'],
    ['other realms', [4, 5, 13], '14 01 00 00 01 00 00 00 00'],
  ])('with %s', async (_, realms, answer) => {
    expect(await withUser(realms)).toBe(answer);
  });

  test('are locked by failures on either port', async () => {
    const { connect, simulator, clock, rewind } = await desk();
    for (let i = 0; i < 10; i++) {
      const console = await connect();
      const wrong = authenticate(4, user, realm, nonce, uri, cnonce, nc, lp('0'.repeat(32)), qop);
      await console.talk([
        ['C', SOL],
        ['F', STARTED],
        ['C', ASK],
        ['F', CHALLENGE],
        ['C', wrong],
        ['F', NO],
      ]);
      await console.close();
    }
    const wsman = new TestConsole(simulator, { password: EXAMPLE.password });
    await expect(wsman.get('AMT_GeneralSettings')).rejects.toThrow();
    expect(simulator.received.logins.at(-1)).toMatchObject({ ok: false, why: 'locked' });
    rewind();
    const locked = await connect();
    await locked.talk([...opening('sol').slice(0, -1), ['F', NO]]);
    clock.advance(6000);
    await (await connect()).talk(opening('sol'));
  });
});
