/** What a firmware generation is made of, as data. */
import type { Properties, Value } from '../values.ts';

/** The six kinds of machine there are. */
export type ProfileName = 'amt-7' | 'amt-11' | 'amt-12' | 'amt-16' | 'amt-19' | 'ism';

/** One firmware generation on one kind of machine. */
export interface Profile {
  readonly name: ProfileName;
  /** Major, minor and hotfix. */
  readonly version: string;
  readonly build: string;
  readonly product: 'Active Management Technology' | 'Standard Manageability';
  /** Bit field of `CIM_SoftwareIdentity` "Sku": 8 is full AMT, 16 Standard Manageability. */
  readonly sku: number;
  /** Protocols and ciphers of the TLS server. */
  readonly tls: { readonly min: TlsVersion; readonly max: TlsVersion; readonly ciphers: string };
  /** Whether the firmware still answers without TLS over the network. */
  readonly plain: boolean;
  /** Codes of `RequestPowerStateChange` that exist here. */
  readonly powerCodes: readonly number[];
  /** Boot targets of One-Click Recovery that firmware and BIOS permit. */
  readonly recovery: readonly ('https' | 'winre' | 'pba')[];
  /** Classes this version or SKU lacks. */
  readonly absent: readonly string[];
  /** Properties that differ from the instances as written; `undefined` takes one away. */
  readonly changes: Readonly<Record<string, Readonly<Record<string, Value | undefined>>>>;
  /** Classes whose instances are others altogether. */
  readonly instances: Readonly<Record<string, readonly Properties[]>>;
  readonly quirks: Quirks;
}

/** Versions of TLS as Node names them. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/**
 * Where firmware generations differ, or where nobody is sure what firmware does. Those marked UNCERTAIN are one reading
 * of several; tests and users can choose another.
 */
