/** Protocols of core as state machines: bytes in, events and bytes out. No socket, no clock. For browsers and relays. */
export type { Md5 } from './auth/digest.ts';
export type { Protocol } from './redirection/protocol.ts';
export {
  type LogIn,
  RedirectionSession,
  type SessionEvent,
  type SessionOptions,
} from './redirection/session/session.ts';
