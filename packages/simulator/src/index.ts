/** Virtual Intel AMT (vPro) PCs: firmware that answers, misbehaves on request, and remembers what it was asked. */
export type { RaisedEvent } from './alerts/events.ts';
export type { AlertOptions } from './alerts/sender.ts';
export { type Behavior, type Call, type FaultName, type Output, SoapFault } from './behavior.ts';
export { type Clock, type ManualClock, manualClock, realClock } from './clock.ts';
export { createSimulator } from './create-simulator.ts';
export { createSimulators, type SimulatorsOptions } from './create-simulators.ts';
export { type AnswerFault, type FaultOptions, type Often, parseFaults, type ScreenFault } from './faults.ts';
export type { Firmware } from './firmware.ts';
export {
  type BootChoice,
  type DriveUnit,
  type Hardware,
  type HardwareAction,
  type HardwareChange,
  type HardwarePower,
  MediumFailed,
  type RedirectedMedium,
} from './hardware/hardware.ts';
export type { PretendDisk } from './hardware/memory/disk.ts';
export { type MemoryPc, memoryPc, type PcOptions } from './hardware/memory/pc.ts';
export type { QemuDiskOptions, QemuPcOptions } from './hardware/qemu/options.ts';
export { type QemuPc, qemuPc } from './hardware/qemu/pc.ts';
export { type Area, type Picture, pixelsOf, type Screen, type ScreenWatcher } from './hardware/screen.ts';
export { type IsoOptions, makeIso } from './make-iso.ts';
export type { Profile, ProfileName, Quirks } from './profiles/profile.ts';
export type { Delivered, DriveCommand, Login, ReceivedMessage, ReceivedRequest, Recorder } from './record.ts';
export type { OpenSessions, Simulator, SimulatorOptions, SimulatorPorts } from './simulator.ts';
export type { Account, ConsentPolicy, ConsentState, FirmwareState } from './state.ts';
export type { Instance, Properties, Value } from './values.ts';
