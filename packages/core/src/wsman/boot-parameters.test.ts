import { expect, it } from 'vitest';
import { encodeBootParameters } from './boot-parameters.ts';

const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ');

it('writes vendor, type and length little-endian before each value', () => {
  const bytes = encodeBootParameters([
    { type: 'OCR_EFI_NETWORK_DEVICE_PATH', value: 'https://a' },
    { type: 'OCR_HTTPS_CERT_SYNC_ROOT_CA', value: true },
    { type: 'OCR_EFI_DEVICE_PATH_LEN', value: 0x0102 },
  ]);
  expect(hex(bytes)).toBe(
    '86 80 01 00 09 00 00 00 68 74 74 70 73 3a 2f 2f 61 86 80 14 00 01 00 00 00 01 86 80 03 00 02 00 00 00 02 01',
  );
});

it('refuses a path that firmware would cut off', () => {
  expect(() => encodeBootParameters([{ type: 'OCR_EFI_NETWORK_DEVICE_PATH', value: 'x'.repeat(301) }])).toThrow(
    'may have 300 bytes, not 301',
  );
});
