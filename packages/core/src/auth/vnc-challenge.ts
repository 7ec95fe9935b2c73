/**
 * VNC authentication: a challenge of 16 bytes, enciphered with the password by DES. [RFC 6143 §7.2.2] [FIPS 46-3]
 * DES stands here since neither browsers nor OpenSSL 3 offer it any more. It protects nothing: eight characters count.
 */

/** Length of challenge and response, bytes. */
export const VNC_CHALLENGE_LENGTH = 16;

/**
 * The response to a challenge.
 * @param password its first eight characters count, one byte each
 */
export function vncResponse(password: string, challenge: Uint8Array): Uint8Array {
  if (challenge.length !== VNC_CHALLENGE_LENGTH) throw new TypeError(`A challenge of ${challenge.length} bytes.`);
  const key = Uint8Array.from({ length: 8 }, (_, i) => reversed(password.charCodeAt(i) & 255));
  const keys = roundKeys(key);
  const response = new Uint8Array(VNC_CHALLENGE_LENGTH);
  for (let at = 0; at < VNC_CHALLENGE_LENGTH; at += 8) response.set(encipher(challenge.subarray(at, at + 8), keys), at);
  return response;
}

/** One block of 8 bytes under a key of 8 bytes; the lowest bit of each is parity and not looked at. */
export function desEncipher(block: Uint8Array, key: Uint8Array): Uint8Array {
  return encipher(block, roundKeys(key));
}

/** VNC takes the bits of each byte the other way round. Beyond the password's end are zeros: NaN & 255. */
function reversed(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
}

/** Bits as 0 and 1, highest first: slow, clear, and used for two blocks a session. */
type Bits = readonly number[];

function encipher(block: Uint8Array, keys: readonly Bits[]): Uint8Array {
  const start = pick(bitsOf(block), INITIAL);
  let [left, right] = [start.slice(0, 32), start.slice(32)];
  for (const key of keys) [left, right] = [right, xor(left, round(right, key))];
  return bytesOf(pick([...right, ...left], FINAL));
}

function round(right: Bits, key: Bits): Bits {
  const mixed = xor(pick(right, EXPANSION), key);
  const out = BOXES.flatMap((box, i) => {
    const six = mixed.slice(6 * i, 6 * i + 6);
    const row = 2 * (six[0] ?? 0) + (six[5] ?? 0);
    const column = numberOf(six.slice(1, 5));
    const value = Number.parseInt(box[16 * row + column] ?? '0', 16);
    return [value >> 3, (value >> 2) & 1, (value >> 1) & 1, value & 1];
  });
  return pick(out, PERMUTATION);
}

/** Sixteen of 48 bits. */
function roundKeys(key: Uint8Array): Bits[] {
  const chosen = pick(bitsOf(key), CHOICE_1);
  let [c, d] = [chosen.slice(0, 28), chosen.slice(28)];
  return [...'1122222212222221'].map((shift) => {
    [c, d] = [rotated(c, Number(shift)), rotated(d, Number(shift))];
    return pick([...c, ...d], CHOICE_2);
  });
}

function rotated(bits: Bits, by: number): number[] {
  return [...bits.slice(by), ...bits.slice(0, by)];
}

/** Places are counted from 1, as the standard prints them. */
function pick(bits: Bits, places: readonly number[]): number[] {
  return places.map((place) => bits[place - 1] ?? 0);
}

function xor(a: Bits, b: Bits): number[] {
  return a.map((bit, i) => bit ^ (b[i] ?? 0));
}

function bitsOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
}

function bytesOf(bits: Bits): Uint8Array {
  return Uint8Array.from({ length: bits.length / 8 }, (_, i) => numberOf(bits.slice(8 * i, 8 * i + 8)));
}

function numberOf(bits: Bits): number {
  return bits.reduce((value, bit) => 2 * value + bit, 0);
}

/** Columns of a table that runs down by 8: IP is printed like this. */
const INITIAL = [58, 60, 62, 64, 57, 59, 61, 63].flatMap((start) => Array.from({ length: 8 }, (_, i) => start - 8 * i));

/** The way back from INITIAL. */
const FINAL = Array.from({ length: 64 }, (_, i) => INITIAL.indexOf(i + 1) + 1);

/** Each group of four with its neighbours: 32, 1, 2, 3, 4, 5, 4, 5, … */
const EXPANSION = Array.from({ length: 48 }, (_, i) => ((4 * Math.floor(i / 6) + (i % 6) + 31) % 32) + 1);

const PERMUTATION = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];

const CHOICE_1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, 63, 55,
  47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];

const CHOICE_2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
  40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

/** S1 to S8, four rows of sixteen values, each a hex digit. */
const BOXES = [
  'e4d12fb83a6c5907' + '0f74e2d1a6cb9538' + '41e8d62bfc973a50' + 'fc8249175b3ea06d',
  'f18e6b34972dc05a' + '3d47f28ec01a69b5' + '0e7ba4d158c6932f' + 'd8a13f42b67c05e9',
  'a09e63f51dc7b428' + 'd709346a285ecbf1' + 'd6498f30b12c5ae7' + '1ad069874fe3b52c',
  '7de3069a1285bc4f' + 'd8b56f03472c1ae9' + 'a690cb7df13e5284' + '3f06a1d8945bc72e',
  '2c417ab6853fd0e9' + 'eb2c47d150fa3986' + '421bad78f9c5630e' + 'b8c71e2d6f09a453',
  'c1af92680d34e75b' + 'af427c9561de0b38' + '9ef528c3704a1db6' + '432c95fabe17608d',
  '4b2ef08d3c975a61' + 'd0b7491ae35c2f86' + '14bdc37eaf680592' + '6bd814a7950fe23c',
  'd2846fb1a93e50c7' + '1fd8a374c56b0e92' + '7b419ce206adf358' + '21e74a8dfc90356b',
];
