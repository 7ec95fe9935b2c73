import { describe, expect, it } from 'vitest';
import { fromHex } from '../../bytes/hex.ts';
import { decoderOf, encodeText } from './encoding.ts';

describe('Code page 437', () => {
  it('draws the frame of a BIOS menu', () => {
    // ╔══╗ ║ ░▒▓ ►▲▼ é and a bell, which stays a bell.
    const bytes = fromHex('c9cdcdbb20ba20b0b1b220101e1f208207');
    expect(decoderOf('cp437')(bytes)).toBe('╔══╗ ║ ░▒▓ ►▲▼ é\u0007');
  });

  it('gives every character back as the byte it came from', () => {
    const high = Uint8Array.from({ length: 128 }, (_, i) => i + 128);
    expect(encodeText(decoderOf('cp437')(high), 'cp437')).toEqual(high);
  });

  it('has a question mark for what it lacks', () => {
    expect(Buffer.from(encodeText('5 €', 'cp437')).toString()).toBe('5 ?');
  });
});

describe('UTF-8', () => {
  it('waits for the rest of a character', () => {
    const decode = decoderOf('utf8');
    const [first = '', second = ''] = [decode(fromHex('c3')), decode(fromHex('a9'))];
    expect([first, second]).toEqual(['', 'é']);
  });
});
