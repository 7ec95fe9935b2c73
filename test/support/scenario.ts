/** One virtual PC, one connected machine, one sentence: what most journeys are made of. */
import { type ConnectOptions, connect, type Machine } from '@amtkit/core';
import { createSimulator, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { it } from 'vitest';
import { password } from './password.ts';

export { password };

/** What a scenario's body is given. */
export interface Scene {
  readonly simulator: Simulator;
  readonly machine: Machine;
}

/** How the PC and the console are set up. */
export interface ScenarioOptions extends SimulatorOptions {
  readonly connect?: Partial<ConnectOptions>;
  readonly run: (scene: Scene) => Promise<void>;
}

/** A test named like a sentence, with a PC that is there for it alone. Delays are off unless it asks for them. */
export function scenario(name: string, { run, connect: how, ...pc }: ScenarioOptions): void {
  it(name, async () => {
    const simulator = await createSimulator({ speed: 0, password, ...pc });
    try {
      const machine = await connect({ ...reach(simulator), ...how });
      try {
        await run({ simulator, machine });
      } finally {
        await machine.close();
      }
    } finally {
      await simulator.close();
    }
  });
}

/** How to connect to a virtual PC. */
export function reach(simulator: Simulator): ConnectOptions {
  const { wsman, wsmanTls, redirection, redirectionTls } = simulator.ports;
  return {
    host: simulator.host,
    password,
    ports: {
      ...(wsman === undefined ? {} : { wsman }),
      ...(wsmanTls === undefined ? {} : { wsmanTls }),
      ...(redirection === undefined ? {} : { redirection }),
      ...(redirectionTls === undefined ? {} : { redirectionTls }),
    },
  };
}
