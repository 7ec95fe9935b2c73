/** Switches that redirection needs, switched on where they are off, and put back afterwards. */
import type { FeatureState, Features } from '../machine/machine.ts';

/** A switch of remote control that sessions need. */
export type RedirectionSwitch = 'sol' | 'ider' | 'kvm' | 'listener';

/** Switches that were off, in the order of the type. */
export type SwitchedOn = readonly RedirectionSwitch[];

/** Which of the wanted services are off; the listener where it is needed at all. */
export function switchedOff(now: FeatureState, wanted: readonly ('sol' | 'ider' | 'kvm')[]): SwitchedOn {
  const needed: readonly RedirectionSwitch[] = [...wanted, 'listener'];
  return needed.filter((name) => !now[name]);
}

/** Switches on what is off. Says what that was. @throws Refused where MEBx holds a switch */
export async function switchOn(features: Features, wanted: readonly ('sol' | 'ider' | 'kvm')[]): Promise<SwitchedOn> {
  const off = switchedOff(await features.read(), wanted);
  if (off.length > 0) await features.set(Object.fromEntries(off.map((name) => [name, true])));
  return off;
}

/** Switches off again what was switched on. Nothing is asked where nothing was. @throws Refused */
export async function putBack(features: Features, switchedOn: SwitchedOn): Promise<void> {
  if (switchedOn.length > 0) await features.set(Object.fromEntries(switchedOn.map((name) => [name, false])));
}
