/** The message that makes the bridge itself a device in Home Assistant. Pure. */
import { LOG_LEVELS } from '@amtkit/core/automation';
import type { Component } from '../derive.ts';
import { OFFLINE, ONLINE } from '../topics.ts';
import { bridgeIdentifier, type DeviceMessage, type DiscoveryOptions, originOf } from './discovery.ts';

/** Where the device message of a bridge goes. */
export function bridgeDeviceTopic(prefix: string, bridge: string): string {
  return `${prefix}/device/amtkit/bridge-${bridge}/config`;
}

/** The device message of the bridge. */
export function bridgeMessage(options: DiscoveryOptions): DeviceMessage {
  const { topics, bridge, version } = options;
  const id = bridgeIdentifier(bridge);
  const diagnostic = { entity_category: 'diagnostic' };
  const info = { state_topic: topics.bridgeInfo, ...diagnostic };
  const entity = (key: string, component: Component): Record<string, Component> => ({
    [key]: { unique_id: `${id}_${key}`, ...component },
  });
  return {
    device: {
      identifiers: [id],
      name: bridge === 'main' ? 'AMT bridge' : `AMT bridge ${bridge}`,
      manufacturer: 'amtkit',
      model: 'MQTT bridge',
      sw_version: version,
    },
    origin: originOf(options),
    availability: [{ topic: topics.bridgeState }],
    qos: 1,
    components: {
      ...entity('connection', {
        platform: 'binary_sensor',
        name: 'Connection',
        device_class: 'connectivity',
        state_topic: topics.bridgeState,
        payload_on: ONLINE,
        payload_off: OFFLINE,
        availability: [{ topic: topics.bridgeState, payload_available: ONLINE, payload_not_available: 'gone' }],
        ...diagnostic,
      }),
      ...entity('machines', {
        platform: 'sensor',
        name: 'Machines',
        icon: 'mdi:desktop-tower',
        value_template: '{{ value_json.machines.owned | count }}',
        ...info,
      }),
      ...entity('version', {
        platform: 'sensor',
        name: 'Version',
        icon: 'mdi:tag-outline',
        value_template: '{{ value_json.version }}',
        ...info,
      }),
      ...entity('log-level', {
        platform: 'select',
        name: 'Log level',
        icon: 'mdi:text-box-search-outline',
        value_template: '{{ value_json.log.level }}',
        options: LOG_LEVELS,
        command_topic: `${topics.request}/log`,
        command_template: '{"level": "{{ value }}"}',
        ...info,
        entity_category: 'config',
      }),
      ...(options.permit === 'window'
        ? entity('permit', {
            platform: 'switch',
            name: 'Permit destructive actions',
            icon: 'mdi:shield-key-outline',
            state_topic: topics.bridgeInfo,
            value_template: '{{ "ON" if value_json.permit.openUntil is defined else "OFF" }}',
            command_topic: `${topics.request}/permit`,
            payload_on: `{"seconds": ${PERMIT_SECONDS}}`,
            payload_off: '{"seconds": 0}',
            state_on: 'ON',
            state_off: 'OFF',
            entity_category: 'config',
          })
        : {}),
      ...entity('reload', {
        platform: 'button',
        name: 'Reload the machine book',
        icon: 'mdi:book-refresh-outline',
        command_topic: `${topics.request}/reload`,
        payload_press: '{}',
        entity_category: 'config',
      }),
    },
  };
}

/** How long the switch of the permit opens the window. */
const PERMIT_SECONDS = 300;
