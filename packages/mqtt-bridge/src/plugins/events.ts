/** What happens at a machine, as it happens: never retained. */
import type { FleetChange } from '@amtkit/core/automation';
import type { EventType } from '../event-types.ts';
import type { BridgeContext, BridgeFeature } from '../feature.ts';

/** Publishes events. */
export function eventsFeature({ topics, connection }: BridgeContext): BridgeFeature {
  return {
    name: 'events',
    changed(change) {
      const event = eventOf(change);
      if (event === undefined) return;
      const payload = JSON.stringify({ ...event, at: new Date().toISOString() });
      connection.publish({ topic: topics.event(change.machine), payload });
    },
  };
}

function eventOf(change: FleetChange): ({ readonly event_type: EventType } & Record<string, unknown>) | undefined {
  switch (change.type) {
    case 'transition': {
      const { id: action, message } = change;
      return { event_type: change.ok ? 'power-changed' : 'power-failed', action, message };
    }
    case 'certificate':
      return { event_type: 'certificate', fingerprint: change.fingerprint };
    case 'reachability':
      if (change.reachability !== 'refused') return undefined;
      return { event_type: 'login-refused', message: change.error?.message };
    case 'value': {
      // The first value is how things stand, not what happened.
      if (change.previous === undefined || change.value === undefined) return undefined;
      if (change.id === 'log.last') return { event_type: 'log', text: change.value };
      return change.id === 'consent.state' ? { event_type: 'consent', state: change.value } : undefined;
    }
    default:
      return undefined;
  }
}
