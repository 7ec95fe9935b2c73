/** What happens at a machine, as it happens: never retained. */
import { definePlugin, type FleetChange, type Plugin, type ReimageStage } from '@amtkit/core/automation';
import type { BridgeContext } from '../context.ts';
import type { EventType } from '../event-types.ts';

/** Publishes events. */
export function eventsPlugin({ topics, connection, alerts }: BridgeContext): Plugin {
  /** Where the reimage of a machine is. */
  const stages = new Map<string, ReimageStage['stage']>();

  /** Each stage once, and what happens within it; not the progress, which has topics of its own. */
  function reimageEvent(change: FleetChange & { type: 'reimage' }): Event | undefined {
    const { machine, media, transaction, stage } = change;
    if (stage.stage === 'serial') return undefined;
    const { message } = stage;
    const about = { event_type: 'reimage', media, message, transaction } as const;
    if (stage.stage === 'note') return { ...about, stage: stages.get(machine), note: stage.note };
    if (stages.get(machine) === stage.stage && stage.stage !== 'consent') return undefined;
    stages.set(machine, stage.stage);
    if (stage.stage === 'finished') return { ...about, stage: stage.stage, verdict: stage.verdict };
    if (stage.stage === 'failed') return { ...about, stage: stage.stage, code: stage.code, hint: stage.hint };
    return { ...about, stage: stage.stage };
  }

  return definePlugin({
    name: 'events',
    changed(change) {
      if (change.type === 'removed') stages.delete(change.machine);
      const event = change.type === 'reimage' ? reimageEvent(change) : eventOf(change);
      if (event === undefined || (alerts && event.event_type === 'log')) return;
      const payload = JSON.stringify({ ...event, at: new Date().toISOString() });
      connection.publish({ topic: topics.event(change.machine), payload });
    },
  });
}

type Event = { readonly event_type: EventType } & Readonly<Record<string, unknown>>;

function eventOf(change: FleetChange): Event | undefined {
  switch (change.type) {
    case 'transition': {
      const { id: action, message } = change;
      return { event_type: change.ok ? 'power-changed' : 'power-failed', action, message };
    }
    case 'alert': {
      const { at: happened, ...alert } = change.alert;
      return { event_type: 'alert', ...alert, happened };
    }
    case 'certificate':
      return { event_type: 'certificate', fingerprint: change.fingerprint };
    case 'reachability':
      if (change.reachability !== 'refused') return undefined;
      return { event_type: 'login-refused', message: change.error?.message };
    case 'media': {
      const { event, media, message } = change;
      return { event_type: 'media', event, media, message };
    }
    case 'value': {
      // The first value is how things stand, not what happened.
      if (change.previous === undefined || change.value === undefined) return undefined;
      if (change.id === 'log.last')
        return change.value === 'none' ? undefined : { event_type: 'log', text: change.value };
      return change.id === 'consent.state' ? { event_type: 'consent', state: change.value } : undefined;
    }
    default:
      return undefined;
  }
}
