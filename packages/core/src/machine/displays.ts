/** Displays of a machine, of which the firmware captures one. [AMT: IPS_ScreenSettingData] [REDIR §KVM 7.3] */
import { NotSupported, Refused } from '../errors.ts';
import { IPS_KVMRedirectionSettingData } from '../wsman/classes/ips/IPS_KVMRedirectionSettingData.ts';
import { IPS_ScreenSettingData } from '../wsman/classes/ips/IPS_ScreenSettingData.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Display, Displays } from './machine.ts';

/** So many places the firmware has. */
const PLACES = 4;

/** The displays façade over one client. */
export function displaysOf(wsman: WsmanClient): Displays {
  const { host } = wsman;

  async function list(): Promise<readonly Display[]> {
    const screens = await wsman.tryGet(IPS_ScreenSettingData);
    if (screens === undefined) {
      throw new NotSupported(`${host} does not tell of its displays: firmware with KVM does so from version 8 on.`, {
        host,
      });
    }
    const settings = await wsman.tryGet(IPS_KVMRedirectionSettingData);
    const { IsActive = [], ResolutionX = [], ResolutionY = [], UpperLeftX = [], UpperLeftY = [] } = screens;
    return IsActive.slice(0, PLACES).flatMap((active, place) =>
      active
        ? [
            {
              number: place + 1,
              width: ResolutionX[place] ?? 0,
              height: ResolutionY[place] ?? 0,
              x: UpperLeftX[place] ?? 0,
              y: UpperLeftY[place] ?? 0,
              primary: screens.PrimaryIndex === place + 1,
              captured: settings?.DefaultScreen === place,
            },
          ]
        : [],
    );
  }

  return {
    list,
    async choose(number) {
      if (!Number.isInteger(number) || number < 1 || number > PLACES) {
        throw new TypeError(`Displays are counted from 1 to ${PLACES}; ${number} is none.`);
      }
      const displays = await list();
      const display = displays.find((each) => each.number === number);
      if (display === undefined) {
        throw new Refused(`${host} has no display ${number}: ${enumerated(displays)}.`, {
          host,
          hint: 'Choose another display, or attach this one and wake the PC.',
        });
      }
      if (display.captured) return display;
      const { DefaultScreen } = await wsman.update(IPS_KVMRedirectionSettingData, { DefaultScreen: number - 1 });
      if (DefaultScreen !== number - 1) {
        throw new Refused(`${host} was asked to capture display ${number} and stays with the one it had.`, { host });
      }
      return { ...display, captured: true };
    },
  };
}

/** Which displays there are, as the end of a sentence. */
function enumerated(displays: readonly Display[]): string {
  const names = displays.map(({ number, width, height }) => `display ${number} (${width} × ${height})`);
  const [first, ...more] = names;
  if (first === undefined) return 'none is on';
  if (more.length === 0) return `${first} is the only one that is on`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are on`;
}
