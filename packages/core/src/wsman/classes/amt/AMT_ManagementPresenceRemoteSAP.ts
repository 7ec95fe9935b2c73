import { defineClass, named, string, uint16, uint32 } from '../../class.ts';

/** Form of an address. Others than these three occur in no reply. [AMT: AMT_ManagementPresenceRemoteSAP.InfoFormat] */
export const InfoFormat = { 'IPv4 Address': 3, 'IPv6 Address': 4, FQDN: 201 } as const;

/** A server the firmware calls when it is away from home. [AMT: AMT_ManagementPresenceRemoteSAP] */
export const AMT_ManagementPresenceRemoteSAP = defineClass({
  name: 'AMT_ManagementPresenceRemoteSAP',
  properties: {
    AccessInfo: string,
    CN: string,
    CreationClassName: string,
    ElementName: string,
    InfoFormat: named(uint16, InfoFormat),
    Name: string,
    Port: uint32,
    SystemCreationClassName: string,
    SystemName: string,
  },
});
