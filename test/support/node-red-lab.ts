/** A Node-RED beside virtual PCs of a book, and the parts of flows that every test has. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulator, type Hardware, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { bookOf, type TestBook } from './book.ts';
import { type FlowNode, flow, global, NodeRed, type NodeRedVersion, tell } from './node-red.ts';
import { password } from './scenario.ts';

/** What a lab has. */
export interface LabOptions {
  /** PCs by name. @default one, `pc` */
  readonly pcs?: Readonly<Record<string, SimulatorOptions & { readonly hardware?: Hardware }>>;
  /** Images of the book by name. */
  readonly media?: Readonly<Record<string, Uint8Array>>;
  /** More of the book. */
  readonly book?: Readonly<Record<string, unknown>>;
}

/** A lab. */
export class Lab implements AsyncDisposable {
  readonly nodeRed: NodeRed;
  readonly pcs: Readonly<Record<string, Simulator>>;
  readonly book: TestBook;
  readonly folder: string;

  private constructor(nodeRed: NodeRed, pcs: Readonly<Record<string, Simulator>>, book: TestBook, folder: string) {
    this.nodeRed = nodeRed;
    this.pcs = pcs;
    this.book = book;
    this.folder = folder;
  }

  static async open(version: NodeRedVersion, { pcs = { pc: {} }, media = {}, book: more = {} }: LabOptions = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'amtkit-lab-'));
    const library: Record<string, { readonly path: string }> = {};
    for (const [name, bytes] of Object.entries(media)) {
      library[name] = { path: join(folder, `${name}.iso`) };
      await writeFile(join(folder, `${name}.iso`), bytes);
    }
    const made = await Promise.all(
      Object.entries(pcs).map(
        async ([name, options]) => [name, await createSimulator({ speed: 0, password, ...options })] as const,
      ),
    );
    const simulators = Object.fromEntries(made);
    const book = await bookOf(simulators, { media: library, ...more });
    const nodeRed = await NodeRed.start(version, { env: { AMTKIT_CONFIG: book.path } });
    return new Lab(nodeRed, simulators, book, folder);
  }

  /** Ports of a PC behind its address, as the dialog takes them. */
  address(name = 'pc'): string {
    const { host, ports } = this.pcs[name] as Simulator;
    return `${host}:${ports.wsman}:${ports.redirection}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nodeRed[Symbol.asyncDispose]();
    await this.book[Symbol.asyncDispose]();
    for (const pc of Object.values(this.pcs)) await pc.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A flow with a fleet, a machine of the book called `pc`, a Catch node that tells `failed`, and these nodes. */
export function labFlow(...nodes: readonly FlowNode[]): FlowNode[] {
  return flow(
    global({ id: 'fleet', type: 'amt-fleet', poll: 0.2 }),
    global({ id: 'machine', type: 'amt-machine', source: 'book', fleet: 'fleet', machine: 'pc' }),
    { id: 'catch', type: 'catch', scope: null, wires: [['failed']] },
    tell('failed'),
    ...nodes,
  );
}
