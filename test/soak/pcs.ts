/** Virtual PCs that count what they are told to do, so that nothing done twice stays hidden. */
import { createSimulators, type Simulator } from '@amtkit/simulator';
import { password } from '../support/password.ts';

/** A PC, and what was done to it. */
export interface SoakPc {
  readonly name: string;
  readonly simulator: Simulator;
  /** How often each host name was set; each stands for one command. */
  readonly named: Map<string, number>;
  /** The one that was set last. */
  lastName: string | undefined;
  /** How often its power was to change. */
  powered: number;
}

/** Plugged-in PCs called `pc-1` and so on. */
export async function soakPcs(count: number): Promise<readonly SoakPc[]> {
  const simulators = await createSimulators(count, {
    password,
    speed: 0,
    power: 'on',
    recordLimit: 1,
    // An address of its own for each: on a common one somebody else may take the port of a PC that is away.
    firstAddress: '127.9.0.1',
  });
  return simulators.map((simulator, i) => {
    const pc: SoakPc = { name: `pc-${i + 1}`, simulator, named: new Map(), lastName: undefined, powered: 0 };
    simulator.use({
      name: 'count',
      put(_firmware, { className, input }) {
        const name = input.HostName;
        if (className === 'AMT_GeneralSettings' && typeof name === 'string') {
          pc.lastName = name;
          pc.named.set(name, (pc.named.get(name) ?? 0) + 1);
        }
        return undefined;
      },
      invoke(_firmware, { method }) {
        if (method === 'RequestPowerStateChange') pc.powered++;
        return undefined;
      },
    });
    return pc;
  });
}
