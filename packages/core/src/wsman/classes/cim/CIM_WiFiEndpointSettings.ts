import { defineClass, named, octets, string, uint8, uint16 } from '../../class.ts';

/** How a wireless network lets in. [AMT: CIM_WiFiEndpointSettings.AuthenticationMethod] */
export const WiFiAuthenticationMethod = {
  Other: 1,
  'Open System': 2,
  'Shared Key': 3,
  'WPA PSK': 4,
  'WPA IEEE 802.1x': 5,
  'WPA2 PSK': 6,
  'WPA2 IEEE 802.1x': 7,
  'WPA3 SAE': 32768,
  'WPA3 OWE': 32769,
} as const;

/** How a wireless network encrypts. [AMT: CIM_WiFiEndpointSettings.EncryptionMethod] */
export const WiFiEncryptionMethod = { Other: 1, WEP: 2, TKIP: 3, CCMP: 4, None: 5 } as const;

/** Kind of a wireless network. [AMT: CIM_WiFiEndpointSettings.BSSType] */
export const BSSType = { Unknown: 0, Independent: 2, Infrastructure: 3 } as const;

/** A wireless profile. [AMT: CIM_WiFiEndpointSettings] */
export const CIM_WiFiEndpointSettings = defineClass({
  name: 'CIM_WiFiEndpointSettings',
  properties: {
    AuthenticationMethod: named(uint16, WiFiAuthenticationMethod),
    BSSType: named(uint16, BSSType),
    ElementName: string,
    EncryptionMethod: named(uint16, WiFiEncryptionMethod),
    InstanceID: string,
    /** Write-only, 8 to 63 characters. */
    PSKPassPhrase: string,
    /** Write-only. */
    PSKValue: octets,
    /** 1 to 16, each used once. */
    Priority: uint8,
    SSID: string,
  },
});
