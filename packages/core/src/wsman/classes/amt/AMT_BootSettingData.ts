import { array, boolean, defineClass, named, octets, string, uint16 } from '../../class.ts';

/** How much the BIOS shows while starting. [AMT: AMT_BootSettingData.FirmwareVerbosity] */
export const FirmwareVerbosity = {
  'System default': 0,
  'Quiet - minimal screen activity': 1,
  'Verbose - all messages': 2,
  'Screen blank - no messages': 3,
} as const;

/** Which redirected drive to boot. [AMT: AMT_BootSettingData.IDERBootDevice] */
export const IDERBootDevice = { 'Floppy Boot': 0, 'CD Boot': 1 } as const;

/**
 * Options of the next start; they hold for that one and are cleared by it. A boot source cannot be set while UseIDER,
 * BIOSSetup, BIOSPause or ReflashBIOS is true, and UseIDER and UseSOL cannot be set while there is a boot source.
 * [AMT: AMT_BootSettingData]
 */
export const AMT_BootSettingData = defineClass({
  name: 'AMT_BootSettingData',
  properties: {
    /** Two words: 0 done, 1 in progress, 2 not updated, 65535 failed; then the detail. */
    BIOSLastStatus: array(uint16),
    BIOSPause: boolean,
    BIOSSetup: boolean,
    /** Drive number of its kind; 0 is the default one. Counts for disk and CD sources only. */
    BootMediaIndex: uint16,
    BootguardStatus: uint16,
    ConfigurationDataReset: boolean,
    ElementName: string,
    EnforceSecureBoot: boolean,
    FirmwareVerbosity: named(uint16, FirmwareVerbosity),
    ForcedProgressEvents: boolean,
    IDERBootDevice: named(uint16, IDERBootDevice),
    InstanceID: string,
    LockKeyboard: boolean,
    LockPowerButton: boolean,
    LockResetButton: boolean,
    LockSleepButton: boolean,
    /** The BIOS took the last options, or cleared them. */
    OptionsCleared: boolean,
    OwningEntity: string,
    PlatformErase: boolean,
    RPEEnabled: boolean,
    /** Write-only. */
    RSEPassword: string,
    ReflashBIOS: boolean,
    SecureBootControlEnabled: boolean,
    SecureErase: boolean,
    UEFIHTTPSBootEnabled: boolean,
    UEFILocalPBABootEnabled: boolean,
    UefiBootNumberOfParams: uint16,
    /** Write-only. One-Click Recovery parameters, type-length-value. */
    UefiBootParametersArray: octets,
    UseIDER: boolean,
    UseSOL: boolean,
    UseSafeMode: boolean,
    UserPasswordBypass: boolean,
    WinREBootEnabled: boolean,
  },
  readOnly: [
    'BIOSLastStatus',
    'BootguardStatus',
    'OptionsCleared',
    'RPEEnabled',
    'RSEPassword',
    'SecureBootControlEnabled',
    'UEFIHTTPSBootEnabled',
    'UEFILocalPBABootEnabled',
    'UefiBootNumberOfParams',
    'UefiBootParametersArray',
    'WinREBootEnabled',
  ],
});
