/** What tells one PC from another: made up from its seed, so that the same seed is the same PC. */
import { createHash } from 'node:crypto';

/** Names and numbers of one PC. */
export interface Identity {
  /** Lower case with dashes, as BIOS and scanners show it. */
  readonly uuid: string;
  /** The same as 32 hex digits in SMBIOS byte order: the first three groups little-endian. */
  readonly platformGuid: string;
  /** `Digest:` and 32 hex digits. */
  readonly realm: string;
  /** Six pairs with dashes, locally administered. */
  readonly mac: string;
  readonly wifiMac: string;
  readonly serialNumber: string;
  /** Where its random numbers begin. */
  readonly number: number;
  /** Key of its nonces; never leaves the PC. */
  readonly secret: Uint8Array;
}

/** The identity that follows from a seed. @param uuid instead of the one that follows from it */
export function identityOf(seed: string, uuid: string = uuidOf(seed)): Identity {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) throw new TypeError(`${uuid} is not a UUID.`);
  const mac = hash(seed, 'mac').slice(0, 10);
  return {
    uuid: uuid.toLowerCase(),
    platformGuid: swapped(uuid.replaceAll('-', '')).toUpperCase(),
    realm: `Digest:${hash(seed, 'realm').slice(0, 32).toUpperCase()}`,
    mac: pairs(`02${mac}`),
    wifiMac: pairs(`06${mac}`),
    serialNumber: hash(seed, 'serial').slice(0, 10).toUpperCase(),
    number: Number.parseInt(hash(seed, 'number').slice(0, 8), 16),
    secret: createHash('sha256').update(`${seed}/secret`).digest(),
  };
}

/** 32 hex digits with the bytes of the first three groups turned round; doing it twice undoes it. */
function swapped(hex: string): string {
  const [a, b, c] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16)].map(
    (group) => group.match(/../g)?.reverse().join('') ?? '',
  );
  return `${a}${b}${c}${hex.slice(16)}`;
}

function uuidOf(seed: string): string {
  const hex = hash(seed, 'uuid');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}

function hash(seed: string, what: string): string {
  return createHash('sha256').update(`${seed}/${what}`).digest('hex');
}

function pairs(hex: string): string {
  return hex.match(/../g)?.join('-') ?? '';
}
