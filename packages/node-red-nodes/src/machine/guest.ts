/** A machine with an address and credentials of its own, from what was entered in the dialog. */
import { type GuestMachine, type HostAndPorts, isMachineName, parseHost } from '@amtkit/core/automation';
import { InvalidFlow } from '../problems.ts';
import type { NodeConfig } from '../red.ts';

/** What the editor saves of an `amt-machine`. */
export interface MachineConfig extends NodeConfig {
  readonly source?: 'book' | 'host' | 'message';
  readonly fleet?: string;
  /** Name in the book. */
  readonly machine?: string;
  /** Path of the message's property with the name. */
  readonly property?: string;
  /** `host`, `host:wsman` or `host:wsman:redirection`. */
  readonly host?: string;
  readonly tls?: 'auto' | 'on' | 'off';
  /** SHA-256 of the certificate that was confirmed in the dialog. */
  readonly fingerprint?: string;
}

/** User and password as Node-RED keeps them. */
export type MachineCredentials = Readonly<Record<string, string | undefined>>;

/** The machine for the fleet. @throws InvalidFlow */
export function guestOf(config: MachineConfig, credentials: MachineCredentials = {}): GuestMachine {
  const { host = '', name = '', tls = 'auto', fingerprint = '' } = config;
  if (host.trim() === '') throw new InvalidFlow('The machine has no address.', { hint: 'Enter one in its dialog.' });
  const { host: address, ports } = parsedHost(host);
  const { user = '', password = '' } = credentials;
  if (password === '') {
    throw new InvalidFlow(`${host} has no password.`, {
      host: address,
      hint: 'Enter it in the dialog of the machine: exported flows do not carry it.',
    });
  }
  return {
    ...(isMachineName(name) ? { name } : {}),
    host: address,
    ...(user === '' ? {} : { user }),
    password,
    tls,
    ...(fingerprint.trim() === '' ? {} : { fingerprint: fingerprint.trim() }),
    ...(ports === undefined ? {} : { ports }),
  };
}

function parsedHost(text: string): HostAndPorts {
  try {
    return parseHost(text);
  } catch (error) {
    throw new InvalidFlow((error as Error).message, { cause: error });
  }
}
