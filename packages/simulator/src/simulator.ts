/** A virtual PC as its users see it. */
import type { Dial } from '@amtkit/core/streams';
import type { RaisedEvent } from './alerts/events.ts';
import type { AlertOptions } from './alerts/sender.ts';
import type { Behavior } from './behavior.ts';
import type { Clock } from './clock.ts';
import type { FaultOptions } from './faults.ts';
import type { Firmware } from './firmware.ts';
import type { Hardware, HardwarePower } from './hardware/hardware.ts';
import type { QemuPcOptions } from './hardware/qemu/options.ts';
import type { QemuPc } from './hardware/qemu/pc.ts';
import type { Picture } from './hardware/screen.ts';
import type { ProfileName, Quirks } from './profiles/profile.ts';
import type { Recorder } from './record.ts';
import type { ConsentPolicy } from './state.ts';

/** How a virtual PC is made. */
export interface SimulatorOptions {
  /** @default 'amt-12' */
  readonly profile?: ProfileName;
  /** What it is called in lists. @default 'sim-1' */
  readonly name?: string;
  /** Address to listen on. @default '127.0.0.1' */
  readonly host?: string;
  /**
   * Where to listen: free ports, those of real firmware, none at all (`dial` still works), or given ones; of those left
   * out a free one is taken. @default 'any'
   */
  readonly ports?: 'any' | 'standard' | 'memory' | Partial<SimulatorPorts>;
  /** @default 'admin' */
  readonly user?: string;
  /** @default 'P@ssw0rd1' */
  readonly password?: string;
  /** @default one that follows from the seed */
  readonly uuid?: string;
  /** @default 'off' */
  readonly power?: HardwarePower;
  /** Admin or client control mode. @default 'acm' */
  readonly controlMode?: 'acm' | 'ccm';
  /** Who has to agree at the machine; client control mode fixes it at all. @default 'none' */
  readonly consent?: ConsentPolicy;
  /** Whether TLS is set up, where the profile leaves the choice. @default true */
  readonly tls?: boolean;
  /** How fast things happen: 1 takes as long as real ones, 0 is at once. @default 1 */
  readonly speed?: number;
  readonly faults?: FaultOptions;
  /** Identity, nonces and codes follow from it; without one every PC is another. */
  readonly seed?: number;
  /** Differences from the profile, and the other reading of everything marked UNCERTAIN. */
  readonly quirks?: Partial<Quirks>;
  /** Milliseconds every request takes. Real firmware needs 100 to 500. @default 0 */
  readonly latencyMs?: number;
  /** Milliseconds every command to a redirected drive takes beside the network: a slow link. @default 0 */
  readonly exchangeDelayMs?: number;
  /** Most bytes one command to a redirected drive moves. @default 131_072, as systems in the field do */
  readonly bytesPerCommand?: number;
  /** How alerts leave. */
  readonly alerts?: AlertOptions;
  /** @default the name */
  readonly hostName?: string;
  /** Displays of a PC in memory. @default 1 */
  readonly displays?: 1 | 2;
  /** The PC behind the firmware. @default one in memory */
  readonly hardware?: Hardware;
  /** A PC of QEMU behind the firmware, made with it. It is as fast as it is, whatever `speed` says. */
  readonly qemu?: Omit<QemuPcOptions, 'power'>;
  /** Asked before the ordinary ones. */
  readonly behaviors?: readonly Behavior[];
  /** @default the clock on the wall */
  readonly clock?: Clock;
  /** Requests and log-ins that `received` remembers. @default 1000 */
  readonly recordLimit?: number;
}

/** Ports of a virtual PC. */
export interface SimulatorPorts {
  /** UDP, the presence ping. */
  readonly rmcp: number;
  /** TCP, WS-Management without TLS; not where the profile has only TLS. */
  readonly wsman?: number;
  /** TCP, WS-Management with TLS; not where TLS is switched off. */
  readonly wsmanTls?: number;
  /** TCP, redirection without TLS; only while its listener is on, and not where the profile has only TLS. */
  readonly redirection?: number;
  /** TCP, redirection with TLS; only while its listener is on, and not where TLS is switched off. */
  readonly redirectionTls?: number;
  /** TCP, RFB for any VNC viewer, only while `Is5900PortEnabled` of the KVM settings is on. */
  readonly rfb?: number;
}

/** Sessions on the redirection ports, which decide what power requests are refused. */
export interface OpenSessions {
  /** How many; true is one. */
  sol: number | boolean;
  ider: boolean;
  kvm: boolean;
}

/** A virtual PC that listens. */
export interface Simulator extends AsyncDisposable {
  readonly name: string;
  readonly uuid: string;
  readonly profile: ProfileName;
  readonly host: string;
  readonly user: string;
  readonly ports: SimulatorPorts;
  readonly firmware: Firmware;
  /** Everything that came, decoded. */
  readonly received: Recorder;
  /** Of the TLS server, once TLS was used. */
  readonly certificate: { readonly fingerprint: string } | undefined;
  /** The PC of QEMU behind the firmware, where it is one. */
  readonly qemu: QemuPc | undefined;
  /** Reaches its TCP ports without a socket, whatever the host. TLS is then a promise, not a cipher. */
  readonly dial: Dial;
  readonly openSessions: OpenSessions;
  /** What somebody in front of it sees, codes and all; absent where it has no display. */
  readonly monitor: Picture | undefined;
  /** Pulls the network cable: connections are lost and nobody answers. `silent`: nothing is refused either. */
  unplug(options?: { readonly silent?: boolean }): Promise<void>;
  /** Puts it back, on the same ports. */
  plug(): Promise<void>;
  /** Lets something happen to it, which is logged and told to the consoles that subscribed, as far as firmware does. */
  raise(event: RaisedEvent): void;
  /** Asks these behaviours before all others from now on. */
  use(...behaviors: readonly Behavior[]): void;
  /** Changes what goes wrong; nothing, without an argument. */
  setFaults(faults?: FaultOptions): void;
  /** Replaces the certificate of the TLS server by another one, for the next connection. */
  renewCertificate(): Promise<{ readonly fingerprint: string }>;
  close(): Promise<void>;
}
