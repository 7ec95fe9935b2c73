/** The alarm clock of the firmware, which switches the machine on. [AMT: AMT_AlarmClockService] */
import { type AmtError, MethodFailed, NotSupported, Refused, WsmanFault } from '../errors.ts';
import type { Instance, PropertiesOf } from '../wsman/class.ts';
import { AMT_AlarmClockService } from '../wsman/classes/amt/AMT_AlarmClockService.ts';
import { IPS_AlarmClockOccurrence } from '../wsman/classes/ips/IPS_AlarmClockOccurrence.ts';
import type { WsmanClient } from '../wsman/client.ts';
import { clockOf } from './clock.ts';
import type { Alarm, Alarms, NewAlarm } from './facts.ts';

/** The alarms façade over one client. `now` is our clock, in milliseconds since 1970. */
export function alarmsOf(wsman: WsmanClient, now: () => number = Date.now): Alarms {
  return new MachineAlarms(wsman, now);
}

type Occurrence = Instance<typeof IPS_AlarmClockOccurrence>;

/** How many alarms the firmware keeps. */
const MOST = 5;
/** Characters of a name. */
const LONGEST_NAME = 32;
const MINUTE = 60_000;
/** Minutes between two times of a recurring alarm: a year. */
const RAREST = 366 * 24 * 60;

class MachineAlarms implements Alarms {
  readonly #wsman: WsmanClient;
  readonly #now: () => number;
  /** It was asked once and has none: no firmware grows one while we are connected. */
  #lacking: NotSupported | undefined;

  constructor(wsman: WsmanClient, now: () => number) {
    this.#wsman = wsman;
    this.#now = now;
  }

