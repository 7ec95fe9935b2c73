/** Wakes machines by weekday and time of day. Where clocks change, the time of day is what counts. */
import { definePlugin } from '@amtkit/core/automation';
import { Cron } from 'croner';
import { z } from 'zod';
import { wake } from './wake.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const options = z.strictObject({
  /** When machines are woken. */
  wake: z
    .array(
      z.strictObject({
        at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, such as "07:30"'),
        days: z.array(z.enum(DAYS)).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']),
      }),
    )
    .min(1),
  /** Of the times. @default that of this computer */
  timeZone: z.string().refine(isTimeZone, 'must be a time zone, such as Europe/Berlin').optional(),
  /** Between two machines, so that a room does not start all at once; seconds. */
  staggerSeconds: z.number().min(0).max(600).default(2),
});

/** The plugin. */
export default definePlugin({
  name: 'wake-schedule',
  options,

  setup(context, { wake: times, timeZone, staggerSeconds }) {
    // A shell lives for one command.
    if (context.surface === 'cli') return;
    const jobs = times.map(({ at, days }) => {
      const [hour, minute] = at.split(':').map(Number);
      const zone = timeZone === undefined ? {} : { timezone: timeZone };
      const how = { ...zone, unref: true, catch: (error: unknown) => context.log(String(error)) };
      return new Cron(`0 ${minute} ${hour} * * ${days.join(',')}`, how, () => wake(context, staggerSeconds * 1000));
    });
    const next = jobs.flatMap((job) => job.nextRun() ?? []).toSorted((a, b) => a.getTime() - b.getTime())[0];
    context.log(`the next wake-up is ${next?.toISOString() ?? 'never'}`);
    return () => {
      for (const job of jobs) job.stop();
    };
  },
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
