/** Which hook a change of the fleet is told to, and by which action it is explained. */
import type { FleetChange, FleetMachine } from '../changes.ts';
import type { HookName } from '../plugin.ts';

/** The hook that is about a change, and what it is told. */
export function eventOf(change: FleetChange, known: FleetMachine | undefined): [hook?: HookName, event?: unknown] {
  const { machine } = change;
  switch (change.type) {
    case 'added':
      return ['machineAdded', { machine, host: known?.host ?? machine, tags: known?.tags ?? [] }];
    case 'reachability': {
      const { reachability, error } = change;
      const why = error && { code: error.code, message: error.message, hint: error.hint };
      return ['reachabilityChanged', { machine, reachability, error: why }];
    }
    case 'value': {
      const { id, value, previous } = change;
      return ['valueChanged', { machine, id, value, previous }];
    }
    case 'reimage': {
      const { media, transaction, stage } = change;
      return ['reimageStage', { machine, media, transaction, stage }];
    }
    case 'alert':
      return ['alert', { machine, alert: change.alert }];
    default:
      return [];
  }
}

/** The reading or action by whose cause a change is explained. */
export function originOf(change: FleetChange): string | undefined {
  switch (change.type) {
    case 'value':
    case 'transition':
      return change.id;
    case 'reimage':
      return 'reimage.stage';
    case 'media':
      return 'media.attached';
    case 'picture':
      return 'screen.shot';
    default:
      return undefined;
  }
}