  async list(): Promise<readonly Alarm[]> {
    const alarms = (await this.#occurrences()).map((each) => alarmOf(each, this.#now()));
    const when = ({ next }: Alarm): number => next?.getTime() ?? Number.POSITIVE_INFINITY;
    return alarms.toSorted((a, b) => when(a) - when(b) || a.name.localeCompare(b.name));
  }

  /**
   * 1. What is there: the firmware keeps a name once. 2. The one to replace goes. 3. The new one, on the full minute,
   * since others are refused; it deletes itself when it has gone off for the last time. Without success the one that
   * went comes back.
   */
  async add({ replace = false, ...alarm }: NewAlarm): Promise<Alarm> {
    const wanted = occurrenceOf(alarm, this.#now());
    const { host } = this.#wsman;
    const there = await this.#occurrences();
    const former = there.find(({ InstanceID }) => InstanceID === alarm.name);
    if (former !== undefined && !replace) {
      throw new Refused(`${host} has an alarm named ${JSON.stringify(alarm.name)} already.`, {
        host,
        hint: 'Clear that one first, or choose another name.',
      });
    }
    if (former !== undefined) await this.#delete(alarm.name);
    try {
      await this.#wsman.invoke(AMT_AlarmClockService, 'AddAlarm', { AlarmTemplate: wanted });
    } catch (error) {
      const reason = await this.#explain(error, wanted, there.length);
      if (former !== undefined) await this.#restore(former);
      throw reason;
    }
    return alarmOf(wanted, this.#now());
  }

  async remove(name: string): Promise<void> {
    const { host } = this.#wsman;
    const names = (await this.#occurrences()).map(({ InstanceID }) => InstanceID ?? '');
    if (!names.includes(name)) {
      const others = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
      throw new Refused(`${host} has no alarm named ${JSON.stringify(name)}; ${others}.`, { host });
    }
    await this.#delete(name);
  }

  /** @throws NotSupported where there is no alarm clock */
  async #occurrences(): Promise<readonly Occurrence[]> {
    if (this.#lacking !== undefined) throw this.#lacking;
    try {
      return await this.#wsman.enumerate(IPS_AlarmClockOccurrence);
    } catch (error) {
      if (!(error instanceof WsmanFault) || error.fault !== 'DestinationUnreachable') throw error;
      const { host } = this.#wsman;
      const sentence = `The firmware of ${host} has no alarm clock; AMT 8 and later have one.`;
      this.#lacking = new NotSupported(sentence, { host, cause: error });
      throw this.#lacking;
    }
  }

  async #delete(name: string): Promise<void> {
    await this.#wsman.delete(IPS_AlarmClockOccurrence, { selectors: { InstanceID: name } });
  }

  /** What was replaced in vain comes back where it can; the reason of the failure is what counts. */
  async #restore(former: Occurrence): Promise<void> {
    const { name, next, everyMinutes } = alarmOf(former, this.#now());
    if (next === undefined) return;
    const AlarmTemplate = template(name, next, everyMinutes);
    await this.#wsman.invoke(AMT_AlarmClockService, 'AddAlarm', { AlarmTemplate }).catch(() => {});
  }

  /** A number is all the firmware gives for a reason; what else is known of the machine says which it was. */
  async #explain(error: unknown, { StartTime }: Template, count: number): Promise<unknown> {
    if (!(error instanceof MethodFailed)) return error;
    const { host } = this.#wsman;
    const because = { host, cause: error };
    if (count >= MOST) {
      const hint = 'Clear one that is not needed any more.';
      return new Refused(`${host} refused another alarm: it keeps ${MOST}, and has ${count}.`, { ...because, hint });
    }
    const clock = await clockOf(this.#wsman, this.#now)
      .read()
      .catch((unreadable: AmtError) => unreadable);
    if (!('time' in clock) || !(StartTime instanceof Date) || clock.time < StartTime) return error;
    return new Refused(
      `${host} refused an alarm at ${iso(StartTime)}: its clock says ${iso(clock.time)}, when that is past.`,
      { ...because, hint: 'Set its clock first; then the alarm goes off when it should, too.' },
    );
  }
}

type Template = PropertiesOf<(typeof IPS_AlarmClockOccurrence)['properties']>;

/** What the firmware is given. @throws TypeError for what no firmware takes */
function occurrenceOf({ name, at, everyMinutes }: Omit<NewAlarm, 'replace'>, now: number): Template {
  if (!/^[\x20-\x7e]+$/.test(name) || name.length > LONGEST_NAME) {
    throw new TypeError(`An alarm needs a name of 1 to ${LONGEST_NAME} letters, digits and signs of ASCII.`);
  }
  if (Number.isNaN(at.getTime())) throw new TypeError('An alarm needs a time that is one.');
  if (at.getTime() <= now) throw new TypeError(`An alarm cannot go off at ${iso(at)}, which is past.`);
  const isRare = everyMinutes === undefined || (Number.isInteger(everyMinutes) && everyMinutes >= 1);
  if (!isRare || (everyMinutes ?? 0) > RAREST) {
    throw new TypeError(`An alarm comes back after 1 to ${RAREST} whole minutes, not ${everyMinutes}.`);
  }
  return template(name, new Date(Math.ceil(at.getTime() / MINUTE) * MINUTE), everyMinutes);
}

function template(InstanceID: string, StartTime: Date, everyMinutes: number | undefined): Template {
  return {
    InstanceID,
    StartTime,
    Interval: intervalText(everyMinutes ?? 0),
    DeleteOnCompletion: everyMinutes === undefined,
  };
}

function alarmOf({ InstanceID = '', StartTime, Interval = '' }: Template, now: number): Alarm {
  const everyMinutes = intervalMinutes(Interval);
  const next = StartTime instanceof Date ? nextOf(StartTime.getTime(), everyMinutes, now) : undefined;
  return {
    name: InstanceID,
    ...(next === undefined ? {} : { next: new Date(next) }),
    ...(everyMinutes === 0 ? {} : { everyMinutes }),
  };
}

/** A recurring alarm keeps the time of its first one. */
function nextOf(start: number, everyMinutes: number, now: number): number | undefined {
  if (start > now) return start;
  if (everyMinutes === 0) return undefined;
  const every = everyMinutes * MINUTE;
  return start + (Math.floor((now - start) / every) + 1) * every;
}

/** Days, hours and minutes, all three of them. [DSP0004 §5.2] */
function intervalText(minutes: number): string {
  return `P${Math.floor(minutes / 1440)}DT${Math.floor(minutes / 60) % 24}H${minutes % 60}M`;
}

/** 0 where it does not come back. */
function intervalMinutes(text: string): number {
  const [, days = 0, hours = 0, minutes = 0] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?$/.exec(text) ?? [];
  return Number(days) * 1440 + Number(hours) * 60 + Number(minutes);
}

function iso(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
