/** Messages about changes of a fleet. */
import type { Fleet, FleetChange } from '@amtkit/core/automation';
import type { Message } from '../red.ts';

/** The message of a change: what it is about as topic, what it is now as payload. Pictures are not told here. */
export function tellingOf(change: FleetChange): Message | undefined {
  const { machine, type } = change;
  switch (change.type) {
    case 'value': {
      const { id, value, previous } = change;
      return { topic: `${machine}/${id.replace('.', '/')}`, payload: value, machine, id, previous, event: type };
    }
    case 'reachability': {
      const { reachability, error } = change;
      const why = error === undefined ? {} : { code: error.code, message: error.message };
      return { topic: `${machine}/reachability`, payload: reachability, machine, event: type, ...why };
    }
    case 'identified':
      return { topic: `${machine}/firmware`, payload: change.firmware, machine, event: type };
    case 'transition': {
      const { id, ok, message } = change;
      return { topic: `${machine}/transition`, payload: ok, machine, id, message, event: type };
    }
    case 'certificate':
      return { topic: `${machine}/certificate`, payload: change.fingerprint, machine, event: type };
    case 'media': {
      const { event, media, message } = change;
      return { topic: `${machine}/media`, payload: event, machine, media, message, event: type };
    }
    case 'reimage': {
      const { media, stage } = change;
      const { error, ...told } = { error: undefined, ...stage };
      return { topic: `${machine}/reimage`, payload: told, machine, media, event: type };
    }
    case 'result': {
      const { id, by, transaction, ok, code, message, ms } = change;
      return { topic: `${machine}/result`, payload: ok, machine, id, by, transaction, code, message, ms, event: type };
    }
    case 'added':
    case 'removed':
      return { topic: `${machine}/book`, payload: type, machine, event: type };
    default:
      return undefined;
  }
}

/** What is known already, as changes from nothing. */
export function* currentValues(fleet: Fleet): Iterable<FleetChange> {
  for (const [machine, { reachability, error, values }] of fleet.machines) {
    if (reachability !== 'unknown') yield { type: 'reachability', machine, reachability, error };
    for (const [id, value] of values) {
      if (value !== undefined) yield { type: 'value', machine, id, value, previous: undefined };
    }
  }
}
