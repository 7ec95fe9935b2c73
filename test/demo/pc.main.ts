/**
 * The PC that the demo installs, in a process of its own: a virtual one whose screen can be asked for behind the
 * firmware's back, so that what a console sees can be held against it. Prints where it is as `amt simulate --json` does;
 * answers each message with its true picture. Arguments: password, and the disk of a real guest where it is one.
 */
import { createSimulator, pixelsOf, type SimulatorOptions } from '@amtkit/simulator';

/** What is really shown: red, green and blue of each pixel in base 64. */
export interface TruePicture {
  readonly width: number;
  readonly height: number;
  readonly rgb: string;
}

const [, , password = '', disk] = process.argv;
const options: SimulatorOptions = {
  name: 'sim-4',
  host: '127.0.2.1',
  password,
  ...(disk === undefined ? {} : { qemu: { disk: { file: disk, size: 64 * 1024 ** 2 } } }),
};
const simulator = await createSimulator(options);
const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(signal, () => resolve());
});
process.on('message', async () => {
  const answer = await picture().catch((error: Error) => ({ error: error.message }));
  process.send?.(answer);
});
const { name, host, ports, user } = simulator;
process.send?.({ name, address: host, ports, user });
await ended;
await simulator.close();
process.exit();

async function picture(): Promise<TruePicture> {
  const { qemu, firmware } = simulator;
  if (firmware.state.power !== 'on') return { width: 1, height: 1, rgb: 'AAAA' };
  if (qemu !== undefined) return fromPpm(await qemu.screendump());
  const { screen } = firmware.hardware;
  if (screen === undefined) throw new Error('This PC has no screen.');
  const pixels = pixelsOf(screen);
  const rgb = new Uint8Array(3 * pixels.length);
  for (const [at, pixel] of pixels.entries()) rgb.set([pixel >> 16, pixel >> 8, pixel], 3 * at);
  return { width: screen.width, height: screen.height, rgb: Buffer.from(rgb).toString('base64') };
}

/** The picture in a PPM as QEMU writes it. */
function fromPpm(bytes: Uint8Array): TruePicture {
  const head = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
  if (head === null) throw new Error('QEMU wrote a picture of another kind.');
  const [whole, width, height] = head;
  const rgb = Buffer.from(bytes.subarray(whole.length)).toString('base64');
  return { width: Number(width), height: Number(height), rgb };
}
