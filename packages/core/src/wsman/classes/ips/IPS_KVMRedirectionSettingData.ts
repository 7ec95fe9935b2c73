import { boolean, defineClass, string, uint8, uint16 } from '../../class.ts';

/** Settings of KVM. [AMT: IPS_KVMRedirectionSettingData] */
export const IPS_KVMRedirectionSettingData = defineClass({
  name: 'IPS_KVMRedirectionSettingData',
  properties: {
    BackToBackFbMode: boolean,
    /** 0 is the first screen, 255 none. May change during a session. */
    DefaultScreen: uint8,
    DoubleBufferActive: boolean,
    DoubleBufferEnabled: boolean,
    ElementName: string,
    /** False: only the local set-up menu can switch KVM on. */
    EnabledByMEBx: boolean,
    GrayscalePixelFormatSupported: boolean,
    InitialDecimationModeForLowRes: uint8,
    InstanceID: string,
    /** Plain VNC on port 5900. Newer firmware refuses to switch it on. */
    Is5900PortEnabled: boolean,
    /** KVM needs the consent of the user. */
    OptInPolicy: boolean,
    /** Seconds between the request and the accepted code. */
    OptInPolicyTimeout: uint16,
    /** Write-only, exactly eight characters. */
    RFBPassword: string,
    /** Idle minutes; 0 is never. */
    SessionTimeout: uint16,
    ZlibControlSupported: boolean,
  },
  readOnly: [
    'BackToBackFbMode',
    'DoubleBufferActive',
    'EnabledByMEBx',
    'GrayscalePixelFormatSupported',
    'RFBPassword',
    'ZlibControlSupported',
  ],
});
