/** The WS-Man benchmark's work by amtkit, decoded into typed properties. Arguments: host, port, `tls` or `plain`. */
import { connect } from '@amtkit/core';
import {
  AMT_BootSettingData,
  AMT_GeneralSettings,
  AMT_RedirectionService,
  CIM_ComputerSystemPackage,
  CIM_SoftwareIdentity,
} from '@amtkit/core/wire';
import { password, work } from './wsman-work.ts';

const [host = '', port = '', way = ''] = process.argv.slice(2);
const ports = way === 'tls' ? { wsmanTls: Number(port) } : { wsman: Number(port) };
const machine = await connect({ host, password, tls: way === 'tls' ? 'on' : 'off', ports });
const { wsman } = machine;
const singles = { AMT_BootSettingData, AMT_GeneralSettings, AMT_RedirectionService, CIM_ComputerSystemPackage };

await work({
  get: (name) => wsman.get(singles[name]),
  enumerate: async () => (await wsman.enumerate(CIM_SoftwareIdentity)).length,
});
await machine.close();
process.disconnect();
