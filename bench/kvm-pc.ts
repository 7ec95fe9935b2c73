/**
 * The PC whose screen is measured, in a process of its own. Sends its doors, and of a guest of QEMU its process and where
 * its own VNC server is; ends when its parent goes. Arguments: the guest's disk; without it, the PC is in memory.
 */
import { createSimulator } from '@amtkit/simulator';
import { password } from './redirection-work.ts';

const [, , disk] = process.argv;
const simulator = await createSimulator({
  // Firmware that takes no time of its own: what is measured is the way to the viewer.
  speed: 0,
  password,
  power: 'on',
  ...(disk === undefined ? {} : { qemu: { memory: 64, disk: { file: disk } } }),
});
const { host, ports, qemu } = simulator;

/** What the parent is sent. */
export interface ScreenPc {
  /** As `amt` is told. */
  readonly target: string;
  readonly qemu: { readonly pid: number; readonly vnc: string } | undefined;
}

process.on('disconnect', () => void simulator.close().then(() => process.exit(0)));
process.send?.({
  target: `${host}:${ports.wsmanTls}:${ports.redirectionTls}`,
  qemu: qemu?.pid === undefined ? undefined : { pid: qemu.pid, vnc: qemu.vnc },
} satisfies ScreenPc);
