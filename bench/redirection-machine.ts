/**
 * Virtual PCs for the redirection benchmarks, in a process of their own: ordinary firmware, and behind it PCs that do
 * nothing but what is measured. Sends their doors; obeys its parent's messages; ends when its parent goes.
 * Arguments: milliseconds added to each exchange, whether blocks are `numbered` or `empty`, how many PCs.
 */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import { createSimulator, type Hardware, type HardwareChange, type RedirectedMedium } from '@amtkit/simulator';
import { type Order, password, type Reading } from './redirection-work.ts';

const [, , delay = '0', blocks = 'numbered', count = '1'] = process.argv;

/** A PC with a serial port and a drive, and nothing else. */
class MeasuredPc implements Hardware {
  readonly power = 'on';
  readonly bootedFrom = 'disk';
  readonly systemUp = true;
  readonly serial: ByteStream;
  /** Its own end of the serial port. */
  readonly port: ByteStream;
  #medium: RedirectedMedium | undefined;
  #inserted: (() => void) | undefined;

  constructor() {
    [this.serial, this.port] = memoryPair(['serial port', 'firmware']);
  }

  async apply(): Promise<void> {}

  async insert(_unit: 'cd' | 'floppy', medium: RedirectedMedium | undefined): Promise<void> {
    this.#medium = medium;
    if (medium !== undefined) this.#inserted?.();
  }

  async *changes(): AsyncGenerator<HardwareChange, void, void> {
    await new Promise(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async medium(): Promise<RedirectedMedium> {
    while (this.#medium === undefined) {
      await new Promise<void>((resolve) => {
        this.#inserted = resolve;
      });
    }
    return this.#medium;
  }
}

const pcs = Array.from({ length: Number(count) }, () => new MeasuredPc());
const simulators = await Promise.all(
  pcs.map((hardware) =>
    createSimulator({ profile: 'amt-12', speed: 0, password, power: 'on', hardware, exchangeDelayMs: Number(delay) }),
  ),
);
let echo = true;
for (const { port } of pcs) void answerTyping(port);

process.on('disconnect', () => process.exit(0));
process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.send?.(simulators.map(({ host, ports }) => ({ host, ports })));

async function obey(order: Order): Promise<object> {
  switch (order.do) {
    case 'await-media':
      await Promise.all(pcs.map((pc) => pc.medium()));
      return {};
    case 'read': {
      const from = performance.now();
      const readings = await Promise.all(pcs.map((pc) => read(pc, order)));
      const sum = (what: 'commands' | 'wrong') => readings.reduce((total, reading) => total + reading[what], 0);
      return { ms: performance.now() - from, commands: sum('commands'), wrong: sum('wrong') } satisfies Reading;
    }
    case 'write-serial': {
      const chunk = new Uint8Array(4096).fill(0x41);
      echo = false;
      for (const { port } of pcs) for (let sent = 0; sent < order.bytes; sent += chunk.length) await port.write(chunk);
      echo = true;
      return {};
    }
  }
}

/** Reads one command after the other, round and round, and looks at the number that every block begins with. */
async function read(
  pc: MeasuredPc,
  { blocks: each, bytes, from = 0 }: Extract<Order, { do: 'read' }>,
): Promise<Omit<Reading, 'ms'>> {
  const medium = await pc.medium();
  const usable = medium.blocks - (medium.blocks % each);
  let [wrong, commands] = [0, 0];
  for (let done = 0; done < bytes; done += each * medium.blockLength, commands++) {
    const first = ((from + done) / medium.blockLength) % usable;
    const data = await medium.read(first, each);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let i = 0; i < each; i++) {
      if (view.getUint32(i * medium.blockLength) !== (blocks === 'numbered' ? first + i : 0)) wrong++;
    }
  }
  return { commands, wrong };
}

async function answerTyping(port: ByteStream): Promise<void> {
  for await (const chunk of port) if (echo) await port.write(chunk);
}
