/** Points in time as people and programs write them. */

/**
 * A date and time in ISO 8601, or a time of day: the next one by our clock. Without a zone it is that of this process;
 * a date alone is its first moment there. `undefined` for anything else. [RFC 3339]
 */
export function parseMoment(text: string, now: Date = new Date()): Date | undefined {
  const [, day, time = '00:00', zone = ''] = DATE.exec(text.trim()) ?? [];
  if (day !== undefined) return valid(new Date(`${day}T${time}${zone.toUpperCase()}`), day);
  const [, hour, minute, second = '0'] = TIME_OF_DAY.exec(text.trim()) ?? [];
  if (hour === undefined) return undefined;
  const moment = new Date(now);
  moment.setHours(Number(hour), Number(minute), Number(second), 0);
  if (moment <= now) moment.setDate(moment.getDate() + 1);
  return moment;
}

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|z|[+-]\d\d:\d\d)?)?$/;
const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/** Some days are none: JavaScript makes the 2nd of March of the 30th of February. */
function valid(moment: Date, day: string): Date | undefined {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const isDay = new Date(Date.UTC(year, month - 1, date)).toISOString().startsWith(day);
  return isDay && !Number.isNaN(moment.getTime()) ? moment : undefined;
}
