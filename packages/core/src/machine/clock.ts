/** The firmware's clock: whole seconds, UTC. [AMT: AMT_TimeSynchronizationService] */
import { ProtocolError } from '../errors.ts';
import { AMT_TimeSynchronizationService } from '../wsman/classes/amt/AMT_TimeSynchronizationService.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Clock } from './facts.ts';

/** The clock façade over one client. `now` is our clock, in milliseconds since 1970. */
export function clockOf(wsman: WsmanClient, now: () => number = Date.now): Clock {
  async function read() {
    const asked = now();
    const { Ta0 } = await wsman.invoke(AMT_TimeSynchronizationService, 'GetLowAccuracyTimeSynch', {});
    const answered = now();
    if (Ta0 === undefined) {
      throw new ProtocolError(`${wsman.host} was asked for its time and told none.`, { host: wsman.host });
    }
    // Somewhere between our question and its answer it cut off the fraction of its second; so do we.
    const ahead = Ta0 - Math.floor((asked + answered) / 2000);
    return { Ta0, answered, ahead };
  }

  return {
    async read() {
      const { Ta0, ahead } = await read();
      return { time: new Date(Ta0 * 1000), offsetSeconds: ahead };
    },

    /** 1. Its time, and ours at that moment. 2. Both back to it, with ours now: it corrects itself by the difference. */
    async sync() {
      const { Ta0, answered, ahead } = await read();
      await wsman.invoke(AMT_TimeSynchronizationService, 'SetHighAccuracyTimeSynch', {
        Ta0,
        Tm1: Math.floor(answered / 1000),
        Tm2: Math.floor(now() / 1000),
      });
      return ahead;
    },
  };
}
