import { describe, expect, test } from 'vitest';
import { fromHex } from '../../bytes/hex.ts';
import { Reader } from '../../bytes/reader.ts';
import { type IderMessage, iderMessages } from './messages.ts';

const head = { status: 0, attributes: 0, sequence: 0 };

// The bytes of [IDER §2], [IDER §4] and of the boot in [IDER §11]; the last two with their data cut off.
const cases: readonly { what: string; hex: string; message: IderMessage }[] = [
  {
    what: 'the open message of consoles in the field',
    hex: '40 00 00 00 00 00 00 00 30 75 00 00 20 4E 01 00 00 00',
    message: { type: 'OpenSession', ...head, rxTimeoutMs: 30000, txTimeoutMs: 0, heartbeatMs: 20000, version: 1 },
  },
  {
    what: 'its answer, with buffers of 8192 bytes',
    hex: '41 00 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 00 20 00 20 00 00 00 00 00 57 01 00 00 00',
    message: {
      type: 'OpenSessionReply',
      ...head,
      protocolMajor: 1,
      protocolMinor: 0,
      firmwareMajor: 12,
      firmwareMinor: 0,
      readBuffer: 8192,
      writeBuffer: 8192,
      features: 0,
      enterprise: 343,
      oem: new Uint8Array(0),
    },
  },
  {
    what: 'an answer with a status, odd buffers and OEM data',
    hex: '41 05 00 00 00 00 00 00 01 00 0B 08 00 00 00 00 FE 1F 00 02 00 01 00 00 00 57 01 00 00 02 AA BB',
    message: {
      type: 'OpenSessionReply',
      ...head,
      status: 5,
      protocolMajor: 1,
      protocolMinor: 0,
      firmwareMajor: 11,
      firmwareMinor: 8,
      readBuffer: 8190,
      writeBuffer: 512,
      features: 1,
      enterprise: 343,
      oem: Uint8Array.of(0xaa, 0xbb),
    },
  },
  { what: 'close', hex: '42 00 00 00 13 00 00 00', message: { type: 'CloseSession', ...head, sequence: 0x13 } },
  { what: 'closed', hex: '43 00 00 00 12 00 00 00', message: { type: 'CloseSessionReply', ...head, sequence: 0x12 } },
  { what: 'a ping', hex: '44 00 00 00 11 00 00 00', message: { type: 'IderKeepAlivePing', ...head, sequence: 0x11 } },
  { what: 'a pong', hex: '45 00 00 00 12 00 00 00', message: { type: 'IderKeepAlivePong', ...head, sequence: 0x12 } },
  {
    what: 'a bus reset of the host',
    hex: '46 00 00 00 0F 00 00 00 01',
    message: { type: 'ResetOccurred', ...head, sequence: 15, mask: 1 },
  },
  {
    what: 'its answer',
    hex: '47 00 00 00 11 00 00 00',
    message: { type: 'ResetOccurredResponse', ...head, sequence: 0x11 },
  },
  {
    what: 'the drives wanted at the next start',
    hex: '48 00 00 00 01 00 00 00 03 09 00 00 00',
    message: { type: 'DisableEnableFeatures', ...head, sequence: 1, feature: 'SetState', value: 9 },
  },
  {
    what: 'that is done',
    hex: '49 00 00 00 01 00 00 00 03 01 00 00 00',
    message: { type: 'DisableEnableFeaturesReply', ...head, sequence: 1, feature: 'SetState', value: 1 },
  },
  {
    what: 'a feature nobody knows, and a value that fills its field',
    hex: '49 00 00 00 FF FF FF FF 07 FE FF FF FF',
    message: {
      type: 'DisableEnableFeaturesReply',
      ...head,
      sequence: 0xffffffff,
      feature: 7,
      value: 0xfffffffe,
    },
  },
  {
    what: 'an error of unknown meaning',
    hex: '4A 00 00 00 05 00 00 00 03 00 00',
    message: { type: 'ErrorOccurred', ...head, sequence: 5, code: 3 },
  },
  { what: 'a heartbeat', hex: '4B 00 00 00 10 00 00 00', message: { type: 'IderHeartbeat', ...head, sequence: 16 } },
  {
    what: 'READ(10) of ten blocks on the CD, with DMA',
    hex: '50 00 00 00 0D 00 00 00 00 01 00 00 FE FF B0 A0 28 00 00 00 00 10 00 00 0A 00 00 00',
    message: {
      type: 'CommandWritten',
      ...head,
      sequence: 13,
      feature: 1,
      byteCount: 0xfffe,
      device: 0xb0,
      ataCommand: 0xa0,
      cdb: fromHex('28 00 00 00 00 10 00 00 0A 00 00 00'),
    },
  },
  {
    what: 'a command that went well',
    hex: '51 00 00 02 0A 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 C5 00 03 00 00 00 B0 50 00 00 00',
    message: {
      type: 'CommandEndResponse',
      ...head,
      attributes: 2,
      sequence: 10,
      outputMask: 0xc5,
      outputError: 0,
      outputReason: 3,
      outputDevice: 0xb0,
      outputStatus: 0x50,
      senseKey: 0,
      asc: 0,
      ascq: 0,
    },
  },
  {
    what: 'a command that found no medium',
    hex: '51 00 00 02 04 03 02 01 00 00 00 00 00 00 00 00 00 00 00 00 87 20 03 00 00 00 A0 51 02 3A 00',
    message: {
      type: 'CommandEndResponse',
      ...head,
      attributes: 2,
      sequence: 0x01020304,
      outputMask: 0x87,
      outputError: 0x20,
      outputReason: 3,
      outputDevice: 0xa0,
      outputStatus: 0x51,
      senseKey: 2,
      asc: 0x3a,
      ascq: 0,
    },
  },
  {
    what: 'a request for 512 bytes of the host',
    hex: `52 00 00 00 12 00 00 00 00 00 02 00 B5 00 00 00 00 02 A0 58 ${'00 '.repeat(11)}`,
    message: {
      type: 'GetDataFromHost',
      ...head,
      sequence: 0x12,
      length: 512,
      inputMask: 0xb5,
      inputError: 0,
      inputReason: 0,
      inputByteCount: 512,
      inputDevice: 0xa0,
      inputStatus: 0x58,
    },
  },
  {
    what: 'the header of 512 bytes that the host writes',
    hex: '53 00 00 00 13 00 00 00 00 00 02 00 00 00',
    message: { type: 'IderDataFromHost', ...head, sequence: 0x13, length: 512 },
  },
  {
    what: 'the header of 3072 bytes for the host with DMA, as an older console noted it',
    hex: '54 00 00 03 71 00 00 00 00 00 0C 00 B4 00 02 00 00 00 A0 58 85 00 03 00 00 00 A0 50 00 00 00 00 00 00',
    message: {
      type: 'IderDataToHost',
      ...head,
      attributes: 3,
      sequence: 0x71,
      length: 3072,
      inputMask: 0xb4,
      inputError: 0,
      inputReason: 2,
      inputByteCount: 0,
      inputDevice: 0xa0,
      inputStatus: 0x58,
      outputMask: 0x85,
      outputError: 0,
      outputReason: 3,
      outputDevice: 0xa0,
      outputStatus: 0x50,
    },
  },
  {
    what: 'the same without DMA, where the byte count is told',
    hex: '54 00 00 02 26 00 00 00 00 00 0C 00 B5 00 02 00 00 0C A0 58 85 00 03 00 00 00 A0 50 00 00 00 00 00 00',
    message: {
      type: 'IderDataToHost',
      ...head,
      attributes: 2,
      sequence: 0x26,
      length: 3072,
      inputMask: 0xb5,
      inputError: 0,
      inputReason: 2,
      inputByteCount: 3072,
      inputDevice: 0xa0,
      inputStatus: 0x58,
      outputMask: 0x85,
      outputError: 0,
      outputReason: 3,
      outputDevice: 0xa0,
      outputStatus: 0x50,
    },
  },
  {
    what: 'the header of 8192 bytes that more will follow',
    hex: '54 00 00 01 0D 00 00 00 00 00 20 00 B4 00 02 00 00 00 B0 58 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
    message: {
      type: 'IderDataToHost',
      ...head,
      attributes: 1,
      sequence: 13,
      length: 8192,
      inputMask: 0xb4,
      inputError: 0,
      inputReason: 2,
      inputByteCount: 0,
      inputDevice: 0xb0,
      inputStatus: 0x58,
      outputMask: 0,
      outputError: 0,
      outputReason: 0,
      outputDevice: 0,
      outputStatus: 0,
    },
  },
];

