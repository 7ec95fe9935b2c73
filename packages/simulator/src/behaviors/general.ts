/** What a PC says about itself: names, numbers and versions that no two PCs share. */
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Instance, type Properties, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';
import { mergedPut } from './settings.ts';

/** Answers for identity and version. */
export const general: Behavior = {
  name: 'general',

  enumerate(firmware, { className }) {
    return OWN[className] === undefined ? undefined : instancesNow(firmware, className);
  },

  put(firmware, call) {
    return call.className === GENERAL ? putGeneral(firmware, call) : undefined;
  },
};

const GENERAL = 'AMT_GeneralSettings';
/** Said by the PC itself; what a console sends of it is not taken over. */
const TOLD = ['HostOSFQDN', 'PowerSource'];

function instancesNow(firmware: Firmware, className: string): Instance[] {
  const own = OWN[className] as Own;
  return (firmware.instances(className) ?? []).map((properties) => ({
    className,
    properties: { ...properties, ...own(firmware, properties) },
  }));
}

function putGeneral(firmware: Firmware, call: Call): Instance {
  const before = instancesNow(firmware, GENERAL);
  const { properties } = mergedPut(call, before, { fixed: ['DigestRealm', 'ElementName'], writeOnly: TOLD });
  const idleWake = Number(text(properties.IdleWakeTimeout));
  const right = text(properties.HostName).length <= 63 && text(properties.DomainName).length <= 191;
  if (!right || !(idleWake >= 1 && idleWake <= 65535)) throw new SoapFault('InvalidRepresentation');
  firmware.change(() => firmware.store(GENERAL, [properties]));
  recordAudit(firmware, { application: 22, event: 1, user: call.account.name, address: call.address });
  return instancesNow(firmware, GENERAL)[0] as Instance;
}

type Own = (firmware: Firmware, properties: Properties) => Properties;

/** By class, what differs from PC to PC. */
const OWN: Readonly<Record<string, Own>> = {
  AMT_GeneralSettings: ({ identity, hostName, state }, { HostName = '', DomainName = '' }) => ({
    DigestRealm: identity.realm,
    // The name is the PC's own until somebody writes another.
    HostName: state.instances.has('AMT_GeneralSettings') ? HostName : hostName,
    HostOSFQDN: state.systemUp ? [hostName, DomainName].filter(Boolean).join('.') : '',
  }),
  CIM_ComputerSystemPackage: ({ identity }) => ({ PlatformGUID: identity.platformGuid }),
  CIM_SystemPackaging: ({ identity }) => ({ PlatformGUID: identity.platformGuid }),
  CIM_Chassis: ({ identity }) => ({ SerialNumber: identity.serialNumber }),
  CIM_Card: ({ identity }) => ({ SerialNumber: `B${identity.serialNumber}` }),
  CIM_EthernetPort: ({ identity }) => ({ NetworkAddresses: identity.mac.replaceAll('-', '') }),
  IPS_LANEndpoint: ({ identity }) => ({ MACAddress: identity.mac.replaceAll('-', '') }),
  CIM_SoftwareIdentity: ({ profile }, { InstanceID = '', VersionString = '' }) => ({
    VersionString: versionOf(profile, String(InstanceID)) ?? VersionString,
  }),
  IPS_HostBasedSetupService: ({ state }) => ({
    CurrentControlMode:
      state.provisioning.state === 'not-configured' ? 0 : state.provisioning.controlMode === 'acm' ? 2 : 1,
  }),
  AMT_SetupAndConfigurationService: ({ state }) => ({
    ProvisioningMode: state.provisioning.controlMode === 'acm' ? 1 : 4,
    ProvisioningState: state.provisioning.state === 'configured' ? 2 : 0,
  }),
};

function versionOf({ version, build, sku }: Firmware['profile'], id: string): string | undefined {
  switch (id) {
    case 'AMT':
    case 'Flash':
    case 'Netstack':
    case 'AMTApps':
    case 'Recovery Version':
    case 'AMT FW Core Version':
      return version;
    case 'Build Number':
    case 'Recovery Build Num':
      return build;
    case 'Sku':
      return String(sku);
    default:
      return undefined;
  }
}
