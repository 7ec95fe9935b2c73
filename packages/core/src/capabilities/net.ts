/** Network of the firmware. */
import type { NetworkPort } from '../machine/facts.ts';
import { action, flag, list, optional, reading, setting, source, text } from './capability.ts';
import { general } from './general.ts';

const ports = source({ refresh: 'once', read: (machine) => machine.network.read() });
const BYTE = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const address = { pattern: `${BYTE}(\\.${BYTE}){3}`, like: 'an IPv4 address such as 192.168.1.30' };
const mask = { ...address, like: 'a netmask such as 255.255.255.0' };

/** Every port with its address. */
export const netPorts = reading({
  id: 'net.ports',
  title: 'Network ports',
  value: list<NetworkPort>(),
  from: ports,
  pick: (all) => all,
});

/** Hardware address of the wired port. */
export const netMac = reading({
  id: 'net.mac',
  title: 'MAC address',
  value: text(),
  from: ports,
  pick: (all) => all.find(({ kind }) => kind === 'wired')?.mac,
});

/** The name under which the firmware is known. */
export const netHostName = setting({
  id: 'net.host-name',
  title: 'Host name',
  value: text({ maxLength: 63 }),
  from: general,
  pick: ({ hostName }) => hostName,
  effect: 'disruptive',
  write: (machine, name) => machine.general.setHostName(name),
});

/** Answers ICMP echo. */
export const netPing = setting({
  id: 'net.ping',
  title: 'Answers ping',
  value: flag,
  from: general,
  pick: ({ pingEnabled }) => pingEnabled,
  write: (machine, icmp) => machine.network.setPing({ icmp }),
});

/** Answers RMCP presence pings, which scans rely on. */
export const netRmcpPing = setting({
  id: 'net.rmcp-ping',
  title: 'Answers scans',
  value: flag,
  from: general,
  pick: ({ rmcpPingEnabled }) => rmcpPingEnabled,
  write: (machine, rmcp) => machine.network.setPing({ rmcp }),
});

/** Takes its address from DHCP. */
export const netDhcp = action({
  id: 'net.dhcp',
  title: 'Use DHCP',
  effect: 'destructive',
  changes: ['net.ports'],
  run: (machine) => machine.network.setAddress({ dhcp: true }),
});

/** Takes a fixed address. The machine must then be found there. */
export const netStatic = action({
  id: 'net.static',
  title: 'Use a fixed address',
  effect: 'destructive',
  changes: ['net.ports'],
  input: {
    address: text(address),
    netmask: text(mask),
    gateway: optional(text(address)),
    dns: optional(text(address)),
  },
  run: (machine, { address: own, netmask, gateway, dns }) =>
    machine.network.setAddress({
      dhcp: false,
      address: own,
      netmask,
      ...(gateway === undefined ? {} : { gateway }),
      ...(dns === undefined ? {} : { dns: [dns] }),
    }),
});
