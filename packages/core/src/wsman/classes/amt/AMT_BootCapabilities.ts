import { boolean, defineClass, string, uint32 } from '../../class.ts';

/** What the BIOS lets a console do to a start. Absent properties are not supported. [AMT: AMT_BootCapabilities] */
export const AMT_BootCapabilities = defineClass({
  name: 'AMT_BootCapabilities',
  properties: {
    AMTSecureBootControl: boolean,
    BIOSPause: boolean,
    BIOSReflash: boolean,
    BIOSSecureBoot: boolean,
    BIOSSetup: boolean,
    ConfigurationDataReset: boolean,
    ElementName: string,
    ForceCDorDVDBoot: boolean,
    ForceDiagnosticBoot: boolean,
    ForceHardDriveBoot: boolean,
    ForceHardDriveSafeModeBoot: boolean,
    ForcePXEBoot: boolean,
    ForceUEFIHTTPSBoot: boolean,
    ForceUEFILocalPBABoot: boolean,
    ForceWinREBoot: boolean,
    ForcedProgressEvents: boolean,
    IDER: boolean,
    InstanceID: string,
    KeyboardLock: boolean,
    /** Bit mask of what remote platform erase can erase; bit 0 says that there is one. 16 and later. */
    PlatformErase: uint32,
    PowerButtonLock: boolean,
    ResetButtonLock: boolean,
    SOL: boolean,
    SecureErase: boolean,
    SleepButtonLock: boolean,
    UEFIWiFiCoExistenceAndProfileShare: boolean,
    UserPasswordBypass: boolean,
    VerbosityQuiet: boolean,
    VerbosityScreenBlank: boolean,
    VerbosityVerbose: boolean,
  },
});
