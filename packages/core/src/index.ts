/** One machine: find it, connect to it, use it. Floors 0 to 4. */
export { InvalidRange, MAX_ADDRESSES } from './discovery/address-forms.ts';
export { formatAddress, parseAddress, type Span } from './discovery/addresses.ts';
export { type DiscoverOptions, discover } from './discovery/discover.ts';
export type { DiscoveredMachine } from './discovery/discovered-machine.ts';
export type { Product } from './discovery/http-probe.ts';
export type { NameResolver } from './discovery/names.ts';
export { type AddressSet, type HostTarget, parseRange, type RangeOptions } from './discovery/range.ts';
export type { DiscoverProgress } from './discovery/scan.ts';
export {
  AmtError,
  type AmtErrorOptions,
  AuthenticationFailed,
  Cancelled,
  ConnectFailed,
  ConsentRequired,
  ImageFailed,
  InvalidBook,
  MethodFailed,
  NotSupported,
  ProtocolError,
  RedirectionRefused,
  Refused,
  TimedOut,
  Untrusted,
  Vetoed,
  WsmanFault,
} from './errors.ts';
export { type Advice, adviceFor } from './machine/advisories.ts';
export { type ConnectOptions, connect } from './machine/connect.ts';
export type {
  AddressSettings,
  Alarm,
  Alarms,
  AuditLog,
  AuditLogEntry,
  Clock,
  EventLog,
  EventLogEntry,
  Hardware,
  Inventory,
  Network,
  NetworkPort,
  NewAlarm,
  UserAccount,
  Users,
} from './machine/facts.ts';
export type {
  AlertSubscription,
  Alerts,
  Boot,
  BootOptions,
  BootTarget,
  Consent,
  ConsentInfo,
  ConsentPolicy,
  ConsentState,
  Display,
  Displays,
  FeatureState,
  Features,
  FirmwareInfo,
  General,
  GeneralInfo,
  Machine,
  Power,
  PowerAction,
  PowerOptions,
  PowerState,
  SubscribeOptions,
} from './machine/machine.ts';
export { type DifferenceOptions, type PictureDifference, pictureDifference } from './machine/picture-difference.ts';
export { type RecordingSummary, type RecordOptions, recordScreen } from './machine/recording.ts';
export { recordingPage } from './machine/recording-page.ts';
export type { SessionTraffic } from './machine/redirection.ts';
export type { AskCode, Key, ScreenOptions, ScreenSession, ScreenUpdate } from './machine/screen-session.ts';
export { type ScreenshotOptions, screenshot } from './machine/screenshot.ts';
export type {
  MediaEvent,
  MediaSession,
  MediaStart,
  MediaStatistics,
  MediaUnit,
  MountOptions,
  SerialControls,
  SerialOptions,
  SerialSession,
} from './machine/sessions.ts';
export {
  type SharedScreen,
  type ShareOptions,
  type SharePatience,
  shareScreen,
  type ViewerEvent,
  type ViewerOptions,
} from './machine/share-screen.ts';
export { pressKeys, type TypeOptions, typeText } from './machine/type-text.ts';
export { type FileImageOptions, fileImage } from './redirection/ider/file-image.ts';
export { type HttpImageOptions, httpImage } from './redirection/ider/http-image.ts';
export { type BlockSource, memoryImage, type ReadOptions } from './redirection/ider/image.ts';
export { type ImageOptions, openImage } from './redirection/ider/open-image.ts';
export { type OverlayOptions, overlayImage } from './redirection/ider/overlay-image.ts';
export { KEY_NAMES } from './redirection/kvm/chords.ts';
export type { Decimation } from './redirection/kvm/extensions.ts';
export { Framebuffer } from './redirection/kvm/framebuffer.ts';
export type { KeyCode } from './redirection/kvm/keysyms.ts';
export type { KeyboardLayout } from './redirection/kvm/layouts/layout.ts';
export { type KeyboardLayoutName, keyboardLayouts } from './redirection/kvm/layouts/typing.ts';
export type { PixelFormatName } from './redirection/kvm/messages.ts';
export { PointerButton } from './redirection/kvm/pointer.ts';
export { acceptedStream } from './transport/socket-stream.ts';
export type { ByteStream, Dial, DialTarget, DialTls, PresentedCertificate } from './transport/stream.ts';
export type { CallOptions, Identity, RawRequest, WsmanClient } from './wsman/client.ts';
export type { RoundTrip } from './wsman/http.ts';
export { enumerateRaw, getRaw, invokeRaw, putRaw, type RawCall, type RawElement } from './wsman/raw-calls.ts';
export { plainElement, type RawFields } from './wsman/raw-fields.ts';
