import { describe, expect, test } from 'vitest';
import { scriptedFirmware } from '../testing/scripted-firmware.ts';
import { generalOf } from './general.ts';

const SETTINGS =
  '<DomainName>example.net</DomainName><HostName>pc-1</HostName><IdleWakeTimeout>65535</IdleWakeTimeout>' +
  '<PingResponseEnabled>true</PingResponseEnabled><PowerSource>1</PowerSource>' +
  '<RmcpPingResponseEnabled>false</RmcpPingResponseEnabled><ThingOfTomorrow>7</ThingOfTomorrow>';

describe('general information', () => {
  test('is read from three classes', async () => {
    const { wsman } = scriptedFirmware({
      'Get AMT_GeneralSettings': SETTINGS,
      'Get AMT_SetupAndConfigurationService': '<ProvisioningState>2</ProvisioningState>',
      'Get IPS_HostBasedSetupService': '<CurrentControlMode>1</CurrentControlMode>',
    });
    expect(await generalOf(wsman).read()).toEqual({
      hostName: 'pc-1',
      domainName: 'example.net',
      controlMode: 'client',
      provisioning: 'post',
      powerSource: 'dc',
      idleWakeTimeoutMinutes: 65535,
      pingEnabled: true,
      rmcpPingEnabled: false,
    });
  });

  test('of old firmware, which knows but one control mode, is the admin’s', async () => {
    const { wsman } = scriptedFirmware({ 'Get AMT_GeneralSettings': '<HostName></HostName>' });
    expect(await generalOf(wsman).read()).toMatchObject({
      hostName: '',
      controlMode: 'admin',
      provisioning: 'unknown',
      powerSource: 'unknown',
    });
  });

  test('the host name is written, and everything else as it was', async () => {
    const { wsman, request } = scriptedFirmware({
      'Get AMT_GeneralSettings': SETTINGS,
      'Put AMT_GeneralSettings': SETTINGS,
    });
    await generalOf(wsman).setHostName('pc-2');
    expect(request('Put AMT_GeneralSettings').input).toMatchObject({
      HostName: 'pc-2',
      DomainName: 'example.net',
      PingResponseEnabled: 'true',
      ThingOfTomorrow: '7',
    });
  });

  test.each(['', '-pc', 'pc-', 'pc_1', 'pc.example.net', 'x'.repeat(64)])('%j is no host name', async (name) => {
    const { wsman, asked } = scriptedFirmware({});
    await expect(generalOf(wsman).setHostName(name)).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
  });
});
