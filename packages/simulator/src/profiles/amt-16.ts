/** Intel AMT 16.1 of 2022: TLS only over the network, One-Click Recovery. */
import type { Properties } from '../values.ts';
import { amt12 } from './amt-12.ts';
import type { Profile } from './profile.ts';

const source = (id: string, more: Properties = {}): Properties => ({
  ...more,
  ElementName: 'Intel(r) AMT: Boot Source',
  FailThroughSupported: 2,
  InstanceID: `Intel(r) AMT: ${id}`,
});

const disk = 'PciRoot(0x0)/Pci(0x17,0x0)/Sata(0x0,0xFFFF,0x0)/HD(1,GPT,A3C5B1F0-0000-4000-8000-00005E005301)';

/** 16.1, on Raptor Lake. */
export const amt16: Profile = {
  ...amt12,
  name: 'amt-16',
  version: '16.1.25',
  build: '2124',
  tls: {
    min: 'TLSv1.2',
    max: 'TLSv1.2',
    // Static RSA besides: consoles of the field offer nothing else below TLS 1.3.
    ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-GCM-SHA256',
  },
  plain: false,
  recovery: ['https', 'winre', 'pba'],
  absent: [],
  changes: {
    AMT_BootCapabilities: {
      AMTSecureBootControl: true,
      ForceUEFIHTTPSBoot: true,
      ForceUEFILocalPBABoot: true,
      ForceWinREBoot: true,
      PlatformErase: 0,
    },
    AMT_BootSettingData: {
      SecureBootControlEnabled: true,
      UEFIHTTPSBootEnabled: true,
      UEFILocalPBABootEnabled: true,
      WinREBootEnabled: true,
    },
    // Observed (16): shades of grey, scaling down by itself above full HD, compression on request.
    IPS_KVMRedirectionSettingData: {
      DoubleBufferActive: false,
      DoubleBufferEnabled: true,
      GrayscalePixelFormatSupported: true,
      InitialDecimationModeForLowRes: 2,
      ZlibControlSupported: true,
    },
    // 32769: One-Click Recovery on, remote erase off.
    CIM_BootService: { EnabledState: 32769 },
  },
  instances: {
    AMT_TLSSettingData: [
      {
        AcceptNonSecureConnections: false,
        ElementName: 'Intel(r) AMT 802.3 TLS Settings',
        Enabled: true,
        InstanceID: 'Intel(r) AMT 802.3 TLS Settings',
        MutualAuthentication: false,
        NonSecureConnectionsSupported: false,
      },
      {
        AcceptNonSecureConnections: false,
        ElementName: 'Intel(r) AMT LMS TLS Settings',
        Enabled: true,
        InstanceID: 'Intel(r) AMT LMS TLS Settings',
        MutualAuthentication: false,
        NonSecureConnectionsSupported: true,
      },
    ],
    CIM_BootSourceSetting: [
      source('Force Hard-drive Boot', { StructuredBootString: 'CIM:Hard-Disk:1' }),
      source('Force PXE Boot', { StructuredBootString: 'CIM:Network:1' }),
      source('Force CD/DVD Boot', { StructuredBootString: 'CIM:CD/DVD:1' }),
      source('Force OCR UEFI HTTPS Boot'),
      source('Force OCR UEFI Boot Option 1', {
        BIOSBootString: 'WinRe',
        BootString: `${disk}/\\EFI\\Microsoft\\Boot\\WinRe.efi`,
      }),
      source('Force OCR UEFI Boot Option 2', { BIOSBootString: 'PBA', BootString: `${disk}/\\EFI\\PBA\\pba.efi` }),
    ],
  },
  quirks: {
    ...amt12.quirks,
    serverHeader: 'full4',
    // Seen from 14 or 15 on. UNCERTAIN.
    qop: ['auth-int', 'auth'],
    kvmExtensions: true,
    // Observed (16.1.30).
    port5900: false,
  },
};
