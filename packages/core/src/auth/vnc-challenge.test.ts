import { createCipheriv } from 'node:crypto';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { seededRandom } from '../transport/faulty.ts';
import { desEncipher, vncResponse } from './vnc-challenge.ts';

/** Single DES of OpenSSL 3, which has it only as three times the same. */
function opensslDes(block: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv('des-ede3-ecb', Uint8Array.of(...key, ...key, ...key), null).setAutoPadding(false);
  return Uint8Array.from([...cipher.update(block), ...cipher.final()]);
}

test('enciphers the block of the FIPS 81 example', () => {
  // "Now is t" under 0123456789ABCDEF.
  expect(toHex(desEncipher(fromHex('4e6f772069732074'), fromHex('0123456789abcdef')))).toBe('3f a4 0e 8a 98 4d 48 15');
});

test('enciphers as OpenSSL does', () => {
  const random = seededRandom(3);
  const some = (): Uint8Array => Uint8Array.from({ length: 8 }, () => Math.floor(256 * random()));
  for (let i = 0; i < 100; i++) {
    const [block, key] = [some(), some()];
    expect(desEncipher(block, key)).toEqual(opensslDes(block, key));
  }
});

test('answers a challenge with the password as key, the bits of its bytes reversed', () => {
  const challenge = Uint8Array.from({ length: 16 }, (_, i) => 7 * i);
  // "abc" is 61 62 63; turned round: 86 46 c6.
  const key = fromHex('86 46 c6 00 00 00 00 00');
  const both = Uint8Array.of(...opensslDes(challenge.subarray(0, 8), key), ...opensslDes(challenge.subarray(8), key));
  expect(vncResponse('abc', challenge)).toEqual(both);
});

test('looks at eight characters of a password', () => {
  const challenge = new Uint8Array(16).fill(9);
  expect(vncResponse('P@ssw0rd1', challenge)).toEqual(vncResponse('P@ssw0rd', challenge));
  expect(vncResponse('P@ssw0r', challenge)).not.toEqual(vncResponse('P@ssw0rd', challenge));
});

test('refuses a challenge of another length', () => {
  expect(() => vncResponse('abc', new Uint8Array(8))).toThrow(TypeError);
});
