/**
 * One machine, as a person thinks of it: a field for each area, each built by one function in one file beside this one.
 *
 * Everything here speaks plainly; class names, numbers and XML stay below. `wsman` is the way down for what the
 * façade does not say.
 */
import type { BlockSource } from '../redirection/ider/image.ts';
import type { ByteStream, PresentedCertificate } from '../transport/stream.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Selectors } from '../wsman/references.ts';
import type { ScreenOptions, ScreenSession } from './screen-session.ts';

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

/** The hardware, as the BIOS told the firmware at the last start. */
export interface Inventory {
  read(): Promise<Hardware>;
}

/** What {@link Inventory.read} returns. */
export interface Hardware {
  readonly system: {
    readonly manufacturer: string;
    readonly model: string;
    readonly serialNumber: string;
    readonly version: string;
    readonly chassis: string;
    readonly uuid?: string | undefined;
  };
  readonly board: {
    readonly manufacturer: string;
    readonly model: string;
    readonly serialNumber: string;
    readonly version: string;
  };
  readonly bios: { readonly vendor: string; readonly version: string; readonly releaseDate?: Date | undefined };
  readonly processors: readonly {
    readonly name: string;
    readonly maxMhz?: number | undefined;
    readonly currentMhz?: number | undefined;
    readonly status: string;
  }[];
  readonly memory: readonly {
    readonly slot: string;
    readonly bytes: number;
    readonly type: string;
    readonly formFactor: string;
    readonly mhz?: number | undefined;
    readonly manufacturer: string;
    readonly partNumber: string;
    readonly serialNumber: string;
  }[];
  readonly drives: readonly { readonly bytes: number; readonly model: string; readonly serialNumber: string }[];
  readonly battery?: { readonly chargePercent?: number | undefined; readonly status: string } | undefined;
}

/** One entry of the event log, decoded. */
export interface EventLogEntry {
  readonly at: Date;
  readonly severity: 'unspecified' | 'monitor' | 'information' | 'ok' | 'warning' | 'critical' | 'fatal';
  /** What it came from, such as `BIOS` or `ME`. */
  readonly entity: string;
  readonly sensorType: number;
  readonly text: string;
  /** The 21 bytes as hex, for reports. */
  readonly raw: string;
}

/** The event log: 390 records, newest first. */
export interface EventLog {
  read(options?: { readonly limit?: number }): Promise<readonly EventLogEntry[]>;
  /** Empties it. @throws MethodFailed when it is frozen. */
  clear(): Promise<void>;
}

/** One entry of the audit log, decoded. */
export interface AuditLogEntry {
  readonly at: Date;
  /** Such as `Remote control`. */
  readonly application: string;
  /** Such as `Performed Reset`. */
  readonly event: string;
  /** User name, `local`, or a Kerberos identity. */
  readonly by: string;
  /** Address it came from; empty for local ones. */
  readonly from: string;
  readonly detail: string;
}

/** The audit log: who did what, newest first. Needs the audit realm. */
export interface AuditLog {
  read(): Promise<readonly AuditLogEntry[]>;
}

/** One network port of the firmware. */
export interface NetworkPort {
  readonly kind: 'wired' | 'wireless';
  /** `aa:bb:cc:dd:ee:ff`; absent where there is no such port. */
  readonly mac?: string | undefined;
  readonly linkUp?: boolean | undefined;
  readonly dhcp?: boolean | undefined;
  readonly address?: string | undefined;
  readonly netmask?: string | undefined;
  readonly gateway?: string | undefined;
  readonly dns: readonly string[];
  /** The firmware follows the static address of the operating system. */
  readonly followsHost?: boolean | undefined;
}

/** A static address, or DHCP. */
export type AddressSettings =
  | { readonly dhcp: true }
  | {
      readonly dhcp: false;
      readonly address: string;
      readonly netmask: string;
      readonly gateway?: string;
      readonly dns?: readonly string[];
    };

