/** What every client of the WS-Man benchmark does, and how it is measured. */

/** The demonstration password of the virtual PC. */
export const password = 'P@ssw0rd1';

/** Classes of which there is one instance, short ones and long ones: read in turn. One round trip each. */
export const SINGLES = [
  'AMT_GeneralSettings',
  'AMT_BootSettingData',
  'AMT_RedirectionService',
  'CIM_ComputerSystemPackage',
] as const;

/** A class of which there are many: Enumerate and one Pull, where a firmware has them all in one reply. */
export const MANY = 'CIM_SoftwareIdentity';

/** What one client process reports. */
export interface WsmanRun {
  readonly calls: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** How the client reads, each resolving when the reply is decoded. */
export interface WsmanReader {
  get(name: (typeof SINGLES)[number]): Promise<unknown>;
  /** Resolves to the number of instances. */
  enumerate(): Promise<number>;
}

const WARM_UP = 2_000;
const ROUNDS = 1_500;

/** Reads until the machinery is warm, tells the parent and waits for its word, then reads on and reports. */
export async function work(reader: WsmanReader): Promise<void> {
  await rounds(reader, WARM_UP);
  await word('warm');
  const cpu = process.cpuUsage();
  const start = performance.now();
  const calls = await rounds(reader, ROUNDS);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const run: WsmanRun = {
    calls,
    ms,
    cpuMs: (user + system) / 1000,
    rssMb: process.resourceUsage().maxRSS / 1024,
  };
  process.send?.({ run });
}

/** Each round reads every single once and, every fifth time, the many. Returns the number of calls. */
async function rounds(reader: WsmanReader, count: number): Promise<number> {
  let calls = 0;
  for (let round = 0; round < count; round++) {
    for (const name of SINGLES) {
      if ((await reader.get(name)) === undefined) throw new Error(`${name} was not read.`);
      calls++;
    }
    if (round % 5 !== 0) continue;
    if ((await reader.enumerate()) < 5) throw new Error(`${MANY} was not read.`);
    // Two requests of a firmware: Enumerate and Pull.
    calls += 2;
  }
  return calls;
}

function word(state: string): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', () => resolve());
    process.send?.({ state });
  });
}
