import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as entry from './index.ts';

/** What may be imported and called. Adding to it is a promise; taking from it breaks somebody. */
const VALUES = [
  'AmtError',
  'AuthenticationFailed',
  'Cancelled',
  'ConnectFailed',
  'ConsentRequired',
  'Framebuffer',
  'ImageFailed',
  'InvalidBook',
  'InvalidRange',
  'KEY_NAMES',
  'MAX_ADDRESSES',
  'MethodFailed',
  'NotSupported',
  'PointerButton',
  'ProtocolError',
  'RedirectionRefused',
  'Refused',
  'TimedOut',
  'Untrusted',
  'Vetoed',
  'WsmanFault',
  'connect',
  'discover',
  'fileImage',
  'formatAddress',
  'httpImage',
  'keyboardLayouts',
  'memoryImage',
  'openImage',
  'overlayImage',
  'parseAddress',
  'parseRange',
  'pressKeys',
  'screenshot',
  'typeText',
];

/** What may be imported as a type. */
const TYPES = [
  'AddressSet',
  'AddressSettings',
  'AmtErrorOptions',
  'AskCode',
  'AuditLog',
  'AuditLogEntry',
  'BlockSource',
  'Boot',
  'BootOptions',
  'BootTarget',
  'ByteStream',
  'CallOptions',
  'Clock',
  'ConnectOptions',
  'Consent',
  'ConsentInfo',
  'ConsentPolicy',
  'ConsentState',
  'Decimation',
  'Dial',
  'DialTarget',
  'DialTls',
  'DiscoverOptions',
  'DiscoverProgress',
  'DiscoveredMachine',
  'EventLog',
  'EventLogEntry',
  'FeatureState',
  'Features',
  'FileImageOptions',
  'FirmwareInfo',
  'General',
  'GeneralInfo',
  'Hardware',
  'HostTarget',
  'HttpImageOptions',
  'Identity',
  'ImageOptions',
  'Inventory',
  'Key',
  'KeyCode',
  'KeyboardLayout',
  'KeyboardLayoutName',
  'Machine',
  'MediaEvent',
  'MediaSession',
  'MediaStart',
  'MediaStatistics',
  'MediaUnit',
  'MountOptions',
  'NameResolver',
  'Network',
  'NetworkPort',
  'OverlayOptions',
  'PixelFormatName',
  'Power',
  'PowerAction',
  'PowerOptions',
  'PowerState',
  'PresentedCertificate',
  'Product',
  'RangeOptions',
  'RawRequest',
  'ReadOptions',
  'RoundTrip',
  'ScreenOptions',
  'ScreenSession',
  'ScreenUpdate',
  'ScreenshotOptions',
  'SerialControls',
  'SerialOptions',
  'SerialSession',
  'Span',
  'TypeOptions',
  'UserAccount',
  'Users',
  'WsmanClient',
];

describe('The entry for one machine', () => {
  it('offers these values and no others', () => {
    expect(Object.keys(entry).sort()).toEqual(VALUES);
  });

  it('offers these types and no others', () => {
    const source = readFileSync(new URL('./index.ts', import.meta.url), 'utf8');
    const exported = [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, allTypes, names = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && (allTypes !== undefined || name.startsWith('type ')))
        .map((name) => name.replace(/^type /, '')),
    );
    expect(exported.sort()).toEqual(TYPES);
  });
});