/** Addresses of the firmware and how it answers pings. */
export interface Network {
  read(): Promise<readonly NetworkPort[]>;
  /** Changes the wired port's address. The connection drops: the machine must be found again. */
  setAddress(settings: AddressSettings): Promise<void>;
  /** Whether it answers ICMP echo and RMCP presence pings. */
  setPing(options: { readonly icmp?: boolean; readonly rmcp?: boolean }): Promise<void>;
}

/** One account of the firmware. */
export interface UserAccount {
  readonly handle: number;
  /** Digest user name, or a Kerberos identity such as `S-1-5-21-…`. */
  readonly name: string;
  readonly kerberos: boolean;
  readonly enabled?: boolean | undefined;
  readonly access: 'local' | 'network' | 'both' | 'unknown';
  /** Realm names such as `remote-control`; `administration` includes all others. */
  readonly realms: readonly string[];
}

/** Accounts of the firmware. System accounts (`$$…`) are neither listed nor touched. */
export interface Users {
  list(): Promise<readonly UserAccount[]>;
  /** @throws TypeError for names and passwords that break the firmware's rules; MethodFailed for what it refuses. */
  add(user: {
    readonly name: string;
    readonly password: string;
    readonly realms: readonly string[];
    readonly access?: 'local' | 'network' | 'both';
  }): Promise<number>;
  remove(name: string): Promise<void>;
  setEnabled(name: string, enabled: boolean): Promise<void>;
  setPassword(name: string, password: string): Promise<void>;
  /** Changes the password of the admin account. The connection continues with the new one. */
  setAdminPassword(password: string): Promise<void>;
}

/** The firmware's clock, which dates its logs and judges certificates. */
export interface Clock {
  /** Its time, and how far it is ahead of ours in seconds. */
  read(): Promise<{ readonly time: Date; readonly offsetSeconds: number }>;
  /** Sets it to ours. Returns how far it was ahead, in seconds. */
  sync(): Promise<number>;
}

/** The firmware's alarm clock, which switches the machine on. AMT 8 and later. */
export interface Alarms {
  /** All of them, the next one first. @throws NotSupported where there is no alarm clock */
  list(): Promise<readonly Alarm[]>;
  /**
   * Sets an alarm, on the full minute at or after its time, by the firmware's clock.
   * @throws Refused where the name is taken, or there is no room; NotSupported; TypeError for times that are past
   */
  add(alarm: NewAlarm): Promise<Alarm>;
  /** @throws Refused where there is no alarm of this name; NotSupported */
  remove(name: string): Promise<void>;
}

/** One alarm. */
export interface Alarm {
  readonly name: string;
  /** When it goes off next; absent where it will not any more. */
  readonly next?: Date;
  /** After how many minutes it goes off again; absent where it does so once. */
  readonly everyMinutes?: number;
}

/** An alarm to set. One that goes off once is gone afterwards. */
export interface NewAlarm {
  /** At most 32 characters of ASCII; unlike those of the other alarms. */
  readonly name: string;
  readonly at: Date;
  /** @default once */
  readonly everyMinutes?: number;
  /** Take the place of an alarm of the same name. @default false */
  readonly replace?: boolean;
}

/** How the serial port is opened. */
export interface SerialOptions {
  /** Ends the attempt; an open session is not touched. */
  readonly signal?: AbortSignal;
  /** Called with each message as text; what was typed and shown is given as its length only. */
  readonly trace?: (line: string) => void;
}

/** Lines and state of the serial port as the firmware tells them. */
export interface SerialControls {
  readonly rts: boolean;
  readonly dtr: boolean;
  /** The host sends a break. */
  readonly break: boolean;
  /** The machine is on. */
  readonly powered: boolean;
  /** The firmware dropped what the host wrote, because it was not taken in time. */
  readonly overflow: boolean;
  /** The firmware dropped what was typed, because the host did not read it. */
  readonly flushed: boolean;
  /** What is typed is echoed and does not reach the host. */
  readonly loopback: boolean;
}

