/** A person chooses what boots next. */
import { ConsentRequired, NotSupported } from '@amtkit/core';
import { describe, expect } from 'vitest';
import { scenario } from './support/scenario.ts';

describe('A boot override', () => {
  for (const target of ['pxe', 'disk', 'cd', 'bios'] as const) {
    scenario(`boots ${target} once, now, and the start after that is an ordinary one`, {
      power: 'on',
      async run({ machine, simulator }) {
        await machine.boot.once(target, { now: true });
        await expect.poll(() => simulator.firmware.state.bootedFrom).toBe(target);
        await machine.power.reset();
        await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('disk');
      },
    });
  }

  scenario('switches on a machine that is off', {
    power: 'off',
    async run({ machine, simulator }) {
      await machine.boot.once('bios', { now: true, wait: true });
      expect(simulator.firmware.state).toMatchObject({ power: 'on', bootedFrom: 'bios' });
    },
  });

  scenario('waits for the next start when not asked for now', {
    power: 'on',
    async run({ machine, simulator }) {
      await machine.boot.once('pxe');
      expect(simulator.received.of('RequestPowerStateChange')).toEqual([]);
      await machine.power.reset();
      await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('pxe');
    },
  });

  scenario('can be taken back', {
    power: 'on',
    async run({ machine, simulator }) {
      await machine.boot.once('pxe');
      await machine.boot.clear();
      await machine.power.reset();
      await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('disk');
    },
  });

  scenario('replaces an older one of another kind, which firmware refuses unless it was cleared first', {
    power: 'on',
    async run({ machine, simulator }) {
      await machine.boot.once('pxe');
      await machine.boot.once('bios', { now: true });
      await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('bios');
    },
  });

  scenario('from an HTTPS address is not offered by AMT 12, and the refusal says what would have it', {
    power: 'on',
    async run({ machine }) {
      const refused = machine.boot.once('https', { url: 'https://images.test/disk.efi' });
      await expect(refused).rejects.toBeInstanceOf(NotSupported);
      await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining('AMT 15') });
    },
  });

  scenario('from an HTTPS address reaches AMT 16 as its blob of parameters', {
    profile: 'amt-16',
    power: 'on',
    async run({ machine, simulator }) {
      await machine.boot.once('https', { url: 'https://images.test/disk.efi', now: true });
      await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('https');
    },
  });

  scenario('needs the consent of the person at the machine where the policy says so, and works once it is given', {
    power: 'on',
    controlMode: 'ccm',
    async run({ machine, simulator }) {
      await expect(machine.boot.once('pxe')).rejects.toBeInstanceOf(ConsentRequired);
      await machine.consent.request();
      await expect.poll(async () => (await machine.consent.read()).state).toBe('displayed');
      await machine.consent.send(simulator.firmware.state.consent.code as string);
      expect((await machine.consent.read()).state).toBe('received');
      await machine.boot.once('pxe', { now: true });
      await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('pxe');
    },
  });
});
