import { boolean, datetimeOrText, defineClass, interval, string } from '../../class.ts';

/**
 * One alarm. Properties stand in the order in which AMT_AlarmClockService.AddAlarm wants them.
 * [AMT: IPS_AlarmClockOccurrence]
 */
export const IPS_AlarmClockOccurrence = defineClass({
  name: 'IPS_AlarmClockOccurrence',
  properties: {
    /** At most 32 characters. */
    InstanceID: string,
    ElementName: string,
    /** In the future, with zero seconds. */
    StartTime: datetimeOrText,
    /** Such as `P1DT0H0M`; absent or zero: once. */
    Interval: interval,
    DeleteOnCompletion: boolean,
  },
});
