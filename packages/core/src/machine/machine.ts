/**
 * One machine, as a person thinks of it: a field for each area, each built by one function in one file beside this one.
 *
 * Everything here speaks plainly; class names, numbers and XML stay below. `wsman` is the way down for what the
 * façade does not say.
 */
import type { ByteStream, PresentedCertificate } from '../transport/stream.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Selectors } from '../wsman/references.ts';
import type { Alarms, AuditLog, Clock, EventLog, Inventory, Network, Users } from './facts.ts';
import type { ScreenOptions, ScreenSession } from './screen-session.ts';
import type { MediaSession, MountOptions, SerialOptions, SerialSession } from './sessions.ts';

/** A connected machine. Closing it ends its connections to the firmware, open sessions included. */
export interface Machine extends AsyncDisposable {
  /** The network name or address it was reached at. */
  readonly host: string;
  /** What the firmware is; read once while connecting. */
  readonly firmware: FirmwareInfo;
  /** The firmware's certificate; absent on a plain connection. */
  readonly certificate?: PresentedCertificate;
  readonly general: General;
  readonly power: Power;
  readonly boot: Boot;
  readonly features: Features;
  readonly consent: Consent;
  readonly inventory: Inventory;
  readonly eventLog: EventLog;
  readonly auditLog: AuditLog;
  readonly network: Network;
  readonly users: Users;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly alerts: Alerts;
  readonly displays: Displays;
  readonly wsman: WsmanClient;
  /**
   * Opens the serial port: Serial-over-LAN, SOL.
   * @throws RedirectionRefused where it is off or somebody has it; AuthenticationFailed, ConnectFailed, Untrusted, Cancelled
   */
  serial(options?: SerialOptions): Promise<SerialSession>;
  /**
   * Opens the screen, the keyboard and the pointer: KVM redirection.
   * @throws RedirectionRefused where it is off, somebody has it, or there is nothing to be seen; Refused and NotSupported
   * as `displays.choose` does; ConsentRequired, AuthenticationFailed, ConnectFailed, TimedOut, Untrusted, Cancelled
   */
  screen(options?: ScreenOptions): Promise<ScreenSession>;
  /**
   * Lends the machine a CD, a floppy or both over the network: IDE-R, USB-R since AMT 11. One session; it is not
   * opened again when it is lost. The sources stay the caller's, who closes them.
   * @throws RedirectionRefused, ConsentRequired, AuthenticationFailed, ConnectFailed, Untrusted, Cancelled; TypeError without a medium
   */
  mount(media: MountOptions): Promise<MediaSession>;
  /**
   * Authenticated bytes of one redirection service, for relays that speak the protocol elsewhere.
   * @throws RedirectionRefused, ConsentRequired, AuthenticationFailed, ConnectFailed, Untrusted, Cancelled
   */
  redirect(service: 'sol' | 'ider' | 'kvm', options?: { readonly signal?: AbortSignal }): Promise<ByteStream>;
  close(): Promise<void>;
}

/** What the firmware is. */
export interface FirmwareInfo {
  /** Such as `12.0.67`; empty where the firmware does not say. */
  readonly version: string;
  /** Such as `1579`; empty where the firmware does not say. */
  readonly build: string;
  readonly product: 'amt' | 'standard-manageability' | 'unknown';
  /** Platform UUID as the BIOS shows it, lower case; absent where the maker programmed none. */
  readonly uuid?: string | undefined;
  /** The WS-Management port in use. */
  readonly port: number;
  readonly tls: boolean;
  /** Digest realm; changes when the machine is provisioned again. */
  readonly realm: string;
}

/** Displays that are attached to the machine. The firmware captures one of them, which its screen sessions show. */
export interface Displays {
  /** Those that are on. @throws NotSupported before version 8, and where there is no KVM */
  list(): Promise<readonly Display[]>;
  /**
   * Has a display captured from now on: an open session shows it at once, whoever has it, and the firmware keeps it for
   * the next ones. Harmless when it is the one already.
   * @throws Refused where that one is not there; NotSupported as `list`; TypeError for a number that none can have
   */
  choose(number: number): Promise<Display>;
}

/** One display. */
export interface Display {
  /** Counted from 1. */
  readonly number: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Where its upper left corner is among the others. */
  readonly x: number;
  readonly y: number;
  /** The one that the operating system calls the first. */
  readonly primary: boolean;
  /** The one that screen sessions show. */
  readonly captured: boolean;
}

