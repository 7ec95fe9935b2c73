/** Many virtual PCs in one process. They share what they can: initial state, code, one key; never an identity. */
import { createSimulator } from './create-simulator.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';

/** How many virtual PCs are made. */
export interface SimulatorsOptions extends Omit<SimulatorOptions, 'name' | 'uuid' | 'hostName' | 'hardware'> {
  /** Every PC has an address of its own, counted up from this one, `127.0.1.1` for instance. @default all on `host` */
  readonly firstAddress?: string;
}

/** PCs that start listening together; more only keep one another waiting. */
const AT_ONCE = 32;

/**
 * Makes `count` PCs called `sim-1` and so on. None is left behind when one cannot listen.
 * @throws ConnectFailed when a port cannot be had
 */
export async function createSimulators(count: number, options: SimulatorsOptions = {}): Promise<readonly Simulator[]> {
  const { firstAddress, qemu, ...shared } = options;
  const made: Simulator[] = [];
  try {
    for (let from = 0; from < count; from += AT_ONCE) {
      const group = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => {
        const name = `sim-${from + i + 1}`;
        return createSimulator({
          recordLimit: 50,
          ...shared,
          ...qemuOf(qemu, name, from + i + 1, count),
          name,
          ...(firstAddress !== undefined && { host: addressAfter(firstAddress, from + i) }),
        });
      });
      const settled = await Promise.allSettled(group);
      for (const each of settled) if (each.status === 'fulfilled') made.push(each.value);
      const failed = settled.find((each) => each.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    }
    return made;
  } catch (error) {
    await Promise.all(made.map((simulator) => simulator.close()));
    throw error;
  }
}

/** What PCs of QEMU have of their own: the disk `pc.qcow2` becomes `pc-1.qcow2` and so on where there are several. */
function qemuOf(options: SimulatorOptions['qemu'], name: string, number: number, count: number): SimulatorOptions {
  if (options === undefined) return {};
  const { disk, log } = options;
  const file =
    disk?.file !== undefined && count > 1 ? disk.file.replace(/(?=(\.[^./\\]*)?$)/, `-${number}`) : disk?.file;
  return {
    qemu: {
      ...options,
      disk: { ...disk, ...(file !== undefined && { file }) },
      ...(log !== undefined && { log: (line: string) => log(`${name}: ${line}`) }),
    },
  };
}

/** The IPv4 address so many places after another; .0 and .255 are left out, as networks do. */
function addressAfter(first: string, places: number): string {
  const bytes = first.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) {
    throw new TypeError(`${first} is not an IPv4 address.`);
  }
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const place = ((a << 24) | (b << 16) | (c << 8)) >>> 8;
  const at = Math.max(d, 1) - 1 + places;
  const network = (place + Math.floor(at / 254)) << 8;
  return [network >>> 24, (network >>> 16) & 0xff, (network >>> 8) & 0xff, 1 + (at % 254)].join('.');
}
