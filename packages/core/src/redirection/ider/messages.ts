/**
 * Messages of storage redirection, IDE-R and since AMT 11 USB-R, from the log-in on. [IDER §1] Integers of the framing
 * are little-endian, those inside a command block big-endian. Each direction counts its own messages from 0.
 *
 * The data of IderDataToHost and IderDataFromHost stands behind their headers and is sliced, not read as a field:
 * `length` says how much of it there is.
 */
import { bytes, named, prefixed, reserved, u8, u16le, u32le } from '../../bytes/fields.ts';
import { type MessageOf, messages } from '../../bytes/layout.ts';

const header = { status: u8, _reserved: reserved(1), attributes: u8, sequence: u32le };

/** Bits of `attributes` in the header. [IDER §1] */
export const IderAttribute = { dma: 1, completed: 2 } as const;

/** The two drives of a session, as the device register names them; only bit 4 counts. [IDER §3] */
export const IderDevice = { floppy: 0xa0, cd: 0xb0 } as const;

/** What IderFeatures asks for. [IDER §2.3] */
export const IderFeature = { Supported: 1, State: 2, SetState: 3 } as const;

/** Values of SetState: bit 0 enables, bits 3 and 4 say when the drives appear. [IDER §2.3] */
export const IderStart = { onreboot: 0x09, graceful: 0x11, now: 0x19 } as const;

/** Bits of the register mask in the three answers to a command. [IDER §4.1] */
const registers = {
  mask: u8,
  error: u8,
  interruptReason: u8,
  sector: u8,
  byteCount: u16le,
  device: u8,
  registerStatus: u8,
};

const input = {
  inputMask: registers.mask,
  inputError: registers.error,
  inputReason: registers.interruptReason,
  _inputSector: reserved(1),
  inputByteCount: registers.byteCount,
  inputDevice: registers.device,
  inputStatus: registers.registerStatus,
};

const output = {
  outputMask: registers.mask,
  outputError: registers.error,
  outputReason: registers.interruptReason,
  _outputSector: reserved(1),
  _outputByteCount: reserved(2),
  outputDevice: registers.device,
  outputStatus: registers.registerStatus,
};

const sense = { senseKey: u8, asc: u8, ascq: u8 };

/** All of them. */
export const iderMessages = messages({
  /** Console → firmware, 18 bytes. Times are milliseconds. [IDER §2.1] */
  OpenSession: [
    0x40,
    {
      ...header,
      /** The firmware closes when it hears nothing for this long; 10,000 to 65,535. */
      rxTimeoutMs: u16le,
      txTimeoutMs: u16le,
      /** The firmware sends IderHeartbeat this often; 0: never. */
      heartbeatMs: u16le,
      version: u32le,
    },
  ],

  /** Firmware → console, 30 bytes and OEM data. Buffers above 8192 and a `features` other than 0 end consoles in the field. [IDER §2.2] */
  OpenSessionReply: [
    0x41,
    {
      ...header,
      protocolMajor: u8,
      protocolMinor: u8,
      firmwareMajor: u8,
      firmwareMinor: u8,
      _unknown: reserved(4),
      /** Most data in one IderDataToHost. */
      readBuffer: u16le,
      /** Most data in one IderDataFromHost. */
      writeBuffer: u16le,
      _unknown2: reserved(1),
      features: u8,
      _unknown3: reserved(3),
      enterprise: u32le,
      oem: prefixed(u8),
    },
  ],

  /** Console → firmware, 8 bytes. */
  CloseSession: [0x42, header],

  /** Firmware → console, 8 bytes: the answer, or a notice. */
  CloseSessionReply: [0x43, header],

  /** Both ways, 8 bytes. */
  IderKeepAlivePing: [0x44, header],

  /** Both ways, 8 bytes: the answer to the ping. */
  IderKeepAlivePong: [0x45, header],

  /** Firmware → console, 9 bytes: the host reset its bus. What the bits of `mask` mean is UNCERTAIN. [IDER §2.5] */
  ResetOccurred: [0x46, { ...header, mask: u8 }],

  /** Console → firmware, 8 bytes: whatever was under way is given up. */
  ResetOccurredResponse: [0x47, header],

  /**
   * Console → firmware. 13 bytes for SetState; the other two may leave the value out, which only their reader can
   * tell by what follows. [IDER §2.3]
   */
  DisableEnableFeatures: [0x48, { ...header, feature: named(u8, IderFeature), value: u32le }],

  /** Firmware → console, 13 bytes. To SetState, 1 is "done". */
  DisableEnableFeaturesReply: [0x49, { ...header, feature: named(u8, IderFeature), value: u32le }],

  /** Firmware → console, 11 bytes; meaning UNCERTAIN. */
  ErrorOccurred: [0x4a, { ...header, code: u8, _unknown: reserved(2) }],

  /** Both ways, 8 bytes. */
  IderHeartbeat: [0x4b, header],

  /** Firmware → console, 28 bytes: the host wrote a command. Bit 0 of `feature`: DMA. Bit 4 of `device`: the CD. [IDER §3] */
  CommandWritten: [
    0x50,
    {
      ...header,
      _cableSelect: reserved(1),
      feature: u8,
      _sectorCount: reserved(1),
      _sectorNumber: reserved(1),
      /** PIO: the most bytes the host takes at once. */
      byteCount: u16le,
      device: u8,
      /** 0xA0, PACKET, always. */
      ataCommand: u8,
      /** The command block, six and ten bytes padded with zeros. */
      cdb: bytes(12),
    },
  ],

  /** Console → firmware, 31 bytes: the command is done, without data or after what was written; or it failed. [IDER §4.3] */
  CommandEndResponse: [0x51, { ...header, _input: reserved(8), _gap: reserved(4), ...output, ...sense }],

  /** Console → firmware, 31 bytes: asks for `length` bytes that the host writes. [IDER §4.5] */
  GetDataFromHost: [
    0x52,
    {
      ...header,
      _gap: reserved(1),
      length: u16le,
      _gap2: reserved(1),
      ...input,
      _output: reserved(8),
      _sense: reserved(3),
    },
  ],

  /** Firmware → console, 14 bytes, then `length` bytes the host wrote. [IDER §4.6] */
  IderDataFromHost: [0x53, { ...header, _unknown: reserved(1), length: u16le, _unknown2: reserved(3) }],

  /** Console → firmware, 34 bytes, then `length` bytes the host reads. The last of a command is `completed`. [IDER §4.4] */
  IderDataToHost: [
    0x54,
    {
      ...header,
      _gap: reserved(1),
      length: u16le,
      _gap2: reserved(1),
      ...input,
      ...output,
      _sense: reserved(3),
      _end: reserved(3),
    },
  ],
});

/** One of them. */
export type IderMessage = MessageOf<typeof iderMessages>;
