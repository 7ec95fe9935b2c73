/** Intel AMT machines on MQTT and in Home Assistant. */

export { type BridgeOptions, createBridge } from './bridge.ts';
export type { ConnectionPatience } from './connection/patience.ts';
export type { FeaturePatience } from './context.ts';
export { keepHeapSmall } from './operations/memory.ts';
export { type ServiceState, tellServiceManager } from './operations/service-manager.ts';
export { structuredLog } from './operations/structured-log.ts';
export { createPermit, type Permit } from './permit.ts';
export type { Bridge } from './running-bridge.ts';
export type { SharingPatience } from './sharing/patience.ts';
export { type Topics, topicsOf } from './topics.ts';
