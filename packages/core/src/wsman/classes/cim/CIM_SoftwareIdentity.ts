import { boolean, defineClass, string } from '../../class.ts';

/**
 * One version number: `InstanceID` says of what (`AMT`, `Build Number`, `Sku`, `Netstack` …). All of them together are
 * the firmware's version. [AMT: CIM_SoftwareIdentity]
 */
export const CIM_SoftwareIdentity = defineClass({
  name: 'CIM_SoftwareIdentity',
  properties: { InstanceID: string, IsEntity: boolean, VersionString: string },
});
