import { datetimeOrText, defineClass, embedded, interval, reference, returnValue, string } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { IPS_AlarmClockOccurrence } from '../ips/IPS_AlarmClockOccurrence.ts';

/** Sets alarms that switch the machine on; at most five at a time, AMT 8 and later. [AMT: AMT_AlarmClockService] */
export const AMT_AlarmClockService = defineClass({
  name: 'AMT_AlarmClockService',
  properties: {
    AMTAlarmClockInterval: interval,
    CreationClassName: string,
    ElementName: string,
    Name: string,
    NextAMTAlarmTime: datetimeOrText,
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    AddAlarm: {
      input: { AlarmTemplate: embedded(IPS_AlarmClockOccurrence) },
      output: { AlarmClock: reference, ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
