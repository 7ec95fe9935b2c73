/**
 * The presence ping: twelve bytes over UDP that AMT from 4.0 on answers without a log-in. [ASF §3.2.4] Big-endian.
 *
 * RMCP carries ASF, ASF carries a ping (console → firmware) and a pong (firmware → console). Other management chips
 * answer the same ping; only the enterprise number in the pong says Intel.
 */
import { named, reserved, trailing, u8, u16be, u32be } from '../bytes/fields.ts';
import { type MessageOf, messages } from '../bytes/layout.ts';
import { Reader } from '../bytes/reader.ts';

/** UDP port of the presence ping. */
export const RMCP_PORT = 623;

/** Who speaks behind the RMCP header. An acknowledgement has 128 added. [ASF §3.2.2] */
export const RmcpClass = { ASF: 6, IPMI: 7, OEM: 8 } as const;

/** Enterprise numbers: ASF names the protocol, the other the maker of what answers. [AMT: Discovery] */
export const Enterprise = { ASF: 4542, Intel: 343 } as const;

/** Bits 1 and 0 of `state`: how far the machine is set up. The name for 3 does not exist. [AMT: Discovery] */
export const SetupState = { 'not-configured': 0, 'in-setup': 1, configured: 2 } as const;

/** Bit 2 of `state`: both 16992 and 16993 listen, whatever `port` says. Known from scanners, not from the guide. */
export const DUAL_PORTS = 0x04;

/** Set in `interactions` by machines that speak DASH, from AMT 5.1 on. Other people's scanners test only this bit. */
export const DASH_SUPPORTED = 0x20;

/** Ping and pong. */
export const rmcpMessages = messages(
  {
    /**
     * Console → firmware, 12 bytes. `tag` returns in the pong; 255 is not for pings.
     * `sequence` 0 is what every AMT scanner sends; 255 asks for no RMCP acknowledgement and is answered alike.
     */
    PresencePing: [0x80, { tag: u8, _reserved: reserved(2) }],

    /**
     * Firmware → console, 28 bytes. `port` is the WS-Management port, 0 before setup. `version` holds major and minor
     * in four bits each; majors above 15 do not fit, so it is 0 from 16 on and `major` and `minor` say it. All three
     * are 0 in AMT 4 and 5, which fill neither port nor state. `entities` bit 7 marks a server's IPMI controller.
     */
    PresencePong: [
      0x40,
      {
        tag: u8,
        _reserved: reserved(1),
        /** Bytes that follow: 16. */
        dataLength: u8,
        manufacturer: u32be,
        port: u16be,
        version: u8,
        state: u8,
        entities: u8,
        interactions: u8,
        major: u8,
        minor: u8,
        _end: trailing(4),
      },
    ],
  },
  { before: { rmcp: u8, _reserved: reserved(1), sequence: u8, class: named(u8, RmcpClass), enterprise: u32be } },
);

/** A presence ping or pong as an object. */
export type RmcpMessage = MessageOf<typeof rmcpMessages>;

/** What a pong of an Intel AMT machine says. */
export interface Pong {
  /** WS-Management port, 16992 or 16993. Absent before setup and in AMT 4 and 5, which do not report it. */
  readonly port?: number;
  /** Both 16992 and 16993 listen. */
  readonly dualPorts: boolean;
  /** Major and minor, such as `11.8`. Absent in AMT 4 and 5, which do not report it. */
  readonly version?: string;
  readonly state: keyof typeof SetupState | 'unknown';
}

/** The ping to send, 12 bytes. @param tag 1 to 254, to recognise the answers to this scan */
export function presencePing(tag: number): Uint8Array {
  return rmcpMessages.encode({
    type: 'PresencePing',
    rmcp: RMCP_VERSION,
    sequence: 0,
    class: 'ASF',
    enterprise: Enterprise.ASF,
    tag,
  });
}

/**
 * What a datagram says, if it is the pong of an AMT machine to a ping with this tag; `undefined` for anything else:
 * acknowledgements, pongs to another scan, IPMI controllers, DASH machines of other makers, noise.
 */
export function parsePong(datagram: Uint8Array, tag: number): Pong | undefined {
  if (datagram.length < SHORTEST_PONG || datagram[TYPE_OFFSET] !== PONG) return undefined;
  const pong = rmcpMessages.decode(new Reader(datagram));
  if (pong?.type !== 'PresencePong') return undefined;
  const ours = pong.rmcp === RMCP_VERSION && pong.class === 'ASF' && pong.enterprise === Enterprise.ASF;
  if (!ours || pong.tag !== tag || pong.manufacturer !== Enterprise.Intel || pong.dataLength < 12) return undefined;
  const state = stateNames.get(pong.state & 0x03);
  if (state === undefined) return undefined;
  const [major, minor] = pong.version === 0 ? [pong.major, pong.minor] : [pong.version >> 4, pong.version & 0x0f];
  if (major === 0) return { dualPorts: false, state: 'unknown' };
  return {
    ...(pong.port !== 0 && { port: pong.port }),
    dualPorts: (pong.state & DUAL_PORTS) !== 0,
    version: `${major}.${minor}`,
    state,
  };
}

const RMCP_VERSION = 6;
const SHORTEST_PONG = 24;
const TYPE_OFFSET = 8;
const PONG = 0x40;

const stateNames = new Map(
  Object.entries(SetupState).map(([name, number]) => [number as number, name as keyof typeof SetupState]),
);
