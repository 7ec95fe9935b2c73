/** SHA-256 fingerprints of certificates, in the form Node and OpenSSL print them. */
import { createHash } from 'node:crypto';

/** The fingerprint in any spelling as upper-case hex pairs with colons; undefined when it is not 32 bytes of hex. */
export function normalFingerprint(text: string): string | undefined {
  const hex = text.replace(/^sha-?256[:= ]/i, '').replace(/[:\s]/g, '');
  if (!/^[0-9a-f]{64}$/i.test(hex)) return undefined;
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

/** Fingerprint of a certificate. @param der the certificate, DER */
export function fingerprintOf(der: Uint8Array): string {
  const hex = createHash('sha256').update(der).digest('hex').toUpperCase();
  return (hex.match(/../g) ?? []).join(':');
}
