/** Many machines: the book, the fleet, the whole capability table. Floor 5; the only entry that loads zod and yaml. */

export type { AlertPatience, AlertSettings } from './automation/alerts/settings.ts';
export { type Audit, type AuditEntry, type AuditOptions, openAudit } from './automation/audit.ts';
export { type CapabilityId, capabilities } from './automation/capabilities.ts';
export type { FleetChange, FleetMachine, Reachability } from './automation/changes.ts';
export type {
  ActionCause,
  ActionFailure,
  ActionOutcome,
  ActionRequest,
  ActionResult,
  ActionVerdict,
  Guard,
  RunOptions,
} from './automation/commands.ts';
export { createFleet, type FleetOptions } from './automation/create-fleet.ts';
export type { Fleet, FleetAdjustment, GuestMachine } from './automation/fleet.ts';
export { type IpxeOptions, ipxeImage } from './automation/ipxe.ts';
export { type MediaLibrary, namedImage } from './automation/library.ts';
export {
  type MediaMachine,
  type ServedMedia,
  type ServedMediaEvent,
  type ServeMediaOptions,
  serveMedia,
} from './automation/media.ts';
export type { FleetMeter } from './automation/meter.ts';
export {
  definePlugin,
  type HookName,
  hookNames,
  type MqttMessage,
  type OptionsSchema,
  type Plugin,
  type PluginContext,
  type PluginDispose,
  type PluginHooks,
  type PluginMqtt,
  type PluginRunOptions,
  type PluginSurface,
  type ReceivedMessage,
} from './automation/plugin.ts';
export { type PluginFleet, PluginHost, type PluginHostOptions } from './automation/plugins/host.ts';
export { type ListedPlugin, listPlugins, loadPlugins } from './automation/plugins/load.ts';
export type { PluginStatus, Plugins, PluginUse } from './automation/plugins/plugins.ts';
export type { MachineSource } from './automation/reach.ts';
export { driveOf } from './automation/reimage/medium.ts';
export type { ReimageMachine, ReimageOptions } from './automation/reimage/options.ts';
export { type PressKey, parsePress, type ReimagePress } from './automation/reimage/press.ts';
export type {
  ReimageNote,
  ReimageProgress,
  ReimageStage,
  ReimageStageName,
  ReimageVerdict,
} from './automation/reimage/stages.ts';
export { parseUntil, type ReimageUntil, untilText } from './automation/reimage/until.ts';
export { reimage } from './automation/reimage.ts';
export {
  openScreenLine,
  type ScreenLine,
  type ScreenLineEvent,
  type ScreenLineOptions,
  type ScreenMachine,
} from './automation/screen-line.ts';
export {
  openSerialLine,
  type SerialLine,
  type SerialLineEvent,
  type SerialLineOptions,
  type SerialMachine,
} from './automation/serial-line.ts';
export {
  decoderOf as serialDecoder,
  type Encoding as SerialEncoding,
  encodeText as encodeSerialText,
} from './automation/serial-script/encoding.ts';
export {
  type ExpectOptions as SerialScriptOptions,
  type ExpectResult as SerialScriptResult,
  runScript as runSerialScript,
  StepFailed,
} from './automation/serial-script/expect.ts';
export {
  type KeyStyle as SerialKeyStyle,
  translateKeys as translateSerialKeys,
} from './automation/serial-script/keys.ts';
export { plainText as serialPlainText } from './automation/serial-script/plain-text.ts';
export {
  parseScript as parseSerialScript,
  type Script as SerialScript,
  type Step as SerialStep,
} from './automation/serial-script/script.ts';
export type { RedirectionSwitch, SwitchedOn } from './automation/switch-on.ts';
export { type SwitchingOn, switchesText, switchingOn } from './automation/switching-on.ts';
export { defaultGrace } from './automation/transitions.ts';
export { type Book, type BookChange, openBook } from './book/book.ts';
export type { BridgeSettings } from './book/bridge-schema.ts';
export { bridgeSchema } from './book/bridge-schema.ts';
export type { BrokerSettings, EmbeddedBrokerSettings, ExternalBrokerSettings } from './book/broker-schema.ts';
export type { BookDraft, CredentialsInput, MachineChanges } from './book/draft.ts';
export { type ExportOptions, type ExportResult, exportMachines } from './book/export.ts';
export { type HostAndPorts, hostWithPorts, isLoopback, parseHost } from './book/hosts.ts';
export {
  type ImportedMachine,
  type ImportOptions,
  type ImportResult,
  importMachines,
  isEncryptedList,
} from './book/import.ts';
export { isMachineName, machineNameFrom, tagFrom } from './book/names.ts';
export { nearest } from './book/nearest.ts';
export type { BookCredentials, BookMachine, BookMachineInput, BookMedium, BookPlugin } from './book/schema.ts';
export { type LearnedMachine, openState, type SeenTransaction, type State } from './book/state.ts';
export type { Secret, SecretReference } from './book/terms.ts';
export type {
  Action,
  Capability,
  Effect,
  Inputs,
  Reading,
  ScreenPicture,
  Setting,
  SwitchOffPolicy,
  Value,
  ValueRecord,
  ValueType,
} from './capabilities/capability.ts';
export {
  action,
  flag,
  integer,
  list,
  number,
  oneOf,
  optional,
  reading,
  record,
  secret,
  setting,
  source,
  text,
  timestamp,
} from './capabilities/capability.ts';
export { formatValue, parseInput, parseValue } from './capabilities/value.ts';
export type { Alert, AlertSeverity, AlertSource, IndicationNumbers, RecordNumbers } from './events/alert.ts';
export { ALERT_EVENTS, type AlertEvent } from './events/alert-event.ts';
export { LOG_LEVELS, type Log, type LogAbout, type LogLevel, type LogSink, logOf, logTo } from './log.ts';
