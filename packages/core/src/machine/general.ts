/** Names, control mode and provisioning of one machine. [AMT: AMT_GeneralSettings] [AMT: IPS_HostBasedSetupService] */
import { AMT_GeneralSettings } from '../wsman/classes/amt/AMT_GeneralSettings.ts';
import { AMT_SetupAndConfigurationService } from '../wsman/classes/amt/AMT_SetupAndConfigurationService.ts';
import { IPS_HostBasedSetupService } from '../wsman/classes/ips/IPS_HostBasedSetupService.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { General, GeneralInfo } from './machine.ts';

/** The general façade over one client. */
export function generalOf(wsman: WsmanClient): General {
  return {
    async read() {
      const settings = await wsman.get(AMT_GeneralSettings);
      const setup = await wsman.tryGet(AMT_SetupAndConfigurationService);
      const hostBased = await wsman.tryGet(IPS_HostBasedSetupService);
      return {
        hostName: settings.HostName ?? '',
        domainName: settings.DomainName ?? '',
        // Before 6.2 there is no such class and no mode but the admin's.
        controlMode: hostBased === undefined ? 'admin' : (MODES[String(hostBased.CurrentControlMode)] ?? 'none'),
        provisioning: STATES[String(setup?.ProvisioningState)] ?? 'unknown',
        powerSource: SOURCES[String(settings.PowerSource)] ?? 'unknown',
        idleWakeTimeoutMinutes: settings.IdleWakeTimeout,
        pingEnabled: settings.PingResponseEnabled,
        rmcpPingEnabled: settings.RmcpPingResponseEnabled,
      };
    },
    async setHostName(name) {
      if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name)) {
        throw new TypeError(
          `${JSON.stringify(name)} is no host name: it has 1 to 63 letters, digits and hyphens, and no hyphen at either end.`,
        );
      }
      await wsman.update(AMT_GeneralSettings, { HostName: name });
    },
  };
}

const MODES: Readonly<Record<string, GeneralInfo['controlMode']>> = {
  'Not provisioned': 'none',
  Client: 'client',
  Admin: 'admin',
};

const STATES: Readonly<Record<string, GeneralInfo['provisioning']>> = { Pre: 'pre', In: 'in', Post: 'post' };

const SOURCES: Readonly<Record<string, GeneralInfo['powerSource']>> = { AC: 'ac', DC: 'dc' };
