/** Wired and wireless: addresses, and the rules by which they are set. [AMT: AMT_EthernetPortSettings] */
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Instance, type Properties, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';
import { mergedPut } from './settings.ts';

const CLASS = 'AMT_EthernetPortSettings';

/** Answers for the network ports. */
export const network: Behavior = {
  name: 'network',

  enumerate(firmware, { className }) {
    return className === CLASS ? portsNow(firmware) : undefined;
  },

  put(firmware, call) {
    return call.className === CLASS ? putPort(firmware, call) : undefined;
  },

  invoke(firmware, { className, method, selectors, input }) {
    if (className !== CLASS || method !== 'SetLinkPreference') return undefined;
    const preference = text(input.LinkPreference);
    const index = portsNow(firmware).findIndex(
      ({ properties }) => text(properties.InstanceID) === selectors.InstanceID,
    );
    const wireless = portsNow(firmware)[index]?.properties.LinkPreference !== undefined;
    if (!wireless || (preference !== '1' && preference !== '2')) return { ReturnValue: 36 };
    keep(firmware, index, { LinkPreference: preference, LinkControl: preference });
    return { ReturnValue: 0 };
  },
};

/** Said by the hardware, refused when somebody else says it. */
const FIXED = ['ElementName', 'MACAddress', 'LinkIsUp', 'LinkControl', 'PhysicalConnectionType', 'PhysicalNicMedium'];
/** An address of version 4 with what belongs to it. */
const ADDRESS = ['IPAddress', 'SubnetMask', 'DefaultGateway', 'PrimaryDNS', 'SecondaryDNS'];
const NEEDED = ['IPAddress', 'SubnetMask'];

function portsNow(firmware: Firmware): Instance[] {
  const { mac, wifiMac } = firmware.identity;
  return (firmware.instances(CLASS) ?? []).map((properties, index) => ({
    className: CLASS,
    properties: { ...properties, MACAddress: index === 0 ? mac : wifiMac },
  }));
}

/** With DHCP no address may be sent; without it address and mask have to be. */
function putPort(firmware: Firmware, call: Call): Instance {
  const { index, properties } = mergedPut(call, portsNow(firmware), { fixed: FIXED });
  const dhcp = text(properties.DHCPEnabled) === 'true';
  const sent = ADDRESS.filter((name) => text(call.input[name]) !== '');
  if (dhcp && sent.length > 0) throw new SoapFault('InvalidRepresentation');
  if (sent.some((name) => !isAddress(text(call.input[name])))) throw new SoapFault('InvalidRepresentation');
  const follows = text(properties.IpSyncEnabled) === 'true' && text(properties.SharedStaticIp) === 'true';
  if (!dhcp && !follows && NEEDED.some((name) => !sent.includes(name))) throw new SoapFault('InvalidRepresentation');
  keep(firmware, index, properties);
  recordAudit(firmware, { application: 22, event: 0, user: call.account.name, address: call.address });
  return portsNow(firmware)[index] as Instance;
}

function keep(firmware: Firmware, index: number, changes: Properties): void {
  const all = firmware.instances(CLASS) ?? [];
  firmware.change(() => firmware.store(CLASS, all.with(index, { ...all[index], ...changes })));
}

function isAddress(address: string): boolean {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}
