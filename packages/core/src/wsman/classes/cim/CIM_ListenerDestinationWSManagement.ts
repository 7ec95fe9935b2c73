import { defineClass, named, string, uint16 } from '../../class.ts';

/** How alerts are brought. [AMT: CIM_ListenerDestinationWSManagement.DeliveryMode] */
export const DeliveryMode = { Push: 2, PushWithAck: 3, Events: 4, Pull: 5 } as const;

/** Where alerts are sent. [AMT: CIM_ListenerDestinationWSManagement] */
export const CIM_ListenerDestinationWSManagement = defineClass({
  name: 'CIM_ListenerDestinationWSManagement',
  properties: {
    CreationClassName: string,
    DeliveryMode: named(uint16, DeliveryMode),
    Destination: string,
    ElementName: string,
    Name: string,
    SystemCreationClassName: string,
    SystemName: string,
  },
});
