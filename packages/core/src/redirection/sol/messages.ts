/**
 * Messages of Serial-over-LAN, from the log-in on. [SOL §1] Integers are little-endian. Each direction counts its
 * messages in `sequence`; nobody checks the numbers.
 */
import { prefixed, reserved, u8, u16le, u32le } from '../../bytes/fields.ts';
import { type MessageOf, messages } from '../../bytes/layout.ts';

const header = { status: u8, _reserved: reserved(2), sequence: u32le };

/** Bits of `control` in ControlsFromHost: lines of the serial port. [SOL §1.5] */
export const SolControl = { RTS: 1, DTR: 2, BREAK: 4 } as const;

/** Bits of `state` in ControlsFromHost. [SOL §1.5] */
export const SolState = { txOverflow: 1, loopback: 2, systemPower: 4, rxFlushTimeout: 8, testMode: 16 } as const;

/** All of them. `status` of the header means something in the two replies only. */
export const solMessages = messages({
  /** Console → firmware, 24 bytes. Times are milliseconds. [SOL §1.1] */
  StartSolRedirection: [
    0x20,
    {
      ...header,
      /** Bytes the firmware may collect before it sends them. */
      maxTxBuffer: u16le,
      /** A partly filled buffer is sent after this; 0: only a full one. */
      txTimeoutMs: u16le,
      /** A full buffer that nobody takes is waited for so long before bytes are dropped; 0: for ever. */
      txOverflowTimeoutMs: u16le,
      /** The firmware closes when it hears nothing for this long. */
      rxTimeoutMs: u16le,
      /** What the host does not read is dropped after this. */
      rxFlushTimeoutMs: u16le,
      /** The firmware sends SolHeartbeat this often; 0: never. */
      heartbeatMs: u16le,
      _end: reserved(4),
    },
  ],

  /**
   * Firmware → console, 23 bytes: consoles in the field cut exactly so many. What stands behind the header is read by
   * nobody and UNCERTAIN. [SOL §1.2]
   */
  StartSolRedirectionReply: [
    0x21,
    {
      ...header,
      protocolMajor: u8,
      protocolMinor: u8,
      firmwareMajor: u8,
      firmwareMinor: u8,
      receiveBuffer: u16le,
      _flags: reserved(4),
      enterprise: u32le,
      _oemLength: reserved(1),
    },
  ],

  /** Console → firmware, 8 bytes. */
  EndSolRedirection: [0x22, header],

  /** Firmware → console, 8 bytes. */
  EndSolRedirectionReply: [0x23, header],

  /** 8 bytes; no console in the field knows it. */
  SolKeepAlivePing: [0x24, header],

  /** 8 bytes, the answer to the ping. */
  SolKeepAlivePong: [0x25, header],

  /**
   * Console → firmware, 14 bytes. UNCERTAIN: lines of the serial port with their mask, and bits of `state` in
   * ControlsFromHost to clear. MeshCommander sends 0, 0, 0x1B once. [SOL §1.3]
   */
  SolControlsToHost: [0x27, { ...header, control: u8, controlMask: u8, clearState: u8, _end: reserved(3) }],

  /** Console → firmware, 10 bytes and what was typed. */
  SolDataToHost: [0x28, { ...header, data: prefixed(u16le) }],

  /** Firmware → console, 10 bytes: at the start, and when something changes. Bits of {@link SolControl}, {@link SolState}. */
  SolControlsFromHost: [0x29, { ...header, control: u8, state: u8 }],

  /** Firmware → console, 10 bytes and what the host wrote. */
  SolDataFromHost: [0x2a, { ...header, data: prefixed(u16le) }],

  /** Both ways, 8 bytes. A console may answer with the same eight bytes. */
  SolHeartbeat: [0x2b, header],
});

/** One of them. */
export type SolMessage = MessageOf<typeof solMessages>;
