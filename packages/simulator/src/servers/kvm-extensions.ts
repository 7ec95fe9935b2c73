/**
 * What Intel hides in clipboards: commands for the firmware, and a channel to a program on the PC. [REDIR §KVM 8, 9]
 */
import { DECIMATIONS, type Decimation } from './kvm-view.ts';

/** What the commands act on. */
export interface KvmSwitches {
  decimation: Decimation;
  readonly halved: boolean;
  deflating: boolean;
}

const COMMAND = nulled('KvmExtCmd');
const CHANNEL = nulled('KvmDataChannel').subarray(0, -1);

const Command = { getDecimation: 1, setDecimation: 2, getCompression: 3, setCompression: 4 } as const;

/** Result of a command that was carried out, and of one that was not. UNCERTAIN. */
const Result = { done: 0, refused: 1 } as const;

/** The reply to a clipboard that is a command; none where it is another text, or nonsense. */
export function obey(text: Uint8Array, switches: KvmSwitches): Uint8Array | undefined {
  if (!startsWith(text, COMMAND)) return undefined;
  const [command, value] = text.subarray(COMMAND.length);
  switch (command) {
    case Command.getDecimation: {
      const mode = DECIMATIONS.indexOf(switches.decimation) + 1;
      return reply(command, mode, switches.halved ? 1 : 0);
    }
    case Command.setDecimation: {
      const mode = DECIMATIONS[(value ?? 0) - 1];
      if (mode === undefined) return reply(command, Result.refused);
      switches.decimation = mode;
      return reply(command, Result.done);
    }
    case Command.getCompression:
      return reply(command, switches.deflating ? 1 : 0);
    case Command.setCompression:
      if (value !== 0 && value !== 1) return reply(command, Result.refused);
      switches.deflating = value === 1;
      return reply(command, Result.done);
    default:
      return undefined;
  }
}

/** The payload of a clipboard that is data for the PC. */
export function dataIn(text: Uint8Array): Uint8Array | undefined {
  return startsWith(text, CHANNEL) && text.length > CHANNEL.length ? text.subarray(CHANNEL.length + 1) : undefined;
}

/** A clipboard with no data. @param acknowledges whether it lets the console send its next message */
export function emptyData(acknowledges: boolean): Uint8Array {
  return Uint8Array.of(...CHANNEL, acknowledges ? 1 : 0);
}

function reply(command: number, ...values: readonly number[]): Uint8Array {
  return Uint8Array.of(...COMMAND, command, ...values);
}

/** A name between two zeros. */
function nulled(name: string): Uint8Array {
  return Uint8Array.of(0, ...new TextEncoder().encode(name), 0);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}
