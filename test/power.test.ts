/** A person powers a machine, and is told the truth about it. */
import { MethodFailed, NotSupported, Refused } from '@amtkit/core';
import { describe, expect } from 'vitest';
import { scenario } from './support/scenario.ts';

describe('The power', () => {
  scenario('goes on, is there when waited for, and goes off again', {
    power: 'off',
    async run({ machine, simulator }) {
      expect(await machine.power.state()).toBe('off');
      await machine.power.on({ wait: true });
      expect(simulator.firmware.state.power).toBe('on');
      await machine.power.off({ wait: true });
      expect(await machine.power.state()).toBe('off');
    },
  });

  scenario('that is on already is left alone when asked to go on', {
    power: 'on',
    async run({ machine, simulator }) {
      await machine.power.on();
      expect(simulator.received.of('RequestPowerStateChange')).toEqual([]);
    },
  });

  scenario('of a machine that is off cannot be reset, and the refusal says what is allowed', {
    power: 'off',
    async run({ machine }) {
      const refused = machine.power.reset();
      await expect(refused).rejects.toBeInstanceOf(Refused);
      await expect(refused).rejects.toThrow(/is off and cannot reset now; allowed are on/);
    },
  });

  scenario('stays while somebody has a session open, and the refusal explains it', {
    power: 'on',
    async run({ machine, simulator }) {
      simulator.openSessions.kvm = true;
      const refused = machine.power.off();
      await expect(refused).rejects.toBeInstanceOf(MethodFailed);
      await expect(refused).rejects.toThrow(/refused to switch off: somebody is watching its screen/);
      await expect(refused).rejects.toMatchObject({ busy: true, returnValue: 2 });
      expect(simulator.firmware.state.power).toBe('on');
    },
  });

  scenario('goes off through an open session when the sessions may be dropped, and redirection is on again after it', {
    power: 'on',
    async run({ machine, simulator }) {
      const before = await machine.features.read();
      simulator.openSessions.kvm = true;
      await machine.power.request('off', { sessions: 'drop', wait: true });
      expect(simulator.firmware.state.power).toBe('off');
      expect(await machine.features.read()).toEqual({ ...before, kvmInUse: false });
    },
  });

  scenario('can be reset through an open session: firmware minds only off and cycle', {
    power: 'on',
    async run({ machine, simulator }) {
      simulator.openSessions.sol = true;
      await machine.power.reset();
      expect(simulator.received.of('RequestPowerStateChange')).toHaveLength(1);
    },
  });

  scenario('of AMT 19 cannot sleep', {
    profile: 'amt-19',
    power: 'on',
    async run({ machine }) {
      const refused = machine.power.request('sleep');
      await expect(refused).rejects.toBeInstanceOf(NotSupported);
      await expect(refused).rejects.toMatchObject({
        message: expect.stringMatching(/cannot sleep; it offers on, off, /),
        hint: 'This firmware (AMT 19) offers no such state on this machine.',
      });
    },
  });

  scenario('of AMT 7 knows no soft actions', {
    profile: 'amt-7',
    power: 'on',
    connect: { tls: 'off' },
    async run({ machine }) {
      expect(await machine.power.supported()).toEqual(expect.arrayContaining(['on', 'off', 'cycle', 'reset']));
      expect(await machine.power.supported()).not.toContain('soft-off');
      await expect(machine.power.request('soft-off')).rejects.toMatchObject({ hint: /came with AMT 9/ });
    },
  });
});
