/** Everything a PC's firmware remembers, as one plain object. */
import type { AuditRecord, EventRecord } from '@amtkit/core/wire';
import type { BootChoice, HardwarePower } from './hardware/hardware.ts';
import type { Profile, Quirks } from './profiles/profile.ts';
import type { Properties } from './values.ts';

/** Who has to agree at the machine: nobody, for KVM, or for KVM, IDE-R and boot options. */
export type ConsentPolicy = 'none' | 'kvm' | 'all';

/** Where a consent stands. [AMT: IPS_OptInService.OptInState] */
export type ConsentState = 'not-started' | 'requested' | 'displayed' | 'received' | 'in-session';

/** Somebody who may log in. */
export interface Account {
  readonly name: string;
  /** MD5 of name, realm and password, lower-case hex; a password itself is never kept. */
  readonly ha1: string;
  /** Numbers of realms; 3 is all of them. */
  readonly realms: readonly number[];
  /** 0 only from the machine itself, 1 only over the network, 2 both. */
  readonly access: number;
  readonly enabled: boolean;
  /** Number of a user's entry; the admin has none. */
  readonly handle?: number;
  /** A Kerberos user, as base64, who has no digest. */
  readonly sid?: string;
}

/** Who opened or closed a session, where it is known. */
export interface Opener {
  readonly user?: string;
  readonly address?: string;
  /** Somebody at port 5900, who has no name. */
  readonly viewer?: true;
}

/** A console that alerts are pushed to. [AMT: WS-Eventing Event Subscribers] */
export interface Subscription {
  /** Of its handler; no two are called alike. */
  readonly name: string;
  /** InstanceID of the group it asked for. */
  readonly group: string;
  readonly url: string;
  /** Each event has to be acknowledged. */
  readonly acknowledged: boolean;
  /** Header elements that every event brings back, as XML. */
  readonly parameters: string;
  /** What to answer a digest challenge with. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** By the simulator's clock; infinite where it never ends. */
  readonly expiresAt: number;
}

/** The state of one firmware. Servers read it, behaviours change it, tests look at it. */
export interface FirmwareState {
  power: HardwarePower;
  /** What the PC started from last. */
  bootedFrom: BootChoice | undefined;
  systemUp: boolean;
  /** Modern standby: on, but asleep. */
  standby: boolean;
  /** Code of a power request that was accepted and not yet carried out. */
  pending: number | undefined;
  /** Code of a power request that was refused and is done when the session ends, on firmware that does so. */
  queued: number | undefined;
  /** How often the PC has started, so that one start is told from another. */
  starts: number;
  /** When the PC started last, by the simulator's clock. */
  startedAt: number;
  boot: {
    /** Options for the next start, as they differ from "none". */
    options: Properties;
    /** InstanceID of the source to start from. */
    source: string | undefined;
    /** Whether the configuration is the next one, for one start. */
    next: boolean;
    /** Blob of One-Click Recovery parameters; write-only. */
    parameters: string | undefined;
    /** The BIOS took the last options, or cleared them. */
    cleared: boolean;
  };
  consent: {
    policy: ConsentPolicy;
    state: ConsentState;
    /** Six digits, on the screen of the PC while `displayed`. */
    code: string | undefined;
    displaySeconds: number;
    idleSeconds: number;
    wrongCodes: number;
    failedRequests: number;
    /** Until when new requests are refused, by the simulator's clock. */
    blockedUntil: number;
  };
  redirection: { sol: boolean; ider: boolean; listener: boolean };
  kvm: {
    enabled: boolean;
    /** Whether port 5900 is open, which plain VNC viewers come to. */
    port5900: boolean;
    /** What they have to know: eight characters. */
    password: string | undefined;
  };
  sessions: { sol: number; ider: boolean; kvm: boolean };
  events: { frozen: boolean /** Newest first. */; records: readonly EventRecord[] };
  /** Oldest first. */
  subscriptions: readonly Subscription[];
  audit: { enabled: boolean; lock: number /** Oldest first. */; records: readonly AuditRecord[] };
  admin: Account;
  users: readonly Account[];
  provisioning: { state: 'not-configured' | 'configured'; controlMode: 'acm' | 'ccm' };
  /** What the listeners follow; settings put since the last CommitChanges stand in the instances. */
  tls: { enabled: boolean; plain: boolean; restarting: boolean };
  /** Added to the simulator's clock, milliseconds. */
  clockOffsetMs: number;
  /** Instances that differ from the initial ones, by class. */
  instances: ReadonlyMap<string, readonly Properties[]>;
}

/** What a PC begins with. */
export interface InitialState {
  readonly profile: Profile;
  readonly quirks: Quirks;
  readonly admin: { readonly name: string; readonly ha1: string };
  readonly power: HardwarePower;
  readonly controlMode: 'acm' | 'ccm';
  readonly consent: ConsentPolicy;
}

/** Nothing set for the next start. */
export function noBoot(): FirmwareState['boot'] {
  return { options: {}, source: undefined, next: false, parameters: undefined, cleared: true };
}

/** Realm number of administrators, who may do everything. */
export const PT_ADMINISTRATION = 3;

/** The state of a machine fresh from its set-up. */
export function initialState(options: InitialState): FirmwareState {
  const { profile, power, controlMode } = options;
  const { ha1, name } = options.admin;
  const on = power !== 'off';
  return {
    power,
    bootedFrom: on ? 'disk' : undefined,
    systemUp: on,
    standby: false,
    pending: undefined,
    queued: undefined,
    starts: 0,
    startedAt: 0,
    boot: noBoot(),
    consent: {
      policy: controlMode === 'ccm' ? 'all' : options.consent,
      state: 'not-started',
      code: undefined,
      displaySeconds: 300,
      idleSeconds: 120,
      wrongCodes: 0,
      failedRequests: 0,
      blockedUntil: 0,
    },
    redirection: { sol: true, ider: true, listener: true },
    kvm: { enabled: !profile.absent.includes('CIM_KVMRedirectionSAP'), port5900: false, password: undefined },
    sessions: { sol: 0, ider: false, kvm: false },
    events: { frozen: false, records: [] },
    subscriptions: [],
    audit: { enabled: true, lock: 0, records: [] },
    admin: { name, ha1, realms: [PT_ADMINISTRATION], access: 2, enabled: true },
    users: SYSTEM_ACCOUNTS,
    provisioning: { state: 'configured', controlMode },
    tls: { enabled: true, plain: profile.plain, restarting: false },
    clockOffsetMs: options.quirks.clockSkewSeconds * 1000,
    instances: NONE,
  };
}

/** Accounts of local services; they stand in every list and cannot log in over the network. */
const SYSTEM_ACCOUNTS: readonly Account[] = [
  { name: '$$uns', ha1: '', realms: [16], access: 0, enabled: true, handle: 1 },
  { name: '$$OsAdmin', ha1: '', realms: [24], access: 0, enabled: true, handle: 2 },
];

const NONE: ReadonlyMap<string, readonly Properties[]> = new Map();