describe('iderMessages', () => {
  test.each(cases)('writes $what', ({ hex, message }) => {
    expect(iderMessages.encode(message)).toEqual(fromHex(hex));
  });

  test.each(cases)('reads $what and stops behind it', ({ hex, message }) => {
    const reader = new Reader(Uint8Array.of(...fromHex(hex), 0x50));
    expect(iderMessages.decode(reader)).toEqual(message);
    expect(reader.rest()).toEqual(Uint8Array.of(0x50));
  });

  test.each(cases)('waits at every length short of $what', ({ hex }) => {
    const whole = fromHex(hex);
    for (let length = 0; length < whole.length; length++) {
      const reader = new Reader(whole.subarray(0, length));
      expect(iderMessages.decode(reader)).toBeUndefined();
      expect(reader.offset).toBe(0);
    }
  });

  test('reads the rest of a command of 32 bytes as the next header', () => {
    const reader = new Reader(
      fromHex('50 00 00 00 02 00 00 00 00 01 00 00 FE FF A0 A0 00 00 00 00 00 00 00 00 00 00 00 00 4B 00 00 00'),
    );
    expect(iderMessages.decode(reader)).toMatchObject({ type: 'CommandWritten', device: 0xa0 });
    expect(iderMessages.decode(reader)).toBeUndefined();
    expect(reader.rest()).toEqual(fromHex('4B 00 00 00'));
  });

  test('ignores what stands in fields that mean nothing', () => {
    const noisy = fromHex('53 00 AA 00 13 00 00 00 BB 04 00 CC DD EE');
    expect(iderMessages.decode(new Reader(noisy))).toEqual({
      type: 'IderDataFromHost',
      ...head,
      sequence: 0x13,
      length: 4,
    });
  });

  test.each(['10 00 00 00 49 44 45 52', '4C 00 00 00 00 00 00 00', '00', 'FF FF FF FF'])(
    'refuses %s by its number',
    (hex) => {
      expect(() => iderMessages.decode(new Reader(fromHex(hex)))).toThrow(
        `Message number 0x${hex.slice(0, 2).toLowerCase()}`,
      );
    },
  );
});
