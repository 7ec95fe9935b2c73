/** Logs of the firmware. */
import type { AuditLogEntry, EventLogEntry } from '../machine/facts.ts';
import { action, list, reading, source, text } from './capability.ts';

/** The newest event as one line; `none` where the log is empty, since an empty value is no value on some surfaces. */
export const logLast = reading({
  id: 'log.last',
  title: 'Last event',
  value: text({ maxLength: 255 }),
  from: source({ refresh: 'minutes', startChanges: true, read: (machine) => machine.eventLog.read({ limit: 1 }) }),
  pick: ([newest]) => newest?.text.slice(0, 255) || 'none',
});

/** The event log, newest first. */
export const logEvent = reading({
  id: 'log.event',
  title: 'Event log',
  value: list<EventLogEntry>(),
  from: source({ refresh: 'asked', read: (machine) => machine.eventLog.read() }),
  pick: (entries) => entries,
});

/** The audit log. */
export const logAudit = reading({
  id: 'log.audit',
  title: 'Audit log',
  value: list<AuditLogEntry>(),
  from: source({ refresh: 'asked', read: (machine) => machine.auditLog.read() }),
  pick: (entries) => entries,
});

/** Empties the event log. */
export const logClear = action({
  id: 'log.clear',
  title: 'Clear the event log',
  effect: 'destructive',
  changes: ['log.last'],
  run: (machine) => machine.eventLog.clear(),
});
