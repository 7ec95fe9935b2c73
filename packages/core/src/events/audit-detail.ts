/** What an audit record says beside its event: bytes whose meaning depends on the event. [AMT: Access Monitor] */
import { toHex } from '../bytes/hex.ts';
import { Reader } from '../bytes/reader.ts';

/** The data of an event in words; as hex where we have none, or where it is shorter than it ought to be. */
export function describeAuditDetail(application: number, event: number, data: Uint8Array): string {
  const say = DETAILS[`${application}/${event}`];
  return say?.(new Reader(data)) ?? toHex(data);
}

const account = (reader: Reader) => {
  const type = reader.uint(1);
  const length = reader.uint(1);
  const name = length === undefined ? undefined : reader.take(length);
  if (type === undefined || name === undefined) return undefined;
  return type === 0 ? String.fromCharCode(...name) : toHex(name);
};

const changedAccount = (reader: Reader) => {
  reader.uint(1);
  return account(reader);
};

/** `application/event` → words; nothing when the bytes run out. */
const DETAILS: Readonly<Record<string, (reader: Reader) => string | undefined>> = {
  '16/2': account,
  '16/3': changedAccount,
  '16/4': account,
  '16/5': (reader) => word(['firmware', 'MEBx'], reader.uint(1)),
  '16/6': (reader) => {
    const enabled = word(['disabled', 'enabled'], reader.uint(1));
    const name = account(reader);
    return name && enabled && `${name} ${enabled}`;
  },
  '16/7': (reader) => {
    const remote = word(TLS_MODES, reader.uint(1));
    const local = word(TLS_MODES, reader.uint(1));
    return remote && local && `network: ${remote}, local: ${local}`;
  },
  '16/8': serialNumber,
  '16/10': serialNumber,
  '16/11': serialNumber,
  '16/13': (reader) => {
    const seconds = reader.uint(4);
    return seconds === undefined ? undefined : `clock tolerance ${seconds} s`;
  },
  '16/17': (reader) => {
    const realm = reader.uint(4);
    const mode = word(['no authentication', 'authentication', 'disabled'], reader.uint(1));
    return mode && `realm ${realm}: ${mode}`;
  },
  '16/19': (reader) => word(['BIOS', 'MEBx', 'local driver', 'local WS-Management', 'WS-Management'], reader.uint(1)),
  '19/0': (reader) => {
    const before = version(reader);
    const after = version(reader);
    return before && after && `${before} → ${after}`;
  },
  '21/0': (reader) => {
    const seconds = reader.uint(4);
    return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace('.000', '');
  },
  '30/0': (reader) => {
    const before = word(CONSENT, reader.uint(1));
    const after = word(CONSENT, reader.uint(1));
    return before && after && `${before} → ${after}`;
  },
  '30/1': (reader) => word(['right', 'wrong three times'], reader.uint(1)),
};

const TLS_MODES = ['no authentication', 'server authentication', 'mutual authentication'];
const CONSENT = ['none', 'KVM', 'all'];

function serialNumber(reader: Reader): string | undefined {
  const serial = reader.take(16);
  return serial && `serial number ${toHex(serial)}`;
}

function version(reader: Reader): string | undefined {
  const parts = [0, 1, 2, 3].map(() => reader.uint(2));
  return parts.includes(undefined) ? undefined : parts.join('.');
}

function word(words: readonly string[], number: number | undefined): string | undefined {
  return number === undefined ? undefined : (words[number] ?? `number ${number}`);
}
