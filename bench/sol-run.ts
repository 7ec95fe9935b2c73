/** The runs of the serial benchmark, in one network. Prints what was measured as JSON. */
import { askChild, endChild, nextMessage, startChild } from './children.ts';
import type { Way } from './redirection-work.ts';
import type { SerialResult } from './sol-work.ts';

/** One client. */
export interface SolRun {
  readonly client: string;
  readonly way: Way;
  /** From a key typed to its echo. */
  readonly keyMs: number;
  readonly mibPerSecond: number;
  readonly cpuMsPerMib: number;
}

const MIB = 1024 * 1024;
const OUTPUT = 32 * MIB;
const CHARACTERS = 50;
const RUNS = 3;

const best = new Map<string, SolRun>();
for (const way of ['plain', 'tls'] as const) {
  for (let i = 0; i < RUNS; i++) {
    for (const [client, file] of [
      ['amtkit', 'sol-ours.ts'],
      ['bare socket', 'sol-floor.ts'],
    ] as const) {
      const now = await measure(client, file, way);
      const before = best.get(client + way);
      best.set(client + way, {
        ...now,
        keyMs: Math.min(now.keyMs, before?.keyMs ?? now.keyMs),
        mibPerSecond: Math.max(now.mibPerSecond, before?.mibPerSecond ?? 0),
        cpuMsPerMib: Math.min(now.cpuMsPerMib, before?.cpuMsPerMib ?? now.cpuMsPerMib),
      });
    }
  }
}
process.stdout.write(JSON.stringify([...best.values()]));

async function measure(client: string, file: string, way: Way): Promise<SolRun> {
  const pc = startChild('redirection-machine.ts', []);
  const child = startChild(file, [JSON.stringify(await nextMessage(pc)), way]);
  try {
    await nextMessage(child);
    await askChild<SerialResult>(child, { do: 'type', characters: 5 });
    const typed = await askChild<SerialResult>(child, { do: 'type', characters: CHARACTERS });
    await askChild(child, { do: 'receive', bytes: OUTPUT });
    const received = nextMessage<SerialResult>(child);
    await askChild(pc, { do: 'write-serial', bytes: OUTPUT });
    const { ms, cpuMs } = await received;
    const mib = OUTPUT / MIB;
    return { client, way, keyMs: typed.ms / CHARACTERS, mibPerSecond: mib / (ms / 1000), cpuMsPerMib: cpuMs / mib };
  } finally {
    await endChild(child);
    await endChild(pc);
  }
}
