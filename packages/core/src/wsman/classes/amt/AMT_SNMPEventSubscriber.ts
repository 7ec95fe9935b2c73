import { defineClass, named, string, uint8, uint16 } from '../../class.ts';
import { InfoFormat } from './AMT_ManagementPresenceRemoteSAP.ts';

/** A console that traps are sent to; it gets those of the filters with its policy. Until 17. [AMT: AMT_SNMPEventSubscriber] */
export const AMT_SNMPEventSubscriber = defineClass({
  name: 'AMT_SNMPEventSubscriber',
  properties: {
    AccessInfo: string,
    CommunityString: string,
    CreationClassName: string,
    ElementName: string,
    InfoFormat: named(uint16, InfoFormat),
    Name: string,
    PolicyID: uint8,
    SystemCreationClassName: string,
    SystemName: string,
  },
});
