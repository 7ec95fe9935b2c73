/** What goes wrong during a soak: one thing after the other, in an order that a seed decides. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Mosquitto } from '../support/mosquitto.ts';
import type { SoakBridge } from './bridges.ts';
import type { Commander } from './commander.ts';
import type { SoakPc } from './pcs.ts';

/** What can be harmed. */
export interface Harmed {
  readonly broker: Mosquitto;
  readonly bridges: readonly SoakBridge[];
  readonly pcs: readonly SoakPc[];
  readonly commander: Commander;
  /** From 0 to 1, always the same for one seed. */
  readonly random: () => number;
}

/** One kind of fault: says what it does, does it, and mends it. */
interface Fault {
  readonly name: string;
  readonly run: (harmed: Harmed) => Promise<void>;
}

const between = (random: () => number, from: number, to: number): number => from + random() * (to - from);

/** One of the bridges; of those that may be ended the first is none, so that the memory of one is seen from first to last. */
function oneOf({ bridges, random }: Harmed, first: 0 | 1): SoakBridge {
  const choice = bridges.slice(first);
  return choice[Math.floor(random() * choice.length)] as SoakBridge;
}

/** All faults. */
export const faults: readonly Fault[] = [
  {
    name: 'a bridge is killed',
    async run(harmed) {
      const bridge = oneOf(harmed, 1);
      await bridge.end('SIGKILL');
      await pause(between(harmed.random, 0, 5000));
      bridge.start();
    },
  },
  {
    name: 'a bridge is restarted',
    async run(harmed) {
      const bridge = oneOf(harmed, 1);
      await bridge.end('SIGTERM');
      bridge.start();
    },
  },
  {
    name: 'a bridge is cut off',
    async run(harmed) {
      const { door } = oneOf(harmed, 0);
      door.shut();
      await pause(between(harmed.random, 100, 15_000));
      door.open();
    },
  },
  {
    name: 'the broker is restarted and has forgotten everything',
    async run({ broker, random }) {
      await broker.stop();
      await pause(between(random, 0, 3000));
      await broker.start();
    },
  },
  {
    name: 'all PCs vanish and come back at once',
    async run({ pcs, random }) {
      await Promise.all(pcs.map(({ simulator }) => simulator.unplug()));
      await pause(between(random, 1000, 8000));
      await Promise.all(pcs.map(({ simulator }) => simulator.plug()));
    },
  },
  {
    name: 'three hundred commands come at once, each from three hands',
    async run({ commander, pcs, random }) {
      for (let i = 0; i < 300; i++) {
        const pc = pcs[Math.floor(random() * pcs.length)] as SoakPc;
        commander.give(pc.name, 'name', 3);
      }
    },
  },
  {
    name: 'Home Assistant starts every second',
    async run({ commander }) {
      for (let i = 0; i < 8; i++) {
        commander.bear();
        await pause(1000);
      }
    },
  },
];
