/** A real guest behind the simulated firmware, reached as a console reaches one. */
import { type ConnectOptions, connect, type Machine, NotSupported } from '@amtkit/core';
import { createSimulator, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import type { TestContext } from 'vitest';
import { type Media, testMedia } from '../media/media.ts';
import { MediaUnavailable } from '../media/packages.ts';
import { password, reach } from './scenario.ts';

/** What a test of a real guest is given. */
export interface RealGuest extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly machine: Machine;
  /** File of its disk. */
  readonly disk: string;
  /** What went wrong with the guest, by its own account. */
  readonly said: readonly string[];
}

/** The media for guests. The test is left out where they cannot be made. */
export async function mediaFor(context: TestContext): Promise<Media> {
  return await testMedia().catch((error) => leaveOut(context, error));
}

/** Makes one, with the drives that software emulation is quickest with. The test is left out where UEFI is not there. */
export async function realGuest(
  context: TestContext,
  { qemu, connect: how, ...options }: SimulatorOptions & { readonly connect?: Partial<ConnectOptions> } = {},
): Promise<RealGuest> {
  const said: string[] = [];
  const simulator = await createSimulator({
    password,
    // The firmware of a test does not take its time; the guest cannot help it.
    speed: 20,
    ...options,
    qemu: {
      accelerator: 'tcg',
      redirectedCd: 'scsi',
      disk: { size: 64 * 1024 ** 2, bus: 'virtio' },
      log: (line) => said.push(line),
      ...qemu,
    },
  }).catch((error) => leaveOut(context, error));
  try {
    const machine = await connect({ ...reach(simulator), ...how });
    return {
      simulator,
      machine,
      disk: simulator.qemu?.disk ?? '',
      said,
      async [Symbol.asyncDispose]() {
        await machine.close();
        await simulator.close();
      },
    };
  } catch (error) {
    await simulator.close();
    throw error;
  }
}

/** Leaves a test out for want of something that a stranger need not have. @throws what it is where nothing may be left out */
function leaveOut(context: TestContext, error: unknown): never {
  const wanting = error instanceof MediaUnavailable || error instanceof NotSupported;
  const demanded = (process.env.AMTKIT_TEST_ALL ?? '').split(',');
  if (!wanting || demanded.includes('1') || demanded.includes('qemu')) throw error;
  context.skip(error.message);
}
