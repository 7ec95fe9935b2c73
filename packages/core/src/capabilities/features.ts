/** Switches of remote control: serial, storage, screen, their listener, and who must consent. */
import type { FeatureState } from '../machine/machine.ts';
import { flag, oneOf, reading, setting, source } from './capability.ts';

const features = source({ refresh: 'minutes', read: (machine) => machine.features.read() });
const all = ['features.sol', 'features.ider', 'features.kvm', 'features.listener'];

/** Serial-over-LAN. */
export const featuresSol = toggle('sol', 'Serial over LAN');
/** Storage redirection. */
export const featuresIder = toggle('ider', 'Storage redirection');
/** Keyboard, video, mouse. Absent where the SKU has none. */
export const featuresKvm = toggle('kvm', 'Remote desktop (KVM)');
/** The redirection ports accept connections. */
export const featuresListener = toggle('listener', 'Redirection listener');

/** Whether somebody watches the screen. */
export const featuresKvmInUse = reading({
  id: 'features.kvm-in-use',
  title: 'KVM in use',
  value: flag,
  from: features,
  pick: (state) => state.kvmInUse,
});

/** Which consent the firmware asks for. */
export const featuresConsent = setting({
  id: 'features.consent',
  title: 'User consent',
  value: oneOf('none', 'kvm', 'all'),
  from: features,
  pick: (state) => state.consent,
  write: async (machine, consent) => {
    await machine.features.set({ consent });
  },
});

function toggle<const N extends 'sol' | 'ider' | 'kvm' | 'listener'>(name: N, title: string) {
  return setting({
    id: `features.${name}`,
    title,
    value: flag,
    from: features,
    pick: (state: FeatureState) => state[name],
    changes: all,
    write: async (machine, on) => {
      await machine.features.set({ [name]: on });
    },
  });
}
