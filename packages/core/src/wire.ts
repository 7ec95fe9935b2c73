/** Layouts and codecs of core: no socket, no clock. For simulators, browsers and whoever speaks the bytes themselves. */
export {
  type DigestChallenge,
  type DigestInput,
  digestHa1,
  digestResponse,
  digestResponseOf,
  type Md5,
  parseAuthorization,
  parseChallenge,
} from './auth/digest.ts';
export { excerpt, fromHex, hexDump, toHex } from './bytes/hex.ts';
export { Inbox } from './bytes/inbox.ts';
export { type Codec, describe, type MessageOf } from './bytes/layout.ts';
export { Reader } from './bytes/reader.ts';
export {
  DASH_SUPPORTED,
  DUAL_PORTS,
  Enterprise,
  type Pong,
  parsePong,
  presencePing,
  RMCP_PORT,
  RmcpClass,
  type RmcpMessage,
  rmcpMessages,
  SetupState,
} from './discovery/rmcp.ts';
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
export {
  type Alert,
  type AlertSeverity,
  type AlertSource,
  alertOfIndication,
  alertOfRecord,
  alertOfTrap,
  type IndicationNumbers,
  type RecordNumbers,
} from './events/alert.ts';
export { ALERT_EVENTS, type AlertEvent } from './events/alert-event.ts';
export {
  type AuditInitiator,
  type AuditRecord,
  decodeAuditRecord,
  describeAudit,
  encodeAuditRecord,
} from './events/audit.ts';
export { auditApplication, auditEvent } from './events/audit-names.ts';
export { describeEvent, entityName } from './events/event-text.ts';
export { CimSeverity, type Delivery, decodeDelivery, encodeAck, type Indication } from './events/indication.ts';
export { knownMessages, meaningOfMessage } from './events/indication-text.ts';
export { decodeTrap, encodeTrap, TRAP_PORT, type Trap } from './events/pet.ts';
export { decodeEventRecord, type EventRecord, EventSeverity, eventRecord, eventTime } from './events/record.ts';
export {
  IderAttribute,
  IderDevice,
  IderFeature,
  type IderMessage,
  IderStart,
  iderMessages,
} from './redirection/ider/messages.ts';
export {
  commandText,
  type Decimation,
  dataText,
  type ExtensionCommand,
  parseCutText,
} from './redirection/kvm/extensions.ts';
export { KEYS, type KeyCode, type KeyStroke, keysymOf, keysymOfScanCode } from './redirection/kvm/keysyms.ts';
export {
  type ChannelMessage,
  channelMessages,
  type PixelFormat,
  type PixelFormatName,
  PixelFormats,
  type RectangleHead,
  RFB_VERSION,
  type RfbClientMessage,
  RfbEncoding,
  RfbSecurity,
  type RfbServerMessage,
  rectangleHead,
  refusalReason,
  rfbClientMessages,
  rfbServerMessages,
  rfbVersion,
  securityResult,
  securityTypes,
  serverInit,
} from './redirection/kvm/messages.ts';
export { PointerButton } from './redirection/kvm/pointer.ts';
export {
  AuthenticationMethod,
  AuthenticationStatus,
  decodeTexts,
  encodeTexts,
  REDIRECTION_URI,
  RedirectionService,
  type SessionMessage,
  StartStatus,
  sessionMessages,
} from './redirection/session/messages.ts';
export { SolControl, type SolMessage, SolState, solMessages } from './redirection/sol/messages.ts';
export {
  array,
  boolean,
  type ClassDefinition,
  datetime,
  datetimeOrText,
  decodeFields,
  decodeInstance,
  defineClass,
  embedded,
  encodeField,
  encodeFields,
  encodeRaw,
  type Fields,
  type InputOf,
  type Instance,
  interval,
  type MethodDefinition,
  type MethodInput,
  type MethodOf,
  type MethodOutput,
  named,
  octets,
  optional,
  type PropertiesOf,
  reference,
  returnValue,
  sint32,
  string,
  uint8,
  uint16,
  uint32,
  uint64,
  type ValueOf,
  type ValueType,
} from './wsman/class.ts';
export * from './wsman/classes/index.ts';
export {
  actions,
  decodeMessage,
  encodeRequest,
  type WsmanMessage,
  type WsmanRequest,
} from './wsman/envelope.ts';
export { decodeFault, type Fault } from './wsman/fault.ts';
export { PT_STATUS } from './wsman/pt-status.ts';
export {
  classNameOf,
  decodeReference,
  decodeSelectors,
  encodeReference,
  encodeSelectors,
  ns,
  type Reference,
  resourceUri,
  type Selectors,
} from './wsman/references.ts';
export {
  elementOf,
  escapeXml,
  listOf,
  parseXml,
  textOf,
  type XmlObject,
  type XmlValue,
} from './wsman/xml.ts';
