/**
 * Power: what can be asked of the PC at this moment, what is answered, and what then happens to it.
 * [DSP1027] [AMT: Change System Power State]
 */
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import type { BootChoice, HardwareAction } from '../hardware/hardware.ts';
import type { FirmwareState } from '../state.ts';
import { isReference, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';
import { takeBootChoice } from './boot.ts';
import { anySession } from './sessions.ts';

/** Codes of `RequestPowerStateChange`. */
const Code = {
  on: 2,
  sleep: 4,
  cycle: 5,
  hibernate: 7,
  off: 8,
  reset: 10,
  nmi: 11,
  softOff: 12,
  softReset: 14,
} as const;

/** ReturnValue of methods that change a state. */
const Result = { done: 0, notSupported: 1, refused: 2, invalidParameter: 5, timeoutUnsupported: 4098, busy: 4099 };

/** Answers for the power of the PC. */
export const power: Behavior = {
  name: 'power',

  enumerate(firmware, { className }) {
    const { state, profile } = firmware;
    if (className === 'CIM_AssociatedPowerManagementService') {
      return (firmware.instances(className) ?? []).map((properties) => ({
        className,
        properties: {
          ...properties,
          AvailableRequestedPowerStates: available(firmware),
          PowerState: STATES[state.power],
        },
      }));
    }
    if (className === 'CIM_PowerManagementCapabilities') {
      return (firmware.instances(className) ?? []).map((properties) => ({
        className,
        properties: {
          ...properties,
          PowerStatesSupported: profile.powerCodes,
          RequestedPowerStatesSupported: profile.powerCodes,
        },
      }));
    }
    if (className === 'IPS_PowerManagementService') {
      return (firmware.instances(className) ?? []).map(({ OSPowerSavingState: _, ...properties }) => ({
        className,
        properties: { ...properties, ...savingState(firmware) },
      }));
    }
    return undefined;
  },

  async invoke(firmware, call) {
    if (call.className === 'CIM_PowerManagementService' && call.method === 'RequestPowerStateChange') {
      return { ReturnValue: await requestPower(firmware, call) };
    }
    if (call.className === 'IPS_PowerManagementService' && call.method === 'RequestOSPowerSavingStateChange') {
      return { ReturnValue: requestSaving(firmware, text(call.input.OSPowerSavingState)) };
    }
    if (call.className === 'AMT_SystemPowerScheme' && call.method === 'SetPowerScheme') {
      return { ReturnValue: setScheme(firmware, call) };
    }
    return undefined;
  },
};

const STATES = { on: 2, sleep: 4, hibernate: 7, off: 8 } as const;

/** What the firmware offers right now. Graceful actions need a running system and its management service. */
function available({ state, quirks, profile }: Firmware): number[] {
  const graceful = state.systemUp && quirks.lms && !state.standby;
  const codes: Record<FirmwareState['power'], readonly number[]> = {
    on: [
      Code.reset,
      Code.off,
      Code.cycle,
      Code.nmi,
      ...(graceful ? [Code.sleep, Code.hibernate, Code.softReset, Code.softOff] : []),
    ],
    sleep: [Code.on, Code.off, Code.cycle, Code.reset],
    hibernate: quirks.listedWhileOff,
    off: quirks.listedWhileOff,
  };
  return codes[state.power].filter((code) => profile.powerCodes.includes(code));
}

async function requestPower(firmware: Firmware, call: Call): Promise<number> {
  const { input } = call;
  const code = Number(text(input.PowerState));
  const element = input.ManagedElement;
  if (!Number.isInteger(code) || code < 2 || code > 16) return Result.invalidParameter;
  if (!isReference(element) || element.selectors.Name !== 'ManagedSystem') return Result.invalidParameter;
  if (text(input.TimeoutPeriod) !== '' || text(input.Time) !== '') return Result.timeoutUnsupported;
  if (!firmware.profile.powerCodes.includes(code)) return Result.notSupported;
  if (firmware.state.pending !== undefined) return Result.busy;
  const refused = refusal(firmware, code);
  if (refused !== undefined) return refused;
  recordAudit(firmware, { event: AUDITED[code] ?? 0, application: 17, user: call.account.name, address: call.address });
  const graceful = TOLD[code];
  if (graceful !== undefined) firmware.raise({ message: { id: 'iAMT0067', arguments: [graceful] } });
  await accept(firmware, code);
  return Result.done;
}

/** Why not now; `undefined` when there is no reason. */
function refusal(firmware: Firmware, code: number): number | undefined {
  const { state, quirks, clock } = firmware;
  const acceptable: Record<FirmwareState['power'], readonly number[]> = {
    on: available(firmware),
    sleep: available(firmware),
    hibernate: [Code.on],
    off: [Code.on],
  };
  if (!acceptable[state.power].includes(code)) return Result.refused;
  const booting = state.power === 'on' && clock.now() - state.startedAt < quirks.busyWhileBootingSeconds * 1000;
  if (booting) return Result.refused;
  const cuts = code === Code.off || code === Code.cycle;
  if (anySession(firmware) && (cuts || (quirks.sessionsBlockGraceful && GRACEFUL.includes(code)))) {
    if (quirks.queuesRefusedPower) {
      firmware.change((now) => {
        now.queued = code;
      });
    }
    return Result.refused;
  }
  return undefined;
}

const GRACEFUL: readonly number[] = [Code.sleep, Code.hibernate, Code.softOff, Code.softReset];

/** Takes a request; the PC follows one to two seconds later, at speed 0 before the answer goes out. */
async function accept(firmware: Firmware, code: number): Promise<void> {
  if (firmware.speed === 0) return await carryOut(firmware, code);
  firmware.change((state) => {
    state.pending = code;
  });
  firmware.later(1000 + 1000 * firmware.random(), () => {
    void carryOut(firmware, code);
  });
}

/** Does what was asked, with the boot options that wait for the next start. */
export async function carryOut(firmware: Firmware, code: number): Promise<void> {
  const action = ACTIONS[code] as HardwareAction;
  firmware.change((state) => {
    state.pending = undefined;
    state.queued = undefined;
  });
  try {
    await firmware.hardware.apply(action, bootFor(firmware, action));
  } catch {
    // A PC that does not follow says so itself. Firmware has answered long ago, and finds the power as it is.
  }
}

/** Switches on whatever is not on, without anybody having asked for it over the network. */
export async function switchOn(firmware: Firmware): Promise<void> {
  if (firmware.state.power !== 'on' && firmware.state.pending === undefined) await carryOut(firmware, Code.on);
}

/** Only a start consumes boot options; waking up from sleep is none. */
function bootFor(firmware: Firmware, action: HardwareAction): BootChoice | undefined {
  const starts =
    action === 'reset' ||
    action === 'cycle' ||
    action === 'soft-reset' ||
    (action === 'on' && firmware.state.power !== 'sleep');
  return starts ? takeBootChoice(firmware) : undefined;
}

const ACTIONS: Readonly<Record<number, HardwareAction>> = {
  [Code.on]: 'on',
  [Code.sleep]: 'sleep',
  [Code.cycle]: 'cycle',
  [Code.hibernate]: 'hibernate',
  [Code.off]: 'off',
  [Code.reset]: 'reset',
  [Code.nmi]: 'nmi',
  [Code.softOff]: 'soft-off',
  [Code.softReset]: 'soft-reset',
};

/** First argument of the message about graceful requests. */
const TOLD: Readonly<Record<number, string>> = {
  [Code.softOff]: '0',
  [Code.softReset]: '1',
  [Code.sleep]: '2',
  [Code.hibernate]: '3',
};

/** Events of application 17 in the audit log. */
const AUDITED: Readonly<Record<number, number>> = {
  [Code.on]: 0,
  [Code.off]: 1,
  [Code.cycle]: 2,
  [Code.reset]: 3,
  [Code.softOff]: 5,
  [Code.softReset]: 6,
  [Code.sleep]: 7,
  [Code.hibernate]: 8,
  [Code.nmi]: 9,
};

/** 0 unknown, 1 unsupported, 2 full power, 3 saving. */
function savingState({ state, quirks }: Firmware): { OSPowerSavingState?: number } {
  if (state.power !== 'on' && !quirks.savingStateWhileOff) return {};
  if (state.power !== 'on') return { OSPowerSavingState: 0 };
  return { OSPowerSavingState: state.standby ? 3 : 2 };
}

/** Modern standby: the only way in and out of it, as the power state stays "on". */
function requestSaving(firmware: Firmware, requested: string): number {
  const { state, quirks } = firmware;
  if (requested !== '2' && requested !== '3') return Result.invalidParameter;
  if (!quirks.modernStandby) return Result.notSupported;
  const wanted = requested === '3';
  if (state.power !== 'on' || !state.systemUp || state.standby === wanted) return Result.refused;
  firmware.later(1000, () =>
    firmware.change((now) => {
      now.standby = wanted;
    }),
  );
  return Result.done;
}

/** Makes one scheme the current one; it is chosen by the selector in the header. */
function setScheme(firmware: Firmware, call: Call): number {
  const chosen = call.selectors.InstanceID;
  const known = (firmware.instances('AMT_SystemPowerScheme') ?? []).some((each) => text(each.InstanceID) === chosen);
  if (!known) throw new SoapFault('InvalidSelectors');
  const settings = firmware.instances('CIM_ElementSettingData') ?? [];
  firmware.change(() =>
    firmware.store(
      'CIM_ElementSettingData',
      settings.map((each) => {
        const of = each.SettingData;
        if (!isReference(of) || of.className !== 'AMT_SystemPowerScheme') return each;
        return { ...each, IsCurrent: of.selectors.InstanceID === chosen ? 1 : 2 };
      }),
    ),
  );
  recordAudit(firmware, { application: 16, event: 16, user: call.account.name, address: call.address });
  return 0;
}
