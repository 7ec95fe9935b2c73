/** Addresses of the firmware, and how it answers pings. [AMT: AMT_EthernetPortSettings] */
import type { Instance } from '../wsman/class.ts';
import { AMT_EthernetPortSettings } from '../wsman/classes/amt/AMT_EthernetPortSettings.ts';
import { AMT_GeneralSettings } from '../wsman/classes/amt/AMT_GeneralSettings.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { AddressSettings, Network, NetworkPort } from './facts.ts';

/** The wired port; the wireless one ends in 1. */
const WIRED = 'Intel(r) AMT Ethernet Port Settings 0';

/** The network façade over one client. */
export function networkOf(wsman: WsmanClient): Network {
  return {
    async read() {
      const ports = await wsman.enumerate(AMT_EthernetPortSettings);
      return [...ports].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)).map(portOf);
    },
    async setAddress(settings) {
      if (!settings.dhcp) check(settings);
      await wsman.update(AMT_EthernetPortSettings, changesFor(settings), { selectors: { InstanceID: WIRED } });
    },
    async setPing({ icmp, rmcp }) {
      const changes = {
        ...(icmp === undefined ? {} : { PingResponseEnabled: icmp }),
        ...(rmcp === undefined ? {} : { RmcpPingResponseEnabled: rmcp }),
      };
      if (Object.keys(changes).length > 0) await wsman.update(AMT_GeneralSettings, changes);
    },
  };
}

type Settings = Instance<typeof AMT_EthernetPortSettings>;

function portOf(settings: Settings): NetworkPort {
  return {
    kind: settings.PhysicalConnectionType === 'Wireless LAN' || idOf(settings).endsWith('1') ? 'wireless' : 'wired',
    mac: macOf(settings.MACAddress),
    linkUp: settings.LinkIsUp,
    dhcp: settings.DHCPEnabled,
    address: present(settings.IPAddress),
    netmask: present(settings.SubnetMask),
    gateway: present(settings.DefaultGateway),
    dns: [present(settings.PrimaryDNS), present(settings.SecondaryDNS)].filter((dns) => dns !== undefined),
    followsHost: settings.SharedStaticIp,
  };
}

/** What is written; `undefined` takes a property out. With DHCP the firmware refuses addresses, and static needs all of them. */
function changesFor(settings: AddressSettings) {
  const addresses = settings.dhcp ? undefined : settings;
  return {
    DHCPEnabled: settings.dhcp,
    ...(settings.dhcp ? {} : { IpSyncEnabled: false, SharedStaticIp: false }),
    IPAddress: addresses?.address,
    SubnetMask: addresses?.netmask,
    DefaultGateway: addresses?.gateway,
    PrimaryDNS: addresses?.dns?.[0],
    SecondaryDNS: addresses?.dns?.[1],
  };
}

/** A wrong address here locks us out of the machine, so it is looked at twice. @throws TypeError */
function check({ address, netmask, gateway, dns = [] }: Extract<AddressSettings, { dhcp: false }>): void {
  const own = numberOf(address, 'address');
  const mask = numberOf(netmask, 'netmask');
  const hosts = ~mask >>> 0;
  if ((hosts & (hosts + 1)) !== 0 || hosts === 0xffff_ffff) {
    throw new TypeError(`${netmask} is no netmask: its ones do not stand together at the left.`);
  }
  if (hosts > 1 && ((own & hosts) === 0 || (own & hosts) >>> 0 === hosts)) {
    throw new TypeError(`${address} is no address for one machine: with ${netmask} it stands for the whole network.`);
  }
  if (gateway !== undefined && (numberOf(gateway, 'gateway') & mask) !== (own & mask)) {
    throw new TypeError(`The gateway ${gateway} is not in the network of ${address} with ${netmask}.`);
  }
  if (dns.length > 2) throw new TypeError(`The firmware keeps two name servers, not ${dns.length}.`);
  for (const server of dns) numberOf(server, 'name server');
}

/** An IPv4 address as a number. @throws TypeError naming what it is for */
function numberOf(text: string, what: string): number {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    throw new TypeError(`${JSON.stringify(text)} is no IPv4 ${what}: four numbers from 0 to 255 with dots between.`);
  }
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

function idOf(settings: Settings): string {
  return settings.InstanceID ?? '';
}

/** Machines without such a port list zeros, or nothing. */
function macOf(mac: string | undefined): string | undefined {
  if (mac === undefined || /^[0:.-]*$/.test(mac)) return undefined;
  return mac.toLowerCase().replaceAll('-', ':');
}

function present(address: string | undefined): string | undefined {
  return address === '' || address === '0.0.0.0' ? undefined : address;
}
