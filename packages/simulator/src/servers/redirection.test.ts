/** Starting redirection sessions, what keeps them apart, and what ends them, with bytes written by hand. */
import { describe, expect, test } from 'vitest';
import type { SimulatorOptions } from '../simulator.ts';
import { TestConsole } from '../testing/console.ts';
import { type Desk, desk, EXAMPLE, Literal, opening, RawConsole, settled } from '../testing/redirection.ts';

const { sol: SOL, ider: IDER, kvm: KVM, started: STARTED } = Literal;

describe('a start', () => {
  const refused = (status: string) => `11 ${status} 00 00 01 00 0c 00 57 01 00 00 00`;

  async function answerTo(
    start: string,
    prepare: (made: Desk) => void | Promise<void>,
    options: SimulatorOptions = {},
  ) {
    const made = await desk(options);
    await prepare(made);
    const console = await made.connect();
    await console.say(start);
    return { heard: await console.heard(), ended: console.ended };
  }

  test.each<[string, string, string, (made: Desk) => void | Promise<void>, SimulatorOptions?]>([
    ['of an unknown service', '10 00 00 00 58 59 5a 20', '01', () => {}],
    ['of one that is switched off', SOL, '03', ({ simulator }) => off(simulator, 'sol')],
    ['of drives that are switched off', IDER, '03', ({ simulator }) => off(simulator, 'ider')],
    [
      'of a screen that is switched off',
      KVM,
      '03',
      ({ simulator }) =>
        simulator.firmware.change((state) => {
          state.kvm.enabled = false;
        }),
    ],
    [
      'of a screen that somebody has',
      KVM,
      '02',
      async ({ enter }) => {
        await enter('kvm');
      },
    ],
    ['of a screen without consent, which it asks for itself', KVM, '00', () => {}, { consent: 'all' }],
    [
      'of one that somebody has',
      SOL,
      '02',
      async ({ enter }) => {
        await enter('sol');
      },
    ],
    [
      'of one that somebody is about to have',
      SOL,
      '02',
      async ({ connect }) => await (await connect()).talk([['C', SOL]]),
    ],
    ['of drives without consent', IDER, '05', () => {}, { consent: 'all' }],
    ['of serial without consent', SOL, '00', () => {}, { consent: 'all' }],
    ['of drives when only the screen needs consent', IDER, '00', () => {}, { consent: 'kvm' }],
    [
      'of drives with consent',
      IDER,
      '00',
      ({ simulator }) =>
        simulator.firmware.change((state) => {
          state.consent.state = 'received';
        }),
      { consent: 'all' },
    ],
  ])('%s is answered with thirteen bytes', async (_, start, status, prepare, options) => {
    const { heard, ended } = await answerTo(start, prepare, options);
    expect(heard).toBe(refused(status));
    expect(ended).toBe(status !== '00');
  });

  test('that is refused can be met with a closed door instead', async () => {
    const quirks = { refusedStart: 'close' } as const;
    expect(await answerTo('10 00 00 00 58 59 5a 20', () => {}, { quirks })).toEqual({ heard: '', ended: true });
    expect(await answerTo(SOL, () => {}, { quirks })).toEqual({ heard: STARTED, ended: false });
  });

  test('tells the version of the firmware', async () => {
    const heard = async (profile: SimulatorOptions['profile']) =>
      (await answerTo(SOL, () => {}, profile === undefined ? {} : { profile })).heard;
    expect(await heard('amt-11')).toBe('11 00 00 00 01 00 0b 08 57 01 00 00 00');
    expect(await heard('amt-7')).toBe('11 00 00 00 01 00 07 01 57 01 00 00 00');
  });
});

function off({ firmware }: Desk['simulator'], service: 'sol' | 'ider'): void {
  firmware.change((state) => {
    state.redirection[service] = false;
  });
}

