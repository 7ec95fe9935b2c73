/** Intel AMT machines on MQTT and in Home Assistant. */
export { type Bridge, type BridgeOptions, createBridge } from './bridge.ts';
export type { ConnectionPatience } from './connection-patience.ts';
export type { FeaturePatience } from './feature.ts';
export { keepHeapSmall } from './memory.ts';
export { createPermit, type Permit } from './permit.ts';
export { type ServiceState, tellServiceManager } from './service-manager.ts';
export type { SharingPatience } from './sharing/patience.ts';
export { structuredLog } from './structured-log.ts';
export { type Topics, topicsOf } from './topics.ts';
