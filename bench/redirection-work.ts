/** What the processes of the redirection benchmarks tell one another. */

/** Of the virtual PC. */
export const password = 'P@ssw0rd1';

/** What the virtual PCs are told to do; they answer when it is done. */
export type Order =
  | { readonly do: 'await-media' }
  /** Read so many bytes in commands of so many blocks. @default from the beginning */
  | { readonly do: 'read'; readonly blocks: number; readonly bytes: number; readonly from?: number }
  /** Write so many bytes to the serial port. */
  | { readonly do: 'write-serial'; readonly bytes: number };

/** What came of reading. */
export interface Reading {
  readonly ms: number;
  readonly commands: number;
  /** Blocks that did not begin with what they should. */
  readonly wrong: number;
}

/** Where it is and how to get in. */
export interface Door {
  readonly host: string;
  readonly ports: {
    readonly wsman: number;
    readonly wsmanTls: number;
    readonly redirection: number;
    readonly redirectionTls: number;
  };
}

/** The first of the doors that a process was given as JSON. */
export function firstDoor(doors: string): Door {
  const [door] = JSON.parse(doors) as readonly Door[];
  if (door === undefined) throw new Error('No virtual PC was named.');
  return door;
}

/** With TLS or without. */
export type Way = 'plain' | 'tls';

/** What a client used of the processor, and the memory it holds. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Tells the parent what this process has used so far whenever it asks, and ends with it. */
export function reportUsage(): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const usage: Usage = { cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 1e6 };
    process.send?.(usage);
  });
  process.on('disconnect', () => process.exit(0));
}
