/** What a scan says of a machine, from either of the ways it can answer. */
import type { HttpAnswer, Product } from './http-probe.ts';
import type { Pong } from './rmcp.ts';

/** A machine that answered. */
export interface DiscoveredMachine {
  readonly address: string;
  /** The port it reported, or answered on, for WS-Management. Absent before setup and in AMT 4 and 5. */
  readonly port?: number;
  /** Both the plain and the TLS port listen. */
  readonly dualPorts: boolean;
  /** Major and minor, such as `11.8`. */
  readonly version?: string;
  /** All numbers, such as `11.8.50.3425`, where the web server told them. */
  readonly fullVersion?: string;
  /** How far AMT is set up. The web server does not say: `unknown`. */
  readonly state: Pong['state'];
  /** What it answered to. */
  readonly via: 'rmcp' | 'http' | 'https';
  readonly roundTripMs: number;
  /** Where the web server told it. */
  readonly product?: Product;
  /** The name that was asked for. */
  readonly hostname?: string;
  /** SHA-256 of its certificate, hex pairs with colons, where TLS was spoken. */
  readonly fingerprint?: string;
}

/** A machine before it has answered: where it was asked, and by what name. */
export type Asked = Pick<DiscoveredMachine, 'address' | 'hostname'>;

/** A machine that answered the presence ping. */
export function machineOfPong(asked: Asked, pong: Pong, roundTripMs: number): DiscoveredMachine {
  return { ...asked, ...pong, via: 'rmcp', roundTripMs };
}

/** A machine whose web server answered. */
export function machineOfAnswer(asked: Asked, answer: HttpAnswer): DiscoveredMachine {
  const { version, ...told } = answer;
  const versions = version === undefined ? {} : { version: twoNumbers(version), fullVersion: version };
  return { ...asked, ...told, ...versions, dualPorts: false, state: 'unknown' };
}

/** A machine that answered the ping without saying much, with what its web server added. */
export function completed(pinged: DiscoveredMachine, answer: HttpAnswer): DiscoveredMachine {
  return { ...machineOfAnswer(pinged, answer), via: pinged.via, roundTripMs: pinged.roundTripMs };
}

function twoNumbers(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
