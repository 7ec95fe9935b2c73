/** The firmware's clock, and how a console sets it right. [AMT: AMT_TimeSynchronizationService] */
import type { Behavior } from '../behavior.ts';
import { text } from '../values.ts';
import { windAlarms } from './alarm-clock.ts';
import { recordAudit } from './audit-log.ts';

const CLASS = 'AMT_TimeSynchronizationService';
const INVALID_PARAMETER = 36;
/** Seconds since 1970 fit 32 bits. */
const MOST = 2 ** 32 - 1;

/** Answers for the clock. */
export const clock: Behavior = {
  name: 'clock',

  invoke(firmware, { className, method, input, account, address }) {
    if (className !== CLASS) return undefined;
    if (method === 'GetLowAccuracyTimeSynch') return { Ta0: firmware.seconds(), ReturnValue: 0 };
    if (method !== 'SetHighAccuracyTimeSynch') return undefined;
    const [told, heard, now] = [input.Ta0, input.Tm1, input.Tm2].map((value) => Number(text(value) || Number.NaN));
    if (told === undefined || heard === undefined || now === undefined) return { ReturnValue: INVALID_PARAMETER };
    // The console repeats what it was told; a time it cannot have been told is no answer to ours.
    const plausible = told <= firmware.seconds() && now >= heard && now <= MOST;
    if (!plausible) return { ReturnValue: INVALID_PARAMETER };
    firmware.change((state) => {
      state.clockOffsetMs += 1000 * (heard - told);
    });
    windAlarms(firmware);
    const data = Uint8Array.from([24, 16, 8, 0].map((shift) => (firmware.seconds() >>> shift) & 0xff));
    recordAudit(firmware, { application: 21, event: 0, user: account.name, address, data });
    return { ReturnValue: 0 };
  },
};
