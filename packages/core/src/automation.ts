/** Many machines: the book, the fleet, the whole capability table. Floor 5; the only entry that loads zod and yaml. */
export { type CapabilityId, capabilities } from './automation/capabilities.ts';
export { createFleet, type FleetOptions } from './automation/create-fleet.ts';
export type {
  ActionRequest,
  ActionResult,
  Fleet,
  FleetChange,
  FleetMachine,
  Guard,
  GuestMachine,
  Reachability,
  RunOptions,
} from './automation/fleet.ts';
export { defaultGrace } from './automation/transitions.ts';
export { type Book, type BookChange, openBook } from './book/book.ts';
export type {
  BridgeSettings,
  BrokerSettings,
  EmbeddedBrokerSettings,
  ExternalBrokerSettings,
} from './book/bridge-schema.ts';
export { bridgeSchema } from './book/bridge-schema.ts';
export { type HostAndPorts, hostWithPorts, parseHost } from './book/hosts.ts';
export { isMachineName, machineNameFrom } from './book/names.ts';
export { nearest } from './book/nearest.ts';
export type { BookMachine, BookMachineInput } from './book/schema.ts';
export { openState, type State } from './book/state.ts';
export type {
  Action,
  Capability,
  Effect,
  Inputs,
  Reading,
  Setting,
  SwitchOffPolicy,
  Value,
  ValueType,
} from './capabilities/capability.ts';
export {
  action,
  flag,
  integer,
  list,
  oneOf,
  optional,
  reading,
  secret,
  setting,
  source,
  text,
  timestamp,
} from './capabilities/capability.ts';
export { formatValue, parseInput, parseValue } from './capabilities/value.ts';
