/** What a machine tells and keeps: hardware, logs, network, accounts, the time and its alarms. */

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
