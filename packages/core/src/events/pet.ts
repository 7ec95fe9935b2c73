/** Platform event traps: alerts as SNMP version 1 traps, one in each datagram. [PET] [RFC 1157 §4.1.6] */
import { bytes, named, u8, u16be, u32be } from '../bytes/fields.ts';
import { excerpt, toHex } from '../bytes/hex.ts';
import { layout } from '../bytes/layout.ts';
import { Reader } from '../bytes/reader.ts';
import { ProtocolError } from '../errors.ts';
import { BerReader, BerTag, ber, berUint } from './ber.ts';
import { type EventRecord, EventSeverity } from './record.ts';

/** UDP port that firmware sends traps to, whatever a console would like. */
export const TRAP_PORT = 162;

/** Bit of an event's offset: something is over. */
export const OVER = 0x80;

/** A trap. */
export interface Trap {
  /** What the subscriber asked to be sent along; `public` mostly. */
  readonly community: string;
  /** IPv4 address of the machine as it sees itself. */
  readonly agent: string;
  /** SMBIOS UUID, 16 bytes. Whether its first three groups are little-endian is UNCERTAIN: compare both. */
  readonly guid: Uint8Array;
  /** Counts events; the same when one is sent again. 0 where the firmware does not count. */
  readonly sequence: number;
  /** Hundredths of a second since the firmware started. */
  readonly ticks: number;
  /** What happened was the end of something. */
  readonly over: boolean;
  /** The same fields as in the event log, and its epoch: seconds since 1970, 0 where the firmware had no time. */
  readonly record: EventRecord;
}

/** The value of the one variable a trap carries; big-endian. What the maker adds stands behind it. */
const binding = layout({
  guid: bytes(16),
  sequence: u16be,
  /** Since 1998, by the firmware's own zone. */
  seconds: u32be,
  /** Minutes, signed; 0xffff where it has none. */
  utcOffset: u16be,
  trapSource: u8,
  sourceType: u8,
  severity: named(u8, EventSeverity),
  deviceAddress: u8,
  sensorNumber: u8,
  entity: u8,
  entityInstance: u8,
  data: bytes(8),
  language: u8,
  /** IANA number: 343 for Intel. Both byte orders were seen. */
  manufacturer: u32be,
  systemId: u16be,
});

/** The trap in one datagram. @throws ProtocolError where it is another trap, or none */
export function decodeTrap(datagram: Uint8Array): Trap {
  const message = new BerReader(datagram).enter(BerTag.sequence);
  const version = message.uint();
  if (version !== 0) throw new ProtocolError(`The trap is of SNMP version ${version + 1}; platform events are of 1.`);
  const community = String.fromCharCode(...message.take(BerTag.octets));
  const trap = message.enter(BerTag.trap);
  const enterprise = trap.take(BerTag.oid);
  if (toHex(enterprise) !== toHex(ENTERPRISE)) {
    throw new ProtocolError(`The trap is no platform event: its enterprise is ${excerpt(enterprise)}.`);
  }
  const agent = [...trap.take(BerTag.ipAddress)].join('.');
  trap.uint();
  const specific = trap.uint();
  const ticks = trap.uint(BerTag.timeTicks);
  const variable = trap.enter(BerTag.sequence).enter(BerTag.sequence);
  variable.take(BerTag.oid);
  const value = variable.take(BerTag.octets);
  const decoded = binding.decode(new Reader(value));
  if (decoded === undefined) {
    throw new ProtocolError(`The variable of a platform event has 46 bytes or more, this one has ${value.length}.`);
  }
  const { guid, sequence, severity, sourceType, deviceAddress, sensorNumber, entity, entityInstance, data } = decoded;
  return {
    community,
    agent,
    guid: guid.slice(),
    sequence,
    ticks,
    over: (specific & OVER) !== 0,
    record: {
      seconds: unixSeconds(decoded.seconds, decoded.utcOffset),
      deviceAddress,
      sensorType: (specific >>> 16) & 0xff,
      eventType: (specific >>> 8) & 0xff,
      offset: specific & 0x0f,
      sourceType,
      severity,
      sensorNumber,
      entity,
      entityInstance,
      data: data.slice(),
    },
  };
}

/** The datagram of a trap as firmware sends it. */
export function encodeTrap({ community, agent, guid, sequence, ticks, over, record }: Trap): Uint8Array {
  const { sensorType, eventType, offset, seconds, sourceType, ...rest } = record;
  const value = binding.encode({
    ...rest,
    guid,
    sequence,
    seconds: seconds === 0 || seconds === 0xffff_ffff ? 0 : seconds - EPOCH,
    utcOffset: UNSPECIFIED,
    trapSource: sourceType,
    sourceType,
    language: 0xff,
    manufacturer: INTEL,
    systemId: UNSPECIFIED,
  });
  const specific = sensorType * 65_536 + eventType * 256 + (offset | (over ? OVER : 0));
  const variable = ber(
    BerTag.sequence,
    ber(BerTag.oid, ENTERPRISE, Uint8Array.of(1)),
    ber(BerTag.octets, value, Uint8Array.of(END_OF_OEM)),
  );
  const trap = ber(
    BerTag.trap,
    ber(BerTag.oid, ENTERPRISE),
    ber(BerTag.ipAddress, Uint8Array.from(agent.split('.').map(Number))),
    berUint(ENTERPRISE_SPECIFIC),
    berUint(specific),
    berUint(ticks, BerTag.timeTicks),
    ber(BerTag.sequence, variable),
  );
  const name = Uint8Array.from(community, (character) => character.charCodeAt(0));
  return ber(BerTag.sequence, berUint(0), ber(BerTag.octets, name), trap);
}

/** 1.3.6.1.4.1.3183.1.1: wired for management, platform event traps, version 1. */
const ENTERPRISE = Uint8Array.of(0x2b, 0x06, 0x01, 0x04, 0x01, 0x98, 0x6f, 0x01, 0x01);
const ENTERPRISE_SPECIFIC = 6;
/** 1998-01-01 in seconds since 1970. */
const EPOCH = 883_612_800;
const UNSPECIFIED = 0xffff;
const INTEL = 343;
const END_OF_OEM = 0xc1;

/** Decoders in the field add the offset. */
function unixSeconds(seconds: number, utcOffset: number): number {
  if (seconds === 0 || seconds === 0xffff_ffff) return 0;
  const minutes = utcOffset === UNSPECIFIED ? 0 : (utcOffset << 16) >> 16;
  return (seconds + EPOCH + minutes * 60) >>> 0;
}
