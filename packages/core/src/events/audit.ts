/** Records of the audit log. Big-endian, of varying length. [AMT: AMT_AuditLog] */

import { excerpt } from '../bytes/hex.ts';
import { Reader } from '../bytes/reader.ts';
import { sidText } from '../bytes/sid.ts';
import { ProtocolError } from '../errors.ts';
import { describeAuditDetail } from './audit-detail.ts';
import { auditApplication, auditEvent } from './audit-names.ts';

/** One record. */
export interface AuditRecord {
  /** Which part of the firmware wrote it; numbers as in {@link auditApplication}. */
  readonly application: number;
  /** Number of the event within the application. */
  readonly event: number;
  readonly initiator: AuditInitiator;
  /** Since 1970 by the firmware's clock, which may be years behind. */
  readonly seconds: number;
  /** Address it came from; empty for local ones. */
  readonly address: string;
  /** What depends on the event. */
  readonly data: Uint8Array;
}

/** Who did it. */
export type AuditInitiator =
  | { readonly kind: 'digest'; readonly user: string }
  | { readonly kind: 'kerberos'; readonly domain: number; readonly sid: Uint8Array }
  | { readonly kind: 'local' }
  /** Somebody behind port 5900, who has no name. */
  | { readonly kind: 'kvm' };

/** The record in these bytes. Bytes behind it are not looked at. @throws ProtocolError */
export function decodeAuditRecord(bytes: Uint8Array): AuditRecord {
  const reader = new Reader(bytes);
  const application = reader.uint(2);
  const event = reader.uint(2);
  const initiator = readInitiator(reader);
  const seconds = reader.uint(4);
  reader.uint(1);
  const address = readShort(reader);
  const data = readShort(reader);
  if (
    application === undefined ||
    event === undefined ||
    initiator === undefined ||
    seconds === undefined ||
    address === undefined ||
    data === undefined
  ) {
    throw new ProtocolError(`An audit record breaks off: ${excerpt(bytes, 64)}.`);
  }
  return { application, event, initiator, seconds, address: latin1(address), data };
}

/** The bytes of a record. @throws TypeError for texts over 255 characters */
export function encodeAuditRecord(record: AuditRecord): Uint8Array {
  const { initiator } = record;
  return Uint8Array.from([
    ...word(record.application, 2),
    ...word(record.event, 2),
    KINDS.indexOf(initiator.kind),
    ...(initiator.kind === 'kerberos' ? word(initiator.domain, 4) : []),
    ...(initiator.kind === 'kerberos' ? short(initiator.sid) : []),
    ...(initiator.kind === 'digest' ? short(bytesOf(initiator.user)) : []),
    ...word(record.seconds, 4),
    record.address === '' ? Location.None : record.address.includes(':') ? Location.IPv6 : Location.IPv4,
    ...short(bytesOf(record.address)),
    ...short(record.data),
  ]);
}

/** A record in words: application, event, who, and what the event says beside. */
export function describeAudit(record: AuditRecord) {
  return {
    application: auditApplication(record.application),
    event: auditEvent(record.application, record.event),
    by: initiatorName(record.initiator),
    detail: describeAuditDetail(record.application, record.event, record.data),
  };
}

/** Order is the number on the wire. */
const KINDS = ['digest', 'kerberos', 'local', 'kvm'] as const;

const Location = { IPv4: 0, IPv6: 1, None: 2 } as const;

function initiatorName(initiator: AuditInitiator): string {
  switch (initiator.kind) {
    case 'digest':
      return initiator.user;
    case 'kerberos':
      return sidText(initiator.sid);
    case 'local':
      return 'local';
    case 'kvm':
      return 'KVM on port 5900';
  }
}

function readInitiator(reader: Reader): AuditInitiator | undefined {
  const number = reader.uint(1);
  if (number === undefined) return undefined;
  const kind = KINDS[number];
  if (kind === undefined) {
    throw new ProtocolError(`An audit record has initiator type ${number}: ${excerpt(reader.bytes, 64)}.`);
  }
  if (kind === 'digest') {
    const user = readShort(reader);
    return user && { kind, user: latin1(user) };
  }
  if (kind === 'kerberos') {
    const domain = reader.uint(4);
    const sid = readShort(reader);
    return domain === undefined || sid === undefined ? undefined : { kind, domain, sid };
  }
  return { kind };
}

/** Bytes behind a one-byte length. */
function readShort(reader: Reader): Uint8Array | undefined {
  const length = reader.uint(1);
  return length === undefined ? undefined : reader.take(length);
}

function short(bytes: Uint8Array): number[] {
  if (bytes.length > 255) throw new TypeError(`${bytes.length} bytes where at most 255 belong.`);
  return [bytes.length, ...bytes];
}

function word(value: number, width: 2 | 4): number[] {
  return Array.from({ length: width }, (_, i) => (value >>> (8 * (width - 1 - i))) & 0xff);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
