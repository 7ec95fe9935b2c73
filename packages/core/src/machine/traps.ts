/** Subscribers to SNMP traps. [AMT: Event Filter Subscribers] */
import { NotSupported } from '../errors.ts';
import { AMT_PETFilterSetting } from '../wsman/classes/amt/AMT_PETFilterSetting.ts';
import { AMT_SNMPEventSubscriber } from '../wsman/classes/amt/AMT_SNMPEventSubscriber.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Alerts } from './machine.ts';

/** What our subscribers let be sent along, and are known by. */
const COMMUNITY = 'amtkit';
/** Subscribers of ours: fourteen fit, and others may want some. */
const MOST = 8;

/**
 * Kinds of event by sensor type, the most telling first: case, log-ins, boot, system, watchdog, temperature, firmware, fan,
 * voltage. [PET]
 */
const SENSORS = [5, 6, 30, 32, 35, 1, 15, 4, 2];

/** The part of the alerts façade that is about traps. */
export function trapsOf(wsman: WsmanClient): Pick<Alerts, 'subscribeTraps' | 'unsubscribeTraps'> {
  /** Policies of the filters that send, in order of weight. */
  async function policies(): Promise<readonly number[]> {
    const filters = await wsman.tryEnumerate(AMT_PETFilterSetting);
    const weight = (sensor: number | undefined) => (SENSORS.indexOf(sensor ?? 0) + SENSORS.length) % SENSORS.length;
    const sending = filters
      .filter(({ EventSensorType, SendAlert }) => SENSORS.includes(EventSensorType ?? 0) && SendAlert !== false)
      .sort((a, b) => weight(a.EventSensorType) - weight(b.EventSensorType));
    const ids = sending.map(({ PolicyID }) => PolicyID).filter((id) => id !== undefined);
    return [...new Set(ids)].slice(0, MOST);
  }

  return {
    async subscribeTraps(address) {
      const wanted = await policies();
      if (wanted.length === 0) {
        const message = `${wsman.host} sends no SNMP traps; firmware before 18 does.`;
        throw new NotSupported(message, { host: wsman.host });
      }
      const there = (await wsman.tryEnumerate(AMT_SNMPEventSubscriber)).filter(
        ({ AccessInfo }) => AccessInfo === address,
      );
      for (const PolicyID of wanted) {
        if (there.some((each) => each.PolicyID === PolicyID)) continue;
        const InfoFormat = 'IPv4 Address';
        await wsman.create(AMT_SNMPEventSubscriber, {
          AccessInfo: address,
          CommunityString: COMMUNITY,
          InfoFormat,
          PolicyID,
        });
      }
    },
    async unsubscribeTraps(address) {
      for (const each of await wsman.tryEnumerate(AMT_SNMPEventSubscriber)) {
        if (each.AccessInfo !== address || each.CommunityString !== COMMUNITY) continue;
        const { CreationClassName, Name, SystemCreationClassName, SystemName } = each;
        const keys = Object.entries({ CreationClassName, Name, SystemCreationClassName, SystemName });
        const selectors = Object.fromEntries(keys.map(([key, value]) => [key, value ?? '']));
        await wsman.delete(AMT_SNMPEventSubscriber, { selectors });
      }
    },
  };
}
