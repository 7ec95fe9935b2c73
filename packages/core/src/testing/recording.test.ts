import { describe, expect, it } from 'vitest';
import { hex, oneByteAtATime, parseRecording, replay } from './recording.ts';

/** Answers each byte with the next number. */
function counting() {
  const outgoing: Uint8Array[] = [];
  return {
    say: (byte: number) => void outgoing.push(Uint8Array.of(byte)),
    receive(chunk: Uint8Array): number[] {
      for (const byte of chunk) outgoing.push(Uint8Array.of(byte + 1));
      return [...chunk];
    },
    receiveEnd: () => [],
    takeOutgoing: () => outgoing.splice(0),
  };
}

describe('hex', () => {
  it('writes bytes as they are read in a specification, with values between', () => {
    expect(hex`13 00 ${2} ${Uint8Array.of(3, 4)}05`).toEqual(Uint8Array.of(0x13, 0, 2, 3, 4, 5));
    expect(hex``).toEqual(new Uint8Array(0));
    expect(() => hex`1`).toThrow(TypeError);
  });
});

describe('A recording', () => {
  const text = '# Somebody spoke.\n> 01 02   # a remark\n  03\n\n< 02 03\r\n';

  it('is read line by line, without its remarks', () => {
    expect(parseRecording(text)).toEqual([
      { from: 'console', bytes: hex`01 02 03`, line: 2 },
      { from: 'firmware', bytes: hex`02 03`, line: 5 },
    ]);
  });

  it.each(['01 02', '  01', '= 01', '> 0', '> xx'])('has no line such as %s', (line) => {
    expect(() => parseRecording(line)).toThrow(TypeError);
  });

  it('is replayed whole or in pieces, for either side', () => {
    const said = parseRecording('< 01 02\n> 02 03\n< 09\n> 0a');
    expect(replay(counting(), said)).toEqual([1, 2, 9]);
    expect(replay(counting(), said, { cut: oneByteAtATime })).toEqual([1, 2, 9]);
    const other = parseRecording('> 01\n< 02');
    expect(replay(counting(), other, { as: 'firmware' })).toEqual([1]);
  });

  it('prompts who does not speak by himself', () => {
    const protocol = counting();
    const prompt = ([byte = 0]: Uint8Array) => protocol.say(byte);
    expect(replay(protocol, parseRecording('> 07\n< 01\n> 02 '), { prompt })).toEqual([1]);
  });

  it('says at which line something else was said, and by whom out of turn', () => {
    expect(() => replay(counting(), parseRecording('< 01\n> 03'))).toThrow('Line 2: expected 03, got 02.');
    expect(() => replay(counting(), parseRecording('> 03'))).toThrow('Line 1: expected 03, got no bytes.');
    expect(() => replay(counting(), parseRecording('< 01\n< 01'))).toThrow('Line 2: said 02 out of turn.');
  });
});
