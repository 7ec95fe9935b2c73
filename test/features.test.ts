/** A person switches remote control on and off. */
import { NotSupported } from '@amtkit/core';
import { describe, expect } from 'vitest';
import { scenario } from './support/scenario.ts';

describe('Switches of remote control', () => {
  scenario('go off and on one by one, the listener with them', {
    async run({ machine }) {
      const off = await machine.features.set({ sol: false, ider: false, kvm: false, listener: false });
      expect(off).toMatchObject({ sol: false, ider: false, kvm: false, listener: false });
      const on = await machine.features.set({ sol: true });
      expect(on).toMatchObject({ sol: true, ider: false, kvm: false, listener: true });
    },
  });

  scenario('change the consent policy in admin control mode', {
    async run({ machine }) {
      expect((await machine.features.set({ consent: 'all' })).consent).toBe('all');
      expect((await machine.features.set({ consent: 'none' })).consent).toBe('none');
    },
  });

  scenario('do not change the consent policy in client control mode, and say why', {
    controlMode: 'ccm',
    async run({ machine }) {
      await expect(machine.features.set({ consent: 'none' })).rejects.toThrow(
        /does not let its consent policy be changed/,
      );
    },
  });

  scenario('have no KVM on Standard Manageability', {
    profile: 'ism',
    async run({ machine }) {
      expect((await machine.features.read()).kvm).toBeUndefined();
      await expect(machine.features.set({ kvm: true })).rejects.toBeInstanceOf(NotSupported);
    },
  });
});