/**
 * An open serial port. Iterating yields what the host writes and ends with the session; it throws when the firmware
 * ended it, or it was lost. Leaving the loop closes it. Not read, it holds the firmware back.
 */
export interface SerialSession extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /** As last told; absent before the firmware said anything. */
  readonly controls: SerialControls | undefined;
  /**
   * Types, no faster than the firmware's buffer empties. Resolves when there is room for more. Text is sent as UTF-8.
   * @throws ConnectFailed when the session is over
   */
  write(data: Uint8Array | string): Promise<void>;
  /**
   * Holds the line in a break, a quarter of a second by default; it is what SysRq on a Linux console listens for.
   * UNCERTAIN: the firmware is asked for it in the way its messages suggest, and whether it obeys was not seen.
   * @throws ConnectFailed when the session is over
   */
  sendBreak(options?: { readonly durationMs?: number }): Promise<void>;
  /** Called at each change of `controls`, until the returned function is called. */
  onControls(changed: (controls: SerialControls) => void): () => void;
  /** Ends the session in good order. */
  close(): Promise<void>;
}

/** What is lent, and when the machine sees it. */
export interface MountOptions {
  /** Image of a CD or DVD; blocks of 2048 bytes. */
  readonly cd?: BlockSource;
  /** Image of a floppy; blocks of 512 bytes. Writable where the source is. */
  readonly floppy?: BlockSource;
  /** When the drives appear: at the next start, now unless a command is under way, or now. @default 'onreboot' */
  readonly start?: MediaStart;
  /** Ends the attempt; an open session is not touched. */
  readonly signal?: AbortSignal;
  /** Called with each message as text. */
  readonly trace?: (line: string) => void;
}

/** When redirected drives appear to the host. */
export type MediaStart = 'onreboot' | 'graceful' | 'now';

/** One of the two drives. */
export type MediaUnit = 'cd' | 'floppy';

/** What one session has done so far. Counts only grow. */
export interface MediaStatistics {
  /** Commands of any kind. */
  readonly commands: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Different blocks that were read at least once, by drive. */
  readonly touched: Readonly<Record<MediaUnit, number>>;
  /** Blocks of each drive; 0 without a medium. */
  readonly blocks: Readonly<Record<MediaUnit, number>>;
  /** Reads that had to wait for their source for more than a fifth of a second. */
  readonly stalls: number;
  /** Reads the source could not answer. */
  readonly failures: number;
  /** Bus resets of the host. */
  readonly resets: number;
  /** Bytes a second over the last five seconds. */
  readonly bytesPerSecond: number;
  /** When the host last read or wrote; absent before. */
  readonly lastAccess?: Date | undefined;
}

/** What happens to a media session. */
export type MediaEvent =
  /** The drives are there, or will be from the next start on. */
  | { readonly type: 'enabled'; readonly start: MediaStart }
  /** The host read from a drive for the first time since it appeared or was reset. */
  | { readonly type: 'reading'; readonly unit: MediaUnit }
  /** The host reset its bus, as it does when it starts. */
  | { readonly type: 'reset' }
  /** The host opened the tray. */
  | { readonly type: 'ejected'; readonly unit: MediaUnit }
  /** A source failed; the host got a read error. */
  | { readonly type: 'failed'; readonly unit: MediaUnit; readonly error: Error };

/** Drives that are lent. Iterating yields what happens and ends with the session; it throws when the session was lost. */
export interface MediaSession extends AsyncIterable<MediaEvent>, AsyncDisposable {
  readonly statistics: MediaStatistics;
  /** Puts another medium into a drive, or takes it out; the host is told as by a real drive. */
  insert(unit: MediaUnit, source: BlockSource | undefined): Promise<void>;
  /** Ends the session in good order: the drives are gone for the host. */
  close(): Promise<void>;
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
