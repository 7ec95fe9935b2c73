import { describe, expect, test } from 'vitest';
import { scriptedFirmware } from '../testing/scripted-firmware.ts';
import type { AddressSettings } from './facts.ts';
import { networkOf } from './network.ts';

/** The shape AMT 12 sends. */
const WIRED =
  '<DHCPEnabled>true</DHCPEnabled><DefaultGateway>192.168.6.1</DefaultGateway>' +
  '<ElementName>Intel(r) AMT Ethernet Port Settings</ElementName><IPAddress>192.168.6.24</IPAddress>' +
  '<InstanceID>Intel(r) AMT Ethernet Port Settings 0</InstanceID><IpSyncEnabled>true</IpSyncEnabled>' +
  '<LinkIsUp>true</LinkIsUp><LinkPolicy>1</LinkPolicy><LinkPolicy>14</LinkPolicy>' +
  '<MACAddress>00-00-5E-00-53-01</MACAddress><PhysicalConnectionType>0</PhysicalConnectionType>' +
  '<PrimaryDNS>192.168.6.1</PrimaryDNS><SharedStaticIp>false</SharedStaticIp><SubnetMask>255.255.255.0</SubnetMask>';
const WIRELESS =
  '<DHCPEnabled>true</DHCPEnabled><IPAddress>0.0.0.0</IPAddress>' +
  '<InstanceID>Intel(r) AMT Ethernet Port Settings 1</InstanceID><LinkIsUp>false</LinkIsUp>' +
  '<MACAddress>00-00-00-00-00-00</MACAddress><PhysicalConnectionType>3</PhysicalConnectionType>';

const wired = { 'Get AMT_EthernetPortSettings': WIRED, 'Put AMT_EthernetPortSettings': WIRED };
const address = { dhcp: false, address: '10.1.2.3', netmask: '255.255.0.0' } as const;

describe('network ports', () => {
  test('are read, the wired one first', async () => {
    const { wsman } = scriptedFirmware({ 'Enumerate AMT_EthernetPortSettings': instance(WIRELESS) + instance(WIRED) });
    expect(await networkOf(wsman).read()).toEqual([
      {
        kind: 'wired',
        mac: '00:00:5e:00:53:01',
        linkUp: true,
        dhcp: true,
        address: '192.168.6.24',
        netmask: '255.255.255.0',
        gateway: '192.168.6.1',
        dns: ['192.168.6.1'],
        followsHost: false,
      },
      expect.objectContaining({ kind: 'wireless', mac: undefined, address: undefined, linkUp: false, dns: [] }),
    ]);
  });
});

describe('the address', () => {
  test('from DHCP is written without the old one', async () => {
    const { wsman, request } = scriptedFirmware(wired);
    await networkOf(wsman).setAddress({ dhcp: true });
    const { input, selectors } = request('Put AMT_EthernetPortSettings');
    expect(selectors).toEqual({ InstanceID: 'Intel(r) AMT Ethernet Port Settings 0' });
    expect(names(input)).toEqual([
      'DHCPEnabled',
      'ElementName',
      'InstanceID',
      'IpSyncEnabled',
      'LinkPolicy',
      'SharedStaticIp',
    ]);
    expect(input).toMatchObject({ DHCPEnabled: 'true', IpSyncEnabled: 'true', LinkPolicy: ['1', '14'] });
  });

  test('that is fixed is written whole, and no longer follows the host', async () => {
    const { wsman, request } = scriptedFirmware(wired);
    await networkOf(wsman).setAddress({ ...address, gateway: '10.1.0.1', dns: ['10.9.0.1', '10.9.0.2'] });
    expect(request('Put AMT_EthernetPortSettings').input).toMatchObject({
      DHCPEnabled: 'false',
      IpSyncEnabled: 'false',
      SharedStaticIp: 'false',
      IPAddress: '10.1.2.3',
      SubnetMask: '255.255.0.0',
      DefaultGateway: '10.1.0.1',
      PrimaryDNS: '10.9.0.1',
      SecondaryDNS: '10.9.0.2',
    });
  });

  test('that is fixed without a gateway loses the old one', async () => {
    const { wsman, request } = scriptedFirmware(wired);
    await networkOf(wsman).setAddress(address);
    expect(names(request('Put AMT_EthernetPortSettings').input)).not.toContain('DefaultGateway');
  });

  test.each<[string, Partial<Extract<AddressSettings, { dhcp: false }>>, string]>([
    ['an address out of range', { address: '10.1.2.300' }, 'is no IPv4 address'],
    ['a short address', { address: '10.1.2' }, 'is no IPv4 address'],
    ['an octal address', { address: '010.1.2.3' }, 'is no IPv4 address'],
    ['the address of the network', { address: '10.1.0.0' }, 'stands for the whole network'],
    ['the broadcast address', { address: '10.1.255.255' }, 'stands for the whole network'],
    ['a mask with holes', { netmask: '255.0.255.0' }, 'is no netmask'],
    ['no mask at all', { netmask: '0.0.0.0' }, 'is no netmask'],
    ['a gateway elsewhere', { gateway: '10.2.0.1' }, 'is not in the network'],
    ['three name servers', { dns: ['10.1.0.1', '10.1.0.2', '10.1.0.3'] }, 'keeps two name servers'],
    ['a name for a name server', { dns: ['dns.example.net'] }, 'is no IPv4 name server'],
  ])('is not written with %s', async (_name, wrong, sentence) => {
    const { wsman, asked } = scriptedFirmware(wired);
    await expect(networkOf(wsman).setAddress({ ...address, ...wrong })).rejects.toThrow(sentence);
    expect(asked).toEqual([]);
  });
});

describe('pings', () => {
  const general =
    '<HostName>pc</HostName><PingResponseEnabled>true</PingResponseEnabled><RmcpPingResponseEnabled>true</RmcpPingResponseEnabled>';
  const script = { 'Get AMT_GeneralSettings': general, 'Put AMT_GeneralSettings': general };

  test('are switched one by one, and both are written', async () => {
    const { wsman, request } = scriptedFirmware(script);
    await networkOf(wsman).setPing({ icmp: false });
    expect(request('Put AMT_GeneralSettings').input).toMatchObject({
      HostName: 'pc',
      PingResponseEnabled: 'false',
      RmcpPingResponseEnabled: 'true',
    });
  });

  test('of which nothing is said stay as they are', async () => {
    const { wsman, asked } = scriptedFirmware(script);
    await networkOf(wsman).setPing({});
    expect(asked).toEqual([]);
  });
});

function instance(properties: string): string {
  return `<AMT_EthernetPortSettings>${properties}</AMT_EthernetPortSettings>`;
}

function names(element: object): readonly string[] {
  return Object.keys(element).filter((name) => !name.startsWith('@'));
}