export interface Quirks {
  /** What the `Server` header says: all four numbers, three, only `AMT` (seen on 11.x), or no such header. */
  readonly serverHeader: 'full4' | 'full' | 'bare' | 'none';
  /** `Content-Type` of SOAP replies. Observed (11.8): application/octet-stream. */
  readonly contentType: string;
  /** `X-Frame-Options: DENY` on SOAP replies. UNCERTAIN before 12. */
  readonly frameOptions: boolean;
  /** Offered in the challenge, in this order. UNCERTAIN from which version auth-int is. */
  readonly qop: readonly ('auth' | 'auth-int')[];
  /** Seconds a nonce lives. UNCERTAIN. */
  readonly nonceSeconds: number;
  /** Requests one nonce is good for; 0 is no limit. UNCERTAIN. */
  readonly nonceUses: number;
  /** Whether an expired nonce is called stale. Not every firmware does. UNCERTAIN. */
  readonly saysStale: boolean;
  /** Failed log-ins in a row before the firmware stops listening. */
  readonly lockoutAfter: number;
  /** Whether failures are counted for all accounts together or for each. UNCERTAIN. */
  readonly lockoutScope: 'all' | 'user';
  /** HTTP connections at once, plain and with TLS; more are answered with 503. UNCERTAIN. */
  readonly maxConnections: { readonly plain: number; readonly tls: number };
  /** Whether the connection closes behind every SOAP fault; behind AlreadyExists it always does. UNCERTAIN. */
  readonly closesAfterFault: boolean;
  /** HTTP status of an AccessDenied fault for a user without the realm; 401 sends the log-on page instead. UNCERTAIN. */
  readonly missingRealm: 400 | 401 | 403;
  /** HTTP status of anything but POST on /wsman. UNCERTAIN. */
  readonly wrongMethod: 404 | 405;
  /** Whether Identify needs a log-in. UNCERTAIN. */
  readonly identifyNeedsLogin: boolean;
  /** What a Get without selectors gets of a class with several instances. UNCERTAIN. */
  readonly getOfMany: 'fault' | 'first';
  /** Characters of items in one PullResponse; the rest waits for the next Pull. UNCERTAIN. */
  readonly pullCharacters: number;
  /** A second Enumerate makes the first one's context invalid, as on old firmware. */
  readonly oneEnumeration: boolean;
  /** Seconds an enumeration context lives. */
  readonly contextSeconds: number;
  /** An RMCP acknowledgement in front of the pong, where the sequence number asks for one. UNCERTAIN. */
  readonly rmcpAck: boolean;
  /** The DASH bit in the pong; scanners in the field see nothing without it. */
  readonly dashBit: boolean;
  /** Seconds the PC refuses power requests while it starts. */
  readonly busyWhileBootingSeconds: number;
  /** Codes the firmware still lists as available while the PC is off. Observed on some releases: 5, 8, 10. */
  readonly listedWhileOff: readonly number[];
  /** Whether 4, 7, 12 and 14 are refused, too, while a redirection session is open. UNCERTAIN. */
  readonly sessionsBlockGraceful: boolean;
  /** Observed: a refused power-off is remembered and done when the session ends. */
  readonly queuesRefusedPower: boolean;
  /** Whether the operating system runs the management service that graceful actions need. */
  readonly lms: boolean;
  /** A platform with modern standby: S3 cannot be asked for. */
  readonly modernStandby: boolean;
  /** Observed (11 and later): no OSPowerSavingState while the PC is off. */
  readonly savingStateWhileOff: boolean;
  /** Whether boot options count only after SetBootConfigRole. UNCERTAIN. */
  readonly bootNeedsRole: boolean;
  /** What boot settings meet without consent: a fault, PT_STATUS in an InternalError, or nothing at all. UNCERTAIN. */
  readonly consentMissing: 'AccessDenied' | 'AMT-STATUS 2081' | 'ignored';
  /** ReturnValue of SendOptInCode for a wrong code. UNCERTAIN. */
  readonly wrongCode: number;
  /** Whether a consent given outlives the reset it was asked for. UNCERTAIN. */
  readonly consentSurvivesReset: boolean;
  /** Wrong codes in a row that end a consent, and ended consents that block new ones for a minute. */
  readonly consentTries: { readonly codes: number; readonly requests: number };
  /** Observed: MEBx holds these off; requests to switch them on succeed and change nothing. */
  readonly lockedOff: readonly ('sol' | 'ider' | 'kvm')[];
  /**
   * Ways to log in on the redirection ports, in the order of their list: 1 is user and password in clear, 3 a digest
   * without and 4 one with quality of protection. Observed (12.0): 4 only. Which older version offers what is UNCERTAIN.
   */
  readonly redirectionLogins: readonly (1 | 3 | 4)[];
  /** Seconds to log in and open a session in. UNCERTAIN. */
  readonly redirectionLoginSeconds: number;
  /**
   * Whether a start that is refused is answered before the connection closes. A relay in the field never comes back
   * from such an answer and needs `close`.
   */
  readonly refusedStart: 'answer' | 'close';
  /** Whether SOL tells lines and power of the PC. One console in the field ends when it does. UNCERTAIN. */
  readonly solControls: boolean;
  /** Most bytes of data in one message of drives, to and from the PC. Consoles in the field end above 8192. UNCERTAIN. */
  readonly iderBuffers: { readonly read: number; readonly write: number };
  /** Whether drives are asked for DMA, or for PIO. UNCERTAIN from 11 on, where both are only make-believe. */
  readonly iderDma: boolean;
  /** Seconds a command to a drive waits for an answer. UNCERTAIN. */
  readonly iderCommandSeconds: number;
  /** How often the drives are asked whether their media changed, as operating systems do; 0: never. */
  readonly iderPollSeconds: number;
  /** RFB version the firmware offers. Observed: 4.0 up to 11, which no console may choose, 3.8 from 12 on. */
  readonly kvmVersion: '003.008' | '004.000';
  /** Bytes of the largest picture that can be captured, at the depth a console asked for. */
  readonly kvmBufferBytes: number;
  /** Whether the commands in clipboards are known: compression, scaling down. */
  readonly kvmExtensions: boolean;
  /** Whether a channel to a program on the PC is announced to consoles that know it. UNCERTAIN. */
  readonly kvmDataChannel: boolean;
  /** Whether the stream of tiles begins with a zlib header. Observed where it is compressed; UNCERTAIN where not. */
  readonly kvmZlibHeader: boolean;
  /**
   * How rows of packed indexes end in tiles where they do not fill their last byte, such as at the right of a screen
   * 1366 wide: [RFC 6143] pads them, consoles in the field run on into the next row. UNCERTAIN, so they are not made.
   */
  readonly kvmPackedRows: 'avoided' | 'padded' | 'continued';
  /** What leaves in one write. Observed: one rectangle. */
  readonly kvmWrites: 'rectangle' | 'update' | 'segment';
  /** Milliseconds between two captures of the screen. UNCERTAIN. */
  readonly kvmFrameMs: number;
  /** What follows when the screen changes its size. Observed: both. */
  readonly kvmModeChange: 'resizes' | 'drops';
  /** Seconds after which a screen that does not change is told of all the same, for relays that take it for dead; 0: never. */
  readonly kvmIdleTickSeconds: number;
  /** Whether Shift is pressed for symbols that need it, where the console does not. UNCERTAIN. */
  readonly kvmShifts: boolean;
  /** Whether port 5900 can be opened. Observed (16.1.30): no more. */
  readonly port5900: boolean;
  /** Records of the event log in one reply. */
  readonly eventsPerReply: number;
  /** Seconds a subscription to alerts lasts where no end is asked for; 0 is for ever. UNCERTAIN. */
  readonly subscriptionSeconds: number;
  /** Records of the audit log in one reply. */
  readonly auditPerReply: number;
  /** Seconds the firmware's clock is ahead; negative is behind. */
  readonly clockSkewSeconds: number;
  /** Seconds the web server is away after CommitChanges changed TLS. */
  readonly tlsRestartSeconds: number;
  /** Whether One-Click Recovery options are taken over TLS only. */
  readonly recoveryNeedsTls: boolean;
}
