/** A person's commands over a bad network, to a firmware that misbehaves: never a wrong answer, never a riddle. */
import { AmtError, ConnectFailed, connect, ProtocolError, Refused, TimedOut, WsmanFault } from '@amtkit/core';
import { createSimulator } from '@amtkit/simulator';
import { describe, expect, it } from 'vitest';
import { password, reach, scenario } from './support/scenario.ts';

describe('Over a network that', () => {
  scenario('splits every message at random, everything works', {
    faults: { splitBytes: true, seed: 7 },
    power: 'off',
    async run({ machine }) {
      await machine.power.on({ wait: true });
      expect((await machine.inventory.read()).memory.length).toBeGreaterThan(0);
    },
  });

  scenario('hands bytes over one at a time, everything works', {
    faults: { splitBytes: 1, seed: 7 },
    async run({ machine }) {
      expect(await machine.power.state()).toBe('off');
    },
  });

  it('cuts the connection after any number of bytes, each call works or fails with a sentence', async () => {
    for (let cutAfter = 100; cutAfter < 6000; cutAfter += 373) {
      await using simulator = await createSimulator({ speed: 0, password, faults: { cutAfter, seed: cutAfter } });
      const outcome = await connect({ ...reach(simulator), tls: 'off', timeoutMs: 2000 }).then(
        async (machine) => {
          const state = await machine.power.state().catch((error: unknown) => error);
          await machine.close();
          return state;
        },
        (error: unknown) => error,
      );
      if (outcome !== 'off') expect(outcome, `cut after ${cutAfter}`).toBeInstanceOf(AmtError);
    }
  });

  it('loses the machine in the middle of a command, the command ends', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    await using machine = await connect({ ...reach(simulator), tls: 'off', timeoutMs: 1000 });
    simulator.use({
      name: 'pulls the cable',
      invoke: async () => {
        await simulator.unplug();
        return undefined;
      },
    });
    await expect(machine.power.on()).rejects.toBeInstanceOf(AmtError);
    await expect(machine.power.state()).rejects.toBeInstanceOf(ConnectFailed);
  });
});

describe('A firmware that answers', () => {
  const cases = [
    ['malformed XML', { malformed: 1 }, ProtocolError],
    ['with a chunk that ends early', { truncated: 1 }, ProtocolError],
    ['with a document type', { doctype: 1 }, ProtocolError],
    ['with fifty megabytes', { huge: 1 }, ProtocolError],
    ['that it is busy, HTTP 503', { busy: 1 }, Refused],
    ['with an internal error', { fault: 1 }, WsmanFault],
    ['not at all', { hang: 1 }, TimedOut],
  ] as const;
  it.each(cases)('%s is told apart and never believed', async (_name, answers, expected) => {
    await using simulator = await createSimulator({ speed: 0, password });
    await using machine = await connect({ ...reach(simulator), tls: 'off', timeoutMs: 500 });
    simulator.setFaults({ answers });
    await expect(machine.power.state()).rejects.toBeInstanceOf(expected);
    simulator.setFaults({});
    expect(await machine.power.state()).toBe('off');
  });
});
