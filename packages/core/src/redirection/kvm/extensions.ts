/**
 * Intel's extensions of RFB, in the envelope of cut texts: commands of AMT 16 and later, and a channel for data between
 * a console and a program on the machine. [REDIR §KVM 8, 9] Older firmware takes them for a clipboard and ignores them.
 */
import { fromHex } from '../../bytes/hex.ts';

/** Scaling down by two where the screen is too large: off, for screens above full HD, for all. */
export type Decimation = 'off' | 'auto' | 'on';

const COMMAND = fromHex('00 4b 76 6d 45 78 74 43 6d 64 00'); // 'KvmExtCmd'
const CHANNEL = fromHex('00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c'); // 'KvmDataChannel'

const DECIMATION: readonly Decimation[] = ['off', 'auto', 'on'];

/** A command, as a console sends it. What is set is best asked for afterwards: the result of setting is UNCERTAIN. */
export type ExtensionCommand =
  | { readonly name: 'getDecimation' | 'getCompression' }
  | { readonly name: 'setDecimation'; readonly mode: Decimation }
  | { readonly name: 'setCompression'; readonly on: boolean };

/** Text of a ClientCutText with a command. */
export function commandText(command: ExtensionCommand): Uint8Array {
  switch (command.name) {
    case 'getDecimation':
      return Uint8Array.of(...COMMAND, 1);
    case 'setDecimation':
      return Uint8Array.of(...COMMAND, 2, DECIMATION.indexOf(command.mode) + 1);
    case 'getCompression':
      return Uint8Array.of(...COMMAND, 3);
    case 'setCompression':
      return Uint8Array.of(...COMMAND, 4, command.on ? 1 : 0);
  }
}

/** Text of a cut text with data. Consoles leave `acknowledged` out. */
export function dataText(payload: Uint8Array): Uint8Array {
  const text = new Uint8Array(CHANNEL.length + 1 + payload.length);
  text.set(CHANNEL);
  text.set(payload, CHANNEL.length + 1);
  return text;
}

/** What a ServerCutText holds. */
export type CutText =
  | { readonly type: 'decimation'; readonly mode: Decimation; readonly active: boolean }
  | { readonly type: 'compression'; readonly on: boolean }
  /** How setting went; what the numbers mean is UNCERTAIN. */
  | { readonly type: 'result'; readonly of: 'decimation' | 'compression'; readonly value: number }
  /** `acknowledged`: the next message may be sent. An empty one comes first of all. */
  | { readonly type: 'data'; readonly payload: Uint8Array; readonly acknowledged: boolean }
  | { readonly type: 'clipboard'; readonly text: string };

/** Takes the text of a ServerCutText apart. What is none of Intel's is a clipboard, Latin-1. */
export function parseCutText(text: Uint8Array): CutText {
  if (startsWith(text, CHANNEL) && text.length > CHANNEL.length) {
    const payload = text.slice(CHANNEL.length + 1);
    return { type: 'data', payload, acknowledged: text[CHANNEL.length] !== 0 };
  }
  const reply = startsWith(text, COMMAND) ? parseReply(text.subarray(COMMAND.length)) : undefined;
  return reply ?? { type: 'clipboard', text: Array.from(text, (byte) => String.fromCharCode(byte)).join('') };
}

function parseReply(reply: Uint8Array): CutText | undefined {
  const [command, value, state] = [reply[0], reply[1], reply[2]];
  if (value === undefined) return undefined;
  const mode = DECIMATION[value - 1];
  if (command === 1 && mode !== undefined) return { type: 'decimation', mode, active: state === 1 };
  if (command === 2) return { type: 'result', of: 'decimation', value };
  if (command === 3) return { type: 'compression', on: value === 1 };
  return command === 4 ? { type: 'result', of: 'compression', value } : undefined;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}
