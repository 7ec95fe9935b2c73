/** The encrypted list of MeshCommander's desktop edition. [MeshCommander] */
import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { InvalidBook } from '../../errors.ts';
import { isObject } from './list.ts';

/** Whether JSON data is an encrypted list. */
export function isEncrypted(data: unknown): boolean {
  return isObject(data) && data.magic === MAGIC;
}

/**
 * The list's text. The key is derived by PBKDF2 and then used as the text of its hex digits; the nonce is text as well.
 *
 * @throws InvalidBook when the password is wrong, or the file is damaged
 */
export async function decrypt(data: unknown, password: string): Promise<string> {
  if (!isObject(data) || data.version !== 1) {
    throw new InvalidBook('This encrypted list has a version that is not known; version 1 is.');
  }
  const [salt, tag, sealed] = [data.salt, data.tag, data.data].map(fromHex);
  if (!salt || !tag || !sealed || typeof data.iv !== 'string') throw new InvalidBook('This encrypted list is damaged.');
  const bytes = await promisify(pbkdf2)(password, salt, ITERATIONS, KEY_BYTES, 'sha512');
  const key = new TextEncoder().encode(bytes.toString('hex'));
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, new TextEncoder().encode(data.iv), { authTagLength: 16 });
    decipher.setAuthTag(tag);
    return new TextDecoder().decode(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch {
    throw new InvalidBook('This encrypted list does not open: the password is wrong, or the file is damaged.');
  }
}

const MAGIC = '3209ruwpcoinaT4r9w347t0e4ug';
const ITERATIONS = 128_000;
const KEY_BYTES = 16;

function fromHex(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || !/^([0-9a-f]{2})*$/i.test(value)) return undefined;
  return Uint8Array.from(Buffer.from(value, 'hex'));
}
