import { array, defineClass, named, string, uint16, uint64 } from '../../class.ts';
import { EnabledState, RequestedState } from './CIM_EnabledLogicalElement.ts';

/** Whether a drive is locked. [AMT: CIM_MediaAccessDevice.Security] */
export const MediaSecurity = {
  Other: 1,
  Unknown: 2,
  None: 3,
  'Read Only': 4,
  'Locked Out': 5,
  'Boot Bypass': 6,
  'Boot Bypass and Read Only': 7,
} as const;

/** A drive. Its model and serial number are in the CIM_PhysicalPackage of the same position. [AMT: CIM_MediaAccessDevice] */
export const CIM_MediaAccessDevice = defineClass({
  name: 'CIM_MediaAccessDevice',
  properties: {
    Capabilities: array(uint16),
    CreationClassName: string,
    DeviceID: string,
    ElementName: string,
    EnabledDefault: named(uint16, EnabledState),
    EnabledState: named(uint16, EnabledState),
    /** Thousands of bytes. */
    MaxMediaSize: uint64,
    OperationalStatus: array(uint16),
    RequestedState: named(uint16, RequestedState),
    Security: named(uint16, MediaSecurity),
    SystemCreationClassName: string,
    SystemName: string,
  },
});
