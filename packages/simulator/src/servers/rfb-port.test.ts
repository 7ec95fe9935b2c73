/** Port 5900 of firmware that opened it, with literal bytes. */
import { fromHex, toHex } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import type { BareScreen } from '../testing/bare-screen.ts';
import { TestConsole } from '../testing/console.ts';
import { RawConsole, settled } from '../testing/redirection.ts';
import { withScreen } from '../testing/viewer.ts';
import { vncAnswer } from './vnc-password.ts';

const KVM = 'IPS_KVMRedirectionSettingData';
const PASSWORD = 'Aa1!Aa1!';
const VERSION = '52 46 42 20 30 30 33 2e 30 30 38 0a';
const INIT = '00 80 00 40 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00';

/** A PC whose port is open, and viewers for it. */
async function opened() {
  const made = await withScreen();
  const settings = new TestConsole(made.simulator, { password: 'P@ssw0rd' });
  await settings.put(KVM, { Is5900PortEnabled: true, RFBPassword: PASSWORD });
  const come = async () => {
    const { rfb = 0 } = made.simulator.ports;
    return new RawConsole(await made.simulator.dial({ host: made.simulator.host, port: rfb }), made.clock);
  };
  /** Says a password, in answer to the challenge. */
  const prove = async (viewer: RawConsole, password: string, version = VERSION) => {
    await viewer.talk([
      ['F', VERSION],
      ['C', version],
      ['F', '01 02'],
      ['C', '02'],
    ]);
    await viewer.say(vncAnswer(password, await viewer.take(16)));
  };
  return { ...made, settings, come, prove };
}

test('a challenge is answered as DES has it', () => {
  const password = String.fromCharCode(...fromHex('80 c4 a2 e6 91 d5 b3 f7'));
  const block = '4e 6f 77 20 69 73 20 74';
  expect(toHex(vncAnswer(password, fromHex(`${block} ${block}`)))).toBe(
    '3f a4 0e 8a 98 4d 48 15 3f a4 0e 8a 98 4d 48 15',
  );
});

describe('port 5900', () => {
  test('is there once it is opened, and no longer than that', async () => {
    const { simulator, settings } = await opened();
    expect(simulator.ports.rfb).toBe(5900);
    await settings.put(KVM, { Is5900PortEnabled: false });
    expect(simulator.ports.rfb).toBeUndefined();
  });

  test('shows the screen to who knows the password, and writes down nobody by name', async () => {
    const { simulator, come, prove, pc } = await opened();
    const viewer = await come();
    await prove(viewer, PASSWORD);
    await viewer.talk([
      ['F', '00 00 00 00'],
      ['C', '01'],
      ['F', INIT],
    ]);
    await viewer.take(23);
    expect(simulator.openSessions.kvm).toBe(true);
    await viewer.talk([
      ['C', '02 00 00 01 00 00 00 10'],
      ['C', '03 00 00 00 00 00 00 40 00 40'],
      ['F', '00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 0a 78 01 00 03 00 fc ff 01 00 f8'],
      ['C', '04 01 00 00 00 00 00 61'],
    ]);
    await viewer.close();
    expect((pc.screen as BareScreen).input).toEqual(['+04', '-04']);
    expect(simulator.openSessions.kvm).toBe(false);
    const records = simulator.firmware.state.audit.records.slice(-2);
    expect(records.map(({ application, event, initiator }) => [application, event, initiator.kind])).toEqual([
      [18, 8, 'kvm'],
      [18, 9, 'kvm'],
    ]);
  });

  test('asks old viewers, too', async () => {
    const { come } = await opened();
    const viewer = await come();
    await viewer.talk([
      ['F', VERSION],
      ['C', '52 46 42 20 30 30 33 2e 30 30 33 0a'],
      ['F', '00 00 00 02'],
    ]);
    await viewer.say(vncAnswer(PASSWORD, await viewer.take(16)));
    await viewer.talk([
      ['F', '00 00 00 00'],
      ['C', '00'],
      ['F', INIT],
    ]);
  });

  test('refuses another password, and writes down the third', async () => {
    const { come, prove, simulator } = await opened();
    const { audit } = simulator.firmware.state;
    for (let attempt = 1; attempt <= 3; attempt++) {
      const viewer = await come();
      await prove(viewer, 'Bb2!Bb2!');
      await viewer.talk([['F', '00 00 00 01 00 00 00 0e 57 72 6f 6e 67']]);
      await settled();
      expect(viewer.ended).toBe(true);
      const failures = simulator.firmware.state.audit.records.filter(({ event }) => event === 12);
      expect(failures).toHaveLength(attempt === 3 ? 1 : 0);
    }
    expect(audit.records.every(({ event }) => event !== 8)).toBe(true);
  });

  test('has one viewer at a time, whichever way the other came', async () => {
    const { come, prove, enter, rewind } = await opened();
    const first = await come();
    await prove(first, PASSWORD);
    const second = await come();
    await settled();
    expect(second.ended).toBe(true);
    await first.close();
    rewind();
    await enter('kvm');
    const third = await come();
    await settled();
    expect(third.ended).toBe(true);
  });

  test('is left by who does not say the password in time, and by all when KVM is switched off', async () => {
    const { come, prove, clock, settings } = await opened();
    const slow = await come();
    await slow.talk([['F', VERSION]]);
    clock.advance(30_000);
    await settled();
    expect(slow.ended).toBe(true);
    const viewer = await come();
    await prove(viewer, PASSWORD);
    await viewer.talk([['F', '00 00 00 00']]);
    await settings.invoke('CIM_KVMRedirectionSAP', 'RequestStateChange', { RequestedState: 3 });
    await settled();
    expect(viewer.ended).toBe(true);
  });
});