/** Names, control mode and provisioning. */
export interface General {
  read(): Promise<GeneralInfo>;
  /** Writes the name under which the firmware is known. @throws Refused */
  setHostName(name: string): Promise<void>;
}

/** What {@link General.read} returns. */
export interface GeneralInfo {
  readonly hostName: string;
  readonly domainName: string;
  /** `client` may do less without consent; `admin` is full control. [AMT: IPS_HostBasedSetupService] */
  readonly controlMode: 'none' | 'client' | 'admin';
  readonly provisioning: 'pre' | 'in' | 'post' | 'unknown';
  readonly powerSource: 'ac' | 'dc' | 'unknown';
  /** Minutes until the firmware sleeps with the machine; 65535 is never. */
  readonly idleWakeTimeoutMinutes?: number | undefined;
  readonly pingEnabled?: boolean | undefined;
  readonly rmcpPingEnabled?: boolean | undefined;
}

/** What the machine's power is now. Modern standby counts as `sleep`. */
export type PowerState = 'on' | 'sleep' | 'hibernate' | 'off' | 'unknown';

/** What can be asked of the power. The soft ones need an operating system that listens. */
export type PowerAction = 'on' | 'off' | 'cycle' | 'reset' | 'soft-off' | 'soft-reset' | 'sleep' | 'hibernate' | 'nmi';

/** How a power request is carried out. */
export interface PowerOptions {
  /** Resolve only when the state is really reached. @default false */
  readonly wait?: boolean;
  /** How long to wait for it. @default 60_000, soft actions 180_000 */
  readonly timeoutMs?: number;
  /**
   * Firmware refuses `off` and `cycle` while a redirection session is open. `drop`: disable redirection, act, enable it
   * again; this ends the sessions of other consoles. @default 'keep'
   */
  readonly sessions?: 'keep' | 'drop';
  readonly signal?: AbortSignal;
}

/** The power of the machine. */
export interface Power {
  /** One round trip or three; harmless. */
  state(): Promise<PowerState>;
  /** What this firmware accepts at all, in the right state. */
  supported(): Promise<readonly PowerAction[]>;
  /** What the firmware says it accepts at this moment. */
  allowed(): Promise<readonly PowerAction[]>;
  /**
   * Asks for a change. The firmware accepts first and acts one to five seconds later.
   * @throws MethodFailed with the reason in words; NotSupported when this firmware does not offer the action.
   */
  request(action: PowerAction, options?: PowerOptions): Promise<void>;
  /** Switches on; harmless when it is on already. */
  on(options?: PowerOptions): Promise<void>;
  off(options?: PowerOptions & { readonly graceful?: boolean }): Promise<void>;
  reset(options?: PowerOptions & { readonly graceful?: boolean }): Promise<void>;
  cycle(options?: PowerOptions): Promise<void>;
}

/** What to boot once. `ider-*` boot a redirected image; `https`, `winre` and `pba` are One-Click Recovery (15 and later). */
export type BootTarget = 'pxe' | 'disk' | 'cd' | 'bios' | 'ider-cd' | 'ider-floppy' | 'https' | 'winre' | 'pba';

/** How a boot override is applied. */
export interface BootOptions extends PowerOptions {
  /** Start right away: reset a machine that is on, switch on one that is off. @default false */
  readonly now?: boolean;
  /** For `https`: where the image is, `https://…`, at most 300 characters. */
  readonly url?: string;
  /** For `https`, `winre`, `pba`: let the firmware insist on a signed image. @default true */
  readonly secureBoot?: boolean;
}

/** Boot overrides: they hold for one start, and the firmware cannot be asked what is pending. */
export interface Boot {
  /** What this firmware and BIOS can boot. */
  supported(): Promise<readonly BootTarget[]>;
  /**
   * Boots once from `target`: at the next start, or now.
   * @throws ConsentRequired, NotSupported, MethodFailed
   */
  once(target: BootTarget, options?: BootOptions): Promise<void>;
  /** Takes back what was set. Harmless when nothing was. */
  clear(): Promise<void>;
}

/** Which consent the firmware asks for before a console may look or boot. */
export type ConsentPolicy = 'none' | 'kvm' | 'all';

/** Switches of remote control. */
export interface FeatureState {
  readonly sol: boolean;
  readonly ider: boolean;
  /** Absent where the SKU has no KVM. */
  readonly kvm?: boolean | undefined;
  /** The redirection ports 16994 and 16995 accept connections. */
  readonly listener: boolean;
  readonly consent: ConsentPolicy;
  /** Whether the consent policy may be changed from here. */
  readonly consentChangeable: boolean;
  /** Who has a session open, as far as the firmware tells: KVM only. */
  readonly kvmInUse?: boolean | undefined;
}

