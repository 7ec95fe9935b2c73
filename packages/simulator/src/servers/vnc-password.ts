/** The password of VNC: sixteen random bytes go out, enciphered with it they come back. [RFC 6143 §7.2.2] */
import { createCipheriv } from 'node:crypto';

/** Bytes of the challenge and of its answer. */
export const VNC_CHALLENGE = 16;

/** A challenge of its own for each attempt. @param random from 0 up to 1 */
export function vncChallenge(random: () => number): Uint8Array {
  return Uint8Array.from({ length: VNC_CHALLENGE }, () => Math.floor(random() * 256));
}

/** What a viewer with this password makes of a challenge. Eight characters count, the bits of each the other way round. */
export function vncAnswer(password: string, challenge: Uint8Array): Uint8Array {
  const key = Uint8Array.from({ length: 8 }, (_, i) => mirrored(password.charCodeAt(i) || 0));
  // Single DES is no longer offered; three times with one key is the same.
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Uint8Array.from(Buffer.concat([cipher.update(challenge), cipher.final()]));
}

function mirrored(byte: number): number {
  let mirror = 0;
  for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) mirror |= 0x80 >> bit;
  return mirror;
}
