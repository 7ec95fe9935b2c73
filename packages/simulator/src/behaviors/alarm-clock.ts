/** The alarm clock, which switches the PC on when its time has come. [AMT: AMT_AlarmClockService] */
import { elementOf, textOf, type XmlObject } from '@amtkit/core/wire';
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Properties, propertiesOf, type Scalar, text } from '../values.ts';
import { matches } from '../wsman/selecting.ts';
import { switchOn } from './power.ts';
import { mergedPut } from './settings.ts';

const SERVICE = 'AMT_AlarmClockService';
const CLASS = 'IPS_AlarmClockOccurrence';

/** PT_STATUS. Which one stands for a sixth alarm is UNCERTAIN. */
const Status = { success: 0, maxLimit: 23, invalidParameter: 36, duplicate: 2058 } as const;

/** Alarms that fit. */
const MOST = 5;
const LONGEST_NAME = 32;

/** Answers for alarms. */
export const alarmClock: Behavior = {
  name: 'alarm-clock',

  invoke(firmware, { className, method, raw }) {
    if (className !== SERVICE || method !== 'AddAlarm') return undefined;
    return add(firmware, occurrenceOf(elementOf(raw.AlarmTemplate)));
  },

  put(firmware, call) {
    return call.className === CLASS ? put(firmware, call) : undefined;
  },

  delete(firmware, { className, selectors }) {
    if (className !== CLASS) return undefined;
    const all = alarmsOf(firmware);
    const left = all.filter((each) => !matches(each, selectors));
    if (Object.keys(selectors).length === 0 || left.length === all.length) throw new SoapFault('InvalidSelectors');
    keep(firmware, left);
    return 'deleted';
  },
};

/** Looks again at what is due: an alarm came or went, or the clock was set. */
export function windAlarms(firmware: Firmware): void {
  const now = clockMs(firmware);
  const { stop, seenMs = now } = winding.get(firmware) ?? {};
  stop?.();
  const next = alarmsOf(firmware)
    .map((alarm) => momentAfter(alarm, Math.min(seenMs, now)))
    .filter((moment) => moment !== undefined);
  const waitMs = next.length === 0 ? undefined : Math.min(LONGEST_TIMER_MS, Math.max(0, Math.min(...next) - now));
  winding.set(firmware, {
    seenMs: Math.min(seenMs, now),
    stop: waitMs === undefined ? undefined : firmware.clock.after(waitMs, () => ring(firmware)),
  });
}

/** Up to when alarms were looked at, by the firmware's clock, and how to stop the timer that looks next. */
const winding = new WeakMap<Firmware, { readonly seenMs: number; readonly stop: (() => void) | undefined }>();

/** Timers of more than 24 days end at once. */
const LONGEST_TIMER_MS = 86_400_000;

/** Switches on for what came due since the last look, and forgets alarms that are done with. */
function ring(firmware: Firmware): void {
  const now = clockMs(firmware);
  const since = winding.get(firmware)?.seenMs ?? now;
  const due = alarmsOf(firmware).filter((alarm) => (momentAfter(alarm, since) ?? Number.POSITIVE_INFINITY) <= now);
  winding.set(firmware, { seenMs: now, stop: undefined });
  const isDone = (alarm: Properties): boolean =>
    due.includes(alarm) && minutesOf(alarm) === 0 && text(alarm.DeleteOnCompletion) === 'true';
  keep(
    firmware,
    alarmsOf(firmware).filter((alarm) => !isDone(alarm)),
  );
  if (due.length > 0) void switchOn(firmware);
}

function add(firmware: Firmware, alarm: Properties) {
  const all = alarmsOf(firmware);
  if (!isPossible(firmware, alarm)) return { ReturnValue: Status.invalidParameter };
  const name = text(alarm.InstanceID);
  if (all.some(({ InstanceID }) => text(InstanceID) === name)) return { ReturnValue: Status.duplicate };
  if (all.length >= MOST) return { ReturnValue: Status.maxLimit };
  keep(firmware, [...all, alarm]);
  return { AlarmClock: { className: CLASS, selectors: { InstanceID: name } }, ReturnValue: Status.success };
}

function put(firmware: Firmware, call: Call) {
  const all = alarmsOf(firmware).map((properties) => ({ className: CLASS, properties }));
  const { index, properties } = mergedPut(call, all, {});
  if (!isPossible(firmware, properties)) throw new SoapFault('InvalidRepresentation');
  keep(
    firmware,
    all.with(index, { className: CLASS, properties }).map((each) => each.properties),
  );
  return { className: CLASS, properties };
}

/** What a template says, as the firmware keeps it. */
function occurrenceOf(template: XmlObject): Properties {
  const { StartTime, Interval, DeleteOnCompletion, ElementName, ...rest } = propertiesOf(template);
  const name = textOf(template.InstanceID);
  return {
    ...rest,
    InstanceID: name,
    ElementName: text(ElementName) === '' ? name : (ElementName as Scalar),
    ...(StartTime === undefined ? {} : { StartTime }),
    Interval: { interval: text(Interval) || NEVER_AGAIN },
    DeleteOnCompletion: text(DeleteOnCompletion) === 'true',
  };
}

const NEVER_AGAIN = 'P0DT0H0M';

/** It has a name, a time to come on a full minute, in UTC, and an interval that is one. */
function isPossible(firmware: Firmware, alarm: Properties): boolean {
  const name = text(alarm.InstanceID);
  const start = text(alarm.StartTime);
  if (name === '' || name.length > LONGEST_NAME) return false;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/.test(start) || Number.isNaN(Date.parse(start))) return false;
  return Date.parse(start) > clockMs(firmware) && INTERVAL.test(text(alarm.Interval));
}

/** The first time after a moment. */
function momentAfter(alarm: Properties, after: number): number | undefined {
  const start = Date.parse(text(alarm.StartTime));
  if (start > after) return start;
  const every = minutesOf(alarm) * 60_000;
  return every === 0 ? undefined : start + (Math.floor((after - start) / every) + 1) * every;
}

function minutesOf({ Interval }: Properties): number {
  const [, days = 0, hours = 0, minutes = 0] = INTERVAL.exec(text(Interval)) ?? [];
  return Number(days) * 1440 + Number(hours) * 60 + Number(minutes);
}

const INTERVAL = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:0+S)?)?$/;

function alarmsOf(firmware: Firmware): readonly Properties[] {
  return firmware.instances(CLASS) ?? [];
}

function keep(firmware: Firmware, alarms: readonly Properties[]): void {
  firmware.change(() => firmware.store(CLASS, alarms));
  windAlarms(firmware);
}

function clockMs({ clock, state }: Firmware): number {
  return clock.now() + state.clockOffsetMs;
}
