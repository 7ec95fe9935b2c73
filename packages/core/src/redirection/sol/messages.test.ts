import { describe, expect, it } from 'vitest';
import { Reader } from '../../bytes/reader.ts';
import { ProtocolError } from '../../errors.ts';
import { hex } from '../../testing/recording.ts';
import { type SolMessage, solMessages } from './messages.ts';

const header = (sequence: number, status = 0) => ({ status, sequence });

/** Bytes with their origin. [SOL §1] */
const cases: readonly [origin: string, bytes: Uint8Array, message: SolMessage][] = [
  [
    'MeshCommander, open the port',
    hex`20 00 00 00 01 00 00 00 10 27 64 00 00 00 10 27 64 00 00 00 00 00 00 00`,
    {
      type: 'StartSolRedirection',
      ...header(1),
      maxTxBuffer: 10_000,
      txTimeoutMs: 100,
      txOverflowTimeoutMs: 0,
      rxTimeoutMs: 10_000,
      rxFlushTimeoutMs: 100,
      heartbeatMs: 0,
    },
  ],
  [
    'amtterm 1.7, open the port',
    hex`20 00 00 00 00 00 00 00 e8 03 64 00 00 00 10 27 00 00 88 13 00 00 00 00`,
    {
      type: 'StartSolRedirection',
      ...header(0),
      maxTxBuffer: 1000,
      txTimeoutMs: 100,
      txOverflowTimeoutMs: 0,
      rxTimeoutMs: 10_000,
      rxFlushTimeoutMs: 0,
      heartbeatMs: 5000,
    },
  ],
  [
    'a scripted firmware, the port is open',
    hex`21 00 00 00 01 00 00 00 01 00 0c 00 00 01 00 00 00 00 57 01 00 00 00`,
    {
      type: 'StartSolRedirectionReply',
      ...header(1),
      protocolMajor: 1,
      protocolMinor: 0,
      firmwareMajor: 12,
      firmwareMinor: 0,
      receiveBuffer: 256,
      enterprise: 343,
    },
  ],
  ['amtterm 1.7, goodbye', hex`22 00 00 00 00 00 00 00`, { type: 'EndSolRedirection', ...header(0) }],
  ['a scripted firmware, goodbye', hex`23 00 00 00 05 00 00 00`, { type: 'EndSolRedirectionReply', ...header(5) }],
  ['nobody in the field, a ping', hex`24 00 00 00 07 00 00 00`, { type: 'SolKeepAlivePing', ...header(7) }],
  ['nobody in the field, a pong', hex`25 00 00 00 07 00 00 00`, { type: 'SolKeepAlivePong', ...header(7) }],
  [
    'MeshCommander, clear what was latched',
    hex`27 00 00 00 02 00 00 00 00 00 1b 00 00 00`,
    { type: 'SolControlsToHost', ...header(2), control: 0, controlMask: 0, clearState: 0x1b },
  ],
  [
    'amtterm 1.7, ls and Enter',
    hex`28 00 00 00 00 00 00 00 03 00 6c 73 0d`,
    { type: 'SolDataToHost', ...header(0), data: hex`6c 73 0d` },
  ],
  [
    'a scripted firmware, RTS, DTR and power',
    hex`29 00 00 00 02 00 00 00 03 04`,
    { type: 'SolControlsFromHost', ...header(2), control: 3, state: 4 },
  ],
  [
    'a scripted firmware, login',
    hex`2a 00 00 00 03 00 00 00 07 00 6c 6f 67 69 6e 3a 20`,
    { type: 'SolDataFromHost', ...header(3), data: hex`6c 6f 67 69 6e 3a 20` },
  ],
  [
    'nothing to tell',
    hex`2a 00 00 00 ff ff ff ff 00 00`,
    { type: 'SolDataFromHost', ...header(0xffffffff), data: hex`` },
  ],
  ['MeshCommander, still here', hex`2b 00 00 00 05 00 00 00`, { type: 'SolHeartbeat', ...header(5) }],
];

describe('A message of the serial port', () => {
  it.each(cases)('of %s is read and written', (_origin, bytes, message) => {
    expect(solMessages.encode(message)).toEqual(bytes);
    const reader = new Reader(hex`${bytes} ee`);
    expect(solMessages.decode(reader)).toEqual(message);
    expect(reader.remaining).toBe(1);
  });

  it.each(cases)('of %s is waited for until it is whole', (_origin, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      const reader = new Reader(bytes.subarray(0, length));
      expect(solMessages.decode(reader)).toBeUndefined();
      expect(reader.offset).toBe(0);
    }
  });

  it('is none with a number nobody knows', () => {
    for (const number of [0x1f, 0x26, 0x2c, 0xff]) {
      expect(() => solMessages.decode(new Reader(hex`${number} 00 00 00 00 00 00 00`))).toThrow(ProtocolError);
    }
  });

  it('holds as many bytes as its length can say', () => {
    const data = new Uint8Array(0xffff).fill(0x2a);
    const message: SolMessage = { type: 'SolDataFromHost', ...header(1), data };
    expect(solMessages.decode(new Reader(solMessages.encode(message)))).toEqual(message);
    expect(() => solMessages.encode({ ...message, data: new Uint8Array(0x10000) })).toThrow(TypeError);
  });
});
