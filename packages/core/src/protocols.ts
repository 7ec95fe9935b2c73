/** Protocols of core as state machines: bytes in, events and bytes out. No socket, no clock. For browsers and relays. */
export type { Md5 } from './auth/digest.ts';
export type { IderEvent, IderTransfer } from './redirection/ider/events.ts';
export { IDER_HEARTBEAT_MS, IDER_RX_TIMEOUT_MS, IderClient, type IderOptions } from './redirection/ider/ider.ts';
export { BLOCK_SIZE, type DriveUnit, type Medium } from './redirection/ider/replies.ts';
export { chord, KEY_NAMES } from './redirection/kvm/chords.ts';
export type { Area, Damage } from './redirection/kvm/damage.ts';
export { CAPTURE_BUFFER, type DropCause, type RfbDrop } from './redirection/kvm/drops.ts';
export type { CutText, Decimation } from './redirection/kvm/extensions.ts';
export { Framebuffer } from './redirection/kvm/framebuffer.ts';
export {
  type KeyCode,
  type KeyStroke,
  keysymOf,
  keysymOfBrowser,
  keysymOfScanCode,
} from './redirection/kvm/keysyms.ts';
export type { KeyboardLayout } from './redirection/kvm/layouts/layout.ts';
export { type KeyboardLayoutName, keyboardLayouts, typing } from './redirection/kvm/layouts/typing.ts';
export { buttonsOfBrowser, PointerButton, wheelMasks } from './redirection/kvm/pointer.ts';
export { RfbClient, type RfbEvent, type RfbOptions } from './redirection/kvm/rfb.ts';
export type { Protocol } from './redirection/protocol.ts';
export {
  type LogIn,
  RedirectionSession,
  type SessionEvent,
  type SessionOptions,
} from './redirection/session/session.ts';
export { SOL_SETTINGS, SolClient, type SolEvent, type SolOptions, type SolSettings } from './redirection/sol/sol.ts';
export { type PasswordCheck, type VncEvent, VncServer, type VncServerOptions } from './vnc/server.ts';
