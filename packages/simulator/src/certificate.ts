/**
 * The certificate of a PC's TLS server: signed by itself, its own, made when TLS is first used. All PCs of a process
 * share one key, which takes a tenth of a second to make.
 */
import { createHash, webcrypto } from 'node:crypto';

/** A certificate with its key. */
export interface Certificate {
  readonly pem: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  readonly der: Uint8Array;
  /** PKCS #1 public key, DER. */
  readonly publicKey: Uint8Array;
  readonly subject: string;
  /** SHA-256, hex pairs with colons. */
  readonly fingerprint: string;
}

/** Makes a certificate for a host name, valid for some years around `now`. */
export async function makeCertificate(hostName: string, now: number): Promise<Certificate> {
  const { keys, pem: key, publicKey } = await sharedKeys();
  const { X509CertificateGenerator } = await x509();
  const name = `CN=${hostName.replaceAll(/[^A-Za-z0-9.-]/g, '-')}, O=amtkit`;
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name,
      keys,
      signingAlgorithm: RSA,
      notBefore: new Date(now - 86_400_000),
      notAfter: new Date(now + 10 * 365 * 86_400_000),
    },
    webcrypto,
  );
  const der = new Uint8Array(certificate.rawData);
  return {
    pem: certificate.toString('pem'),
    key,
    der,
    publicKey,
    subject: `O=amtkit,CN=${hostName}`,
    fingerprint: createHash('sha256').update(der).digest('hex').toUpperCase().match(/../g)?.join(':') ?? '',
  };
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: Uint8Array.of(1, 0, 1), modulusLength: 2048 };

let keys: ReturnType<typeof makeKeys> | undefined;

function sharedKeys(): ReturnType<typeof makeKeys> {
  keys ??= makeKeys();
  return keys;
}

async function makeKeys() {
  const pair = await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify']);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64');
  const spki = new Uint8Array(await webcrypto.subtle.exportKey('spki', pair.publicKey));
  return {
    keys: pair,
    pem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`,
    // Behind the algorithm's header of fixed length stands the key itself.
    publicKey: spki.subarray(24),
  };
}

/** Loaded late: most virtual PCs are never asked for TLS, and it is not small. */
async function x509() {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}
