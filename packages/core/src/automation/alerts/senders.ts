/** Whose trap it is: by the UUID in it, then by the machine's own address, then by where the datagram came from. */
import { toHex } from '../../bytes/hex.ts';
import type { Trap } from '../../events/pet.ts';
import { platformUuid } from '../../machine/platform-uuid.ts';
import type { FleetMachine } from '../changes.ts';
import { addressOf } from './address.ts';

/** Finds senders among the machines of a fleet. */
export interface Senders {
  /** @param from address the datagram came from, which may be that of a router */
  machineOf(trap: Pick<Trap, 'guid' | 'agent'>, from: string): string | undefined;
  /** Looks up the address of a machine, whose host may be a name. */
  learn(machine: string): Promise<void>;
  forget(machine: string): void;
}

/** Senders of a fleet. */
export function createSenders(machines: ReadonlyMap<string, FleetMachine>): Senders {
  const addresses = new Map<string, string>();

  function byUuid(guid: Uint8Array): string | undefined {
    const digits = toHex(guid).replaceAll(' ', '');
    const straight = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const uuids = [platformUuid(digits), straight];
    return find(({ firmware }) => firmware?.uuid !== undefined && uuids.includes(firmware.uuid));
  }

  function byAddress(address: string): string | undefined {
    if (address === '0.0.0.0') return undefined;
    return find(({ name, host }) => host === address || addresses.get(name) === address);
  }

  /** The only one: machines behind one address cannot be told apart. */
  function find(is: (machine: FleetMachine) => boolean): string | undefined {
    const found = [...machines.values()].filter(is);
    return found.length === 1 ? found[0]?.name : undefined;
  }

  return {
    machineOf: ({ guid, agent }, from) => byUuid(guid) ?? byAddress(agent) ?? byAddress(from),
    async learn(machine) {
      const address = await addressOf(machines.get(machine)?.host ?? '');
      if (address !== undefined && machines.has(machine)) addresses.set(machine, address);
    },
    forget: (machine) => void addresses.delete(machine),
  };
}
