/**
 * The blob of `AMT_BootSettingData.UefiBootParametersArray`: items of One-Click Recovery, one after the other.
 * Each is vendor (u16), type (u16), length (u32) and value, little-endian. [AMT: One Click Recovery]
 */

/** One item; numbers and types are Intel's. */
export type BootParameter =
  /** Where the image is, ASCII, at most 300 bytes. */
  | { readonly type: 'OCR_EFI_NETWORK_DEVICE_PATH'; readonly value: string }
  /** UEFI path of a local loader, at most 300 bytes. */
  | { readonly type: 'OCR_EFI_FILE_DEVICE_PATH'; readonly value: Uint8Array }
  | { readonly type: 'OCR_EFI_DEVICE_PATH_LEN'; readonly value: number }
  /** Judge the server by the roots in the firmware's own store. */
  | { readonly type: 'OCR_HTTPS_CERT_SYNC_ROOT_CA'; readonly value: boolean };

const INTEL = 0x8086;

const types: Record<BootParameter['type'], number> = {
  OCR_EFI_NETWORK_DEVICE_PATH: 1,
  OCR_EFI_FILE_DEVICE_PATH: 2,
  OCR_EFI_DEVICE_PATH_LEN: 3,
  OCR_HTTPS_CERT_SYNC_ROOT_CA: 20,
};

/** All items as bytes. @throws TypeError for a path longer than firmware takes */
export function encodeBootParameters(parameters: readonly BootParameter[]): Uint8Array {
  const parts = parameters.map((parameter) => {
    const value = bytesOf(parameter);
    if (value.length > 300) throw new TypeError(`${parameter.type} may have 300 bytes, not ${value.length}.`);
    const item = new Uint8Array(8 + value.length);
    const view = new DataView(item.buffer);
    view.setUint16(0, INTEL, true);
    view.setUint16(2, types[parameter.type], true);
    view.setUint32(4, value.length, true);
    item.set(value, 8);
    return item;
  });
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function bytesOf(parameter: BootParameter): Uint8Array {
  switch (parameter.type) {
    case 'OCR_EFI_NETWORK_DEVICE_PATH':
      return new TextEncoder().encode(parameter.value);
    case 'OCR_EFI_FILE_DEVICE_PATH':
      return parameter.value;
    case 'OCR_EFI_DEVICE_PATH_LEN':
      return Uint8Array.of(parameter.value & 0xff, parameter.value >> 8);
    case 'OCR_HTTPS_CERT_SYNC_ROOT_CA':
      return Uint8Array.of(parameter.value ? 1 : 0);
  }
}
