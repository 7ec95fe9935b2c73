/** The firmware's clock. */
import { action, integer, reading, source, timestamp } from './capability.ts';

const clock = source({ refresh: 'asked', read: (machine) => machine.clock.read() });

/** What time the firmware thinks it is. */
export const timeNow = reading({
  id: 'time.now',
  title: 'Firmware time',
  value: timestamp,
  from: clock,
  pick: ({ time }) => time,
});

/** How far its clock is ahead of ours. */
export const timeOffset = reading({
  id: 'time.offset',
  title: 'Clock offset',
  value: integer({ unit: 's' }),
  from: clock,
  pick: ({ offsetSeconds }) => offsetSeconds,
});

/** Sets its clock to ours. */
export const timeSync = action({
  id: 'time.sync',
  title: 'Set the clock',
  effect: 'harmless',
  changes: ['time.now', 'time.offset'],
  run: async (machine) => ({ wasAheadSeconds: await machine.clock.sync() }),
});