/** Serial-over-LAN, storage redirection, KVM, their listener, and the consent policy. */
export interface Features {
  read(): Promise<FeatureState>;
  /**
   * Changes the given switches and leaves the others; reads back and says which did not follow (switched off in MEBx).
   * Turning any of them on turns the listener on, unless `listener` says otherwise. @throws Refused
   */
  set(changes: {
    readonly sol?: boolean;
    readonly ider?: boolean;
    readonly kvm?: boolean;
    readonly listener?: boolean;
    readonly consent?: ConsentPolicy;
  }): Promise<FeatureState>;
}

/** Where the consent of the person at the machine stands. [AMT: IPS_OptInService] */
export type ConsentState = 'not-started' | 'requested' | 'displayed' | 'received' | 'in-session' | 'unknown';

/** What {@link Consent.read} returns. */
export interface ConsentInfo {
  readonly required: ConsentPolicy;
  readonly state: ConsentState;
  /** How long the code is shown. */
  readonly displaySeconds?: number | undefined;
  /** How long a given consent outlives the last session. */
  readonly idleSeconds?: number | undefined;
}

/** The consent of the person at the machine: a six-digit code on its screen, told to whoever wants in. */
export interface Consent {
  read(): Promise<ConsentInfo>;
  /**
   * Shows a code at the machine, and waits until it is on the screen, `timeoutMs` at most: a machine that is off shows
   * none, and the state stays `requested`. A code that is already shown or given is left as it is.
   * @default timeoutMs 5000
   * @throws MethodFailed, Cancelled
   */
  request(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<ConsentInfo>;
  /** The code as it was read out, six digits. @throws MethodFailed when it is wrong, too early or too late. */
  send(code: string): Promise<void>;
  /** Takes the request or the consent back. Harmless when there is none. */
  cancel(): Promise<void>;
}

/** Who is told of alerts: subscriptions over WS-Eventing. The event log says what happened before. */
export interface Alerts {
  /** Groups of alerts that there are, such as `Intel(r) AMT:All`; empty on firmware that pushes none. */
  groups(): Promise<readonly string[]>;
  /** Everybody's. */
  subscriptions(): Promise<readonly AlertSubscription[]>;
  /**
   * Lets the firmware post what happens to a URL. Asking twice makes two subscriptions, of nine that fit.
   * @throws Refused where no more fit; NotSupported; TypeError for a URL that firmware cannot post to
   */
  subscribe(options: SubscribeOptions): Promise<AlertSubscription>;
  /** Lets one that expires go on. Returns it with its new end. */
  renew(subscription: AlertSubscription, expiresSeconds: number): Promise<AlertSubscription>;
  /** Ends one, whoever made it. */
  unsubscribe(subscription: AlertSubscription): Promise<void>;
  /**
   * Lets the firmware send SNMP traps to an IPv4 address, always to UDP port 162: one subscriber for each kind of event,
   * eight at most of fourteen that fit. Repeating it changes nothing.
   * @throws NotSupported from 18 on
   */
  subscribeTraps(address: string): Promise<void>;
  /** Ends what {@link subscribeTraps} made for this address; subscribers of others stay. */
  unsubscribeTraps(address: string): Promise<void>;
}

/** What {@link Alerts.subscribe} is given. */
export interface SubscribeOptions {
  /** At most 253 characters; `https` from AMT 11 on, with a certificate whose root the firmware knows. */
  readonly url: string;
  /** @default the one that holds all */
  readonly group?: string;
  /** Sent again until it is acknowledged. @default true, or false where the firmware takes only that */
  readonly acknowledged?: boolean;
  /** Comes back in the header of each event. At most 128 characters. */
  readonly argument?: string;
  /** For a digest challenge of the listener. */
  readonly login?: { readonly user: string; readonly password: string };
  /** @default for ever */
  readonly expiresSeconds?: number;
}

/** A subscription as the firmware has it. */
export interface AlertSubscription {
  /** Where to; empty where the firmware does not say. */
  readonly url: string;
  readonly group: string;
  readonly acknowledged: boolean;
  /** What it is called by. */
  readonly selectors: Selectors;
  /** Absent where it never ends. */
  readonly expiresAt?: Date;
}