describe('a session', () => {
  const logs = ({ simulator }: Desk) => ({
    audit: simulator.firmware.state.audit.records.map(({ application, event }) => [application, event]),
    events: simulator.firmware.state.events.records.map(({ data }) => [...data.subarray(0, 3)]).reverse(),
  });

  test.each([
    ['sol', [18, 4], [18, 5], [0xaa, 0x30, 0], [0xaa, 0x30, 1]],
    ['ider', [18, 0], [18, 1], [0xaa, 0x30, 2], [0xaa, 0x30, 3]],
  ] as const)('of %s is logged when somebody is in, and when it ends', async (service, opened, closed, event, over) => {
    const made = await desk();
    const console = await made.connect();
    await console.talk(opening(service).slice(0, -2));
    expect(logs(made)).toEqual({ audit: [], events: [] });
    await console.talk(opening(service).slice(-2));
    expect(logs(made)).toEqual({ audit: [opened], events: [event] });
    expect(made.simulator.firmware.state.audit.records[0]).toMatchObject({ initiator: { user: 'admin' } });
    await console.close();
    expect(logs(made)).toEqual({ audit: [opened, closed], events: [event, over] });
  });

  test('frees its place at once when the connection is gone', async () => {
    const { enter, simulator } = await desk();
    for (let i = 0; i < 3; i++) await (await enter('sol')).close();
    expect(simulator.received.redirections).toEqual({ total: 3, open: 0 });
  });

  test('keeps the power on while it is open', async () => {
    const { enter, simulator } = await desk();
    const wsman = new TestConsole(simulator, { password: EXAMPLE.password });
    const console = await enter('ider');
    expect([await wsman.requestPower(8), await wsman.requestPower(5), await wsman.requestPower(10)]).toEqual([2, 2, 0]);
    await console.close();
    expect(await wsman.requestPower(8)).toBe(0);
  });

  test('of each kind stands beside the others', async () => {
    const { enter, simulator } = await desk();
    await enter('sol');
    await enter('ider');
    expect(simulator.firmware.state.sessions).toEqual({ sol: 1, ider: true, kvm: false });
  });

  test('carries consent on, and starts its end', async () => {
    const { enter, simulator, clock } = await desk({ consent: 'all' });
    const { consent } = simulator.firmware.state;
    simulator.firmware.change(() => {
      consent.state = 'received';
    });
    const console = await enter('ider');
    expect(consent.state).toBe('in-session');
    await console.say('40 00 00 00 00 00 00 00 30 75 00 00 20 4e 01 00 00 00');
    for (let i = 0; i < 30; i++)
      await console.talk([
        ['wait', 20_000],
        ['C', '4b 00 00 00 01 00 00 00'],
      ]);
    expect(consent.state).toBe('in-session');
    await console.close();
    expect(consent.state).toBe('received');
    clock.advance(120_000);
    expect(consent.state).toBe('not-started');
  });

  test.each<[string, (wsman: TestConsole, made: Desk) => unknown]>([
    [
      'its service is switched off',
      (wsman) => wsman.invoke('AMT_RedirectionService', 'RequestStateChange', { RequestedState: 32768 }),
    ],
    ['the listener is switched off', (wsman) => wsman.put('AMT_RedirectionService', { ListenerEnabled: false })],
    ['a test says so', (_, { simulator }) => Object.assign(simulator.openSessions, { sol: false })],
    ['the cable is pulled', (_, { simulator }) => simulator.unplug()],
    ['the PC is closed', (_, { simulator }) => simulator.close()],
  ])('ends when %s', async (_, act) => {
    const made = await desk();
    const wsman = new TestConsole(made.simulator, { password: EXAMPLE.password });
    const console = await made.enter('sol');
    await act(wsman, made);
    await settled();
    expect(console.ended).toBe(true);
    expect(made.simulator.firmware.state.sessions.sol).toBe(0);
    const { records } = made.simulator.firmware.state.audit;
    expect(records.filter(({ application, event }) => application === 18 && event === 5)).toHaveLength(1);
  });

  test('a test holds keeps consoles out', async () => {
    const { connect, simulator } = await desk();
    simulator.openSessions.sol = true;
    await (await connect()).talk([
      ['C', SOL],
      ['F', '11 02 00 00 01 00 0c 00 57 01 00 00 00'],
    ]);
  });

  test('ends without an answer when the console says so', async () => {
    const { enter } = await desk();
    const console = await enter('sol');
    await console.say('12 00 00 00');
    expect(await console.heard()).toBe('');
    expect(console.ended).toBe(true);
  });
});

describe('nonsense', () => {
  test.each([
    ['an unknown message', 'ff 00 00 00', 'Message number 0xff is unknown'],
    ['a log-in before a start', '13 00 00 00 00 00 00 00 00', 'AuthenticateSession while the firmware was starting'],
    ['a message of the firmware', STARTED, 'StartRedirectionSessionReply while the firmware was starting'],
    ['a second start', `${SOL} ${SOL}`, 'StartRedirectionSession while the firmware was logging-in'],
    ['a length beyond all log-ins', `${SOL} 13 00 00 00 04 00 00 01 00`, 'A length of 65536'],
    ['texts that lead past their end', `${SOL} 13 00 00 00 04 02 00 00 00 09 61`, 'ends behind'],
    ['a service before the log-in', `${SOL} 20 00 00 00`, 'Message number 0x20 is unknown'],
  ])('as %s ends the connection and is written down', async (_, bytes, text) => {
    const { connect, simulator } = await desk();
    const console = await connect();
    await console.say(bytes);
    await settled();
    expect(console.ended).toBe(true);
    expect(simulator.received.nonsense.map(({ message }) => message)).toEqual([expect.stringContaining(text)]);
    expect(simulator.received.problems).toEqual([]);
  });
});

test('TLS leads to the same sessions', async () => {
  const { simulator, clock } = await desk({ profile: 'amt-16' });
  expect(simulator.ports).toEqual({ rmcp: 623, wsmanTls: 16993, redirectionTls: 16995 });
  const stream = await simulator.dial({ host: simulator.host, port: 16995, tls: {} });
  const console = new RawConsole(stream, clock);
  await console.talk([
    ['C', SOL],
    ['F', '11 00 00 00 01 00 10 01 57 01 00 00 00'],
  ]);
  await expect(simulator.dial({ host: simulator.host, port: 16994 })).rejects.toThrow('Nobody answers');
});
