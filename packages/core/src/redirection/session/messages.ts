/**
 * Messages that open and authenticate a redirection session on ports 16994 and 16995. [REDIR §2] Integers are
 * little-endian, texts are one byte a character. After the log-in the connection belongs to one service.
 */
import { ascii, named, prefixed, reserved, u8, u32le } from '../../bytes/fields.ts';
import { type MessageOf, messages } from '../../bytes/layout.ts';
import { ProtocolError } from '../../errors.ts';

/** The services, four characters each. */
export const RedirectionService = { sol: 'SOL ', ider: 'IDER', kvm: 'KVMR' } as const;

/** How an attempt to start went. 4 was never seen. [REDIR §3.2] */
export const StartStatus = {
  Success: 0,
  UnknownService: 1,
  /** A session of this kind is open. */
  Busy: 2,
  /** The feature is switched off. */
  Disabled: 3,
  /** Only IDE-R is refused for want of consent. */
  ConsentRequired: 5,
  Error: 0xff,
} as const;

/** Ways to log in. `DigestQop` is the only one from AMT 12 on; `UserPassword` travels in clear. [REDIR §4.1] */
export const AuthenticationMethod = { Query: 0, UserPassword: 1, Kerberos: 2, Digest: 3, DigestQop: 4 } as const;

/** `Failure` with data is the challenge of a digest log-in. [REDIR §4.1] */
export const AuthenticationStatus = { Success: 0, Failure: 1, NotSupported: 2 } as const;

/** What digests are made over: the method is POST. [REDIR §4.3] */
export const REDIRECTION_URI = '/RedirectionService';

/** Longest data of a log-in: a ticket is the largest of them. */
const MAX_DATA = 0xffff;

/** All of them, in the order of a session. */
export const sessionMessages = messages({
  /** Console → firmware, 8 bytes. Consoles in the field set `variant` to 1 for KVMR and 0 otherwise; only `service` counts. */
  StartRedirectionSession: [0x10, { variant: u8, _reserved: reserved(2), service: ascii(4) }],

  /**
   * Firmware → console, 13 bytes and OEM data. The protocol is 1.0, `enterprise` is Intel's 343.
   * Whether a refusal is as long as this is not known; its first two bytes say all.
   */
  StartRedirectionSessionReply: [
    0x11,
    {
      status: named(u8, StartStatus),
      _reserved: reserved(2),
      protocolMajor: u8,
      protocolMinor: u8,
      firmwareMajor: u8,
      firmwareMinor: u8,
      enterprise: u32le,
      oem: prefixed(u8),
    },
  ],

  /** Console → firmware, 4 bytes, no answer: the firmware closes. */
  EndRedirectionSession: [0x12, { _reserved: reserved(3) }],

  /** Console → firmware, 9 bytes and data. With method Query and no data it asks which methods are offered. */
  AuthenticateSession: [
    0x13,
    { _reserved: reserved(3), method: named(u8, AuthenticationMethod), data: prefixed(u32le, MAX_DATA) },
  ],

  /** Firmware → console, 9 bytes and data: methods offered, one byte each; or the challenge; or nothing. */
  AuthenticateSessionReply: [
    0x14,
    {
      status: named(u8, AuthenticationStatus),
      _reserved: reserved(2),
      method: named(u8, AuthenticationMethod),
      data: prefixed(u32le, MAX_DATA),
    },
  ],
});

/** One of them. */
export type SessionMessage = MessageOf<typeof sessionMessages>;

/**
 * The data of log-ins and challenges: texts behind their length, one byte a character.
 * @throws TypeError for a text over 255 characters or with a character above U+00FF
 */
export function encodeTexts(texts: readonly string[]): Uint8Array {
  const out: number[] = [];
  for (const text of texts) {
    const codes = Array.from(text, (character) => character.charCodeAt(0));
    if (codes.length > 0xff || codes.some((code) => code > 0xff)) {
      throw new TypeError('A text of a log-in has at most 255 characters, none above U+00FF.');
    }
    out.push(codes.length, ...codes);
  }
  return Uint8Array.from(out);
}

/** The texts in the data of a log-in or challenge. @throws ProtocolError when a length leads past the end */
export function decodeTexts(data: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < data.length; ) {
    const end = at + 1 + (data[at] as number);
    if (end > data.length)
      throw new ProtocolError(`A text at offset ${at} ends behind the ${data.length} bytes it is in.`);
    texts.push(String.fromCharCode(...data.subarray(at + 1, end)));
    at = end;
  }
  return texts;
}
