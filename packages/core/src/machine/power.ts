/** The power of one machine. [AMT: Change System Power State] */
import { MethodFailed, NotSupported, Refused, TimedOut } from '../errors.ts';
import { CIM_AssociatedPowerManagementService } from '../wsman/classes/cim/CIM_AssociatedPowerManagementService.ts';
import { CIM_KVMRedirectionSAP } from '../wsman/classes/cim/CIM_KVMRedirectionSAP.ts';
import { CIM_PowerManagementCapabilities } from '../wsman/classes/cim/CIM_PowerManagementCapabilities.ts';
import {
  CIM_PowerManagementService,
  type PowerState as CimPowerState,
} from '../wsman/classes/cim/CIM_PowerManagementService.ts';
import { CIM_SoftwareIdentity } from '../wsman/classes/cim/CIM_SoftwareIdentity.ts';
import { IPS_PowerManagementService } from '../wsman/classes/ips/IPS_PowerManagementService.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Features, Power, PowerAction, PowerOptions, PowerState } from './machine.ts';
import { pause } from './waiting.ts';

type CimState = keyof typeof CimPowerState | number;

/** The managed host, as opposed to the firmware itself. */
const HOST = {
  className: 'CIM_ComputerSystem',
  selectors: { CreationClassName: 'CIM_ComputerSystem', Name: 'ManagedSystem' },
};

/** The power façade over one client; `features` is needed to end sessions that stand in the way. */
export function powerOf(wsman: WsmanClient, features: Features): Power {
  return new MachinePower(wsman, features);
}

class MachinePower implements Power {
  readonly #wsman: WsmanClient;
  readonly #features: Features;
  #supported: readonly PowerAction[] | undefined;
  /** Whether modern standby has to be asked for separately; learned from the first answer. */
  #standby: 'ask' | 'never' = 'ask';

  constructor(wsman: WsmanClient, features: Features) {
    this.#wsman = wsman;
    this.#features = features;
  }

  async state(): Promise<PowerState> {
    return (await this.#read()).state;
  }

  async supported(): Promise<readonly PowerAction[]> {
    if (this.#supported === undefined) {
      const capabilities = await this.#wsman.tryGet(CIM_PowerManagementCapabilities);
      const states = capabilities?.RequestedPowerStatesSupported ?? capabilities?.PowerStatesSupported;
      this.#supported =
        states === undefined || states.length === 0 ? ['on', 'off', 'cycle', 'reset'] : actionsOf(states);
    }
    return this.#supported;
  }

  async allowed(): Promise<readonly PowerAction[]> {
    return (await this.#read()).allowed ?? (await this.supported());
  }

  async request(action: PowerAction, options: PowerOptions = {}): Promise<void> {
    const { state, allowed, standby } = await this.#read();
    if (GOAL[action] === state && !standby && (action === 'on' || action === 'off' || action === 'soft-off')) return;
    if (standby && action === 'on') {
      await this.#wake();
    } else {
      await this.#check(action, state, allowed);
      await this.#change(action, options);
    }
    if (options.wait === true) await this.#arrive(action, options);
  }

  async on(options: PowerOptions = {}): Promise<void> {
    await this.request('on', options);
  }

  async off({ graceful = false, ...options }: PowerOptions & { readonly graceful?: boolean } = {}): Promise<void> {
    await this.request(graceful ? 'soft-off' : 'off', options);
  }

  async reset({ graceful = false, ...options }: PowerOptions & { readonly graceful?: boolean } = {}): Promise<void> {
    await this.request(graceful ? 'soft-reset' : 'reset', options);
  }

  async cycle(options: PowerOptions = {}): Promise<void> {
    await this.request('cycle', options);
  }

  async #read(): Promise<{ state: PowerState; allowed: readonly PowerAction[] | undefined; standby: boolean }> {
    const service = await this.#wsman.get(CIM_AssociatedPowerManagementService);
    const state = stateOf(service.PowerState);
    const available = service.AvailableRequestedPowerStates;
    const standby = state === 'on' && (await this.#inStandby());
    return {
      state: standby ? 'sleep' : state,
      allowed: available === undefined || available.length === 0 ? undefined : actionsOf(available),
      standby,
    };
  }

  /** A machine in modern standby reports "on"; only the operating system's own state tells. Absent before 10. */
  async #inStandby(): Promise<boolean> {
    if (this.#standby === 'never') return false;
    const service = await this.#wsman.tryGet(IPS_PowerManagementService);
    const state = service?.OSPowerSavingState;
    if (service === undefined || state === 'Unsupported') this.#standby = 'never';
    return state === 'OS Power Saving';
  }

  async #wake(): Promise<void> {
    await this.#wsman.invoke(IPS_PowerManagementService, 'RequestOSPowerSavingStateChange', {
      OSPowerSavingState: 'Full Power',
      ManagedElement: HOST,
    });
  }

  async #check(action: PowerAction, state: PowerState, allowed: readonly PowerAction[] | undefined): Promise<void> {
    const { host } = this.#wsman;
    const supported = await this.supported();
    if (!supported.includes(action)) {
      throw new NotSupported(`The firmware of ${host} cannot ${WORDS[action]}; it offers ${supported.join(', ')}.`, {
        host,
        hint: action === 'nmi' ? undefined : await this.#whyNot(supported),
      });
    }
    if (allowed === undefined || allowed.includes(action) || state === 'unknown') return;
    throw new Refused(`${host} is ${state} and cannot ${WORDS[action]} now; allowed are ${allowed.join(', ')}.`, {
      host,
      hint: state === 'on' ? 'Asking the operating system needs its management service to run.' : 'Switch it on first.',
    });
  }

  /** A firmware that shuts down gracefully knows the actions that ask the operating system; what it lacks then, it lacks. */
  async #whyNot(supported: readonly PowerAction[]): Promise<string> {
    const version = /^\d+/.exec(await this.#version())?.[0];
    if (!supported.includes('soft-off') && (version === undefined || Number(version) < 9)) {
      return 'Actions that ask the operating system came with AMT 9.';
    }
    return `This firmware${version === undefined ? '' : ` (AMT ${version})`} offers no such state on this machine.`;
  }

  /** Empty where it may not be read. */
  async #version(): Promise<string> {
    const identities = await this.#wsman.tryEnumerate(CIM_SoftwareIdentity).catch(() => []);
    return identities.find(({ InstanceID }) => InstanceID === 'AMT')?.VersionString ?? '';
  }

  async #change(action: PowerAction, { sessions = 'keep' }: PowerOptions): Promise<void> {
    try {
      await this.#invoke(action);
    } catch (error) {
      const blocked =
        error instanceof MethodFailed && error.returnValue === 2 && (action === 'off' || action === 'cycle');
      if (!blocked) throw error;
      if (sessions === 'keep') throw await this.#explain(action, error);
      await this.#withoutSessions(() => this.#invoke(action));
    }
  }

  async #invoke(action: PowerAction): Promise<void> {
    await this.#wsman.invoke(CIM_PowerManagementService, 'RequestPowerStateChange', {
      PowerState: CODE[action],
      ManagedElement: HOST,
    });
  }

  /**
   * The way to cut the power of a machine that somebody watches:
   * 1. switch the redirection services off, which ends their sessions, 2. act, 3. switch on what was on.
   */
  async #withoutSessions(act: () => Promise<void>): Promise<void> {
    const before = await this.#features.read();
    const { sol, ider, kvm, listener } = before;
    await this.#features.set({
      sol: false,
      ider: false,
      listener: false,
      ...(kvm === undefined ? {} : { kvm: false }),
    });
    try {
      await act();
    } finally {
      await this.#features.set({ sol, ider, listener, ...(kvm === undefined ? {} : { kvm }) });
    }
  }

  async #explain(action: PowerAction, error: MethodFailed): Promise<MethodFailed> {
    const { host } = this.#wsman;
    const watched = await this.#wsman.tryGet(CIM_KVMRedirectionSAP).then(
      (sap) => sap?.EnabledState === 'Enabled',
      () => false,
    );
    const who = watched ? 'somebody is watching its screen (KVM)' : 'a redirection session may be open';
    return new MethodFailed(`${host} refused to ${WORDS[action]}: ${who} (ReturnValue 2).`, {
      host,
      hint: 'Close KVM, SOL and IDE-R sessions and wait ten seconds, or ask for it with the sessions dropped.',
      cause: error,
      busy: true,
      className: error.className,
      method: error.method,
      returnValue: error.returnValue,
      returnName: error.returnName,
    });
  }

  async #arrive(action: PowerAction, { timeoutMs, signal }: PowerOptions): Promise<void> {
    const goal = GOAL[action];
    if (goal === undefined) return;
    const soft = action.startsWith('soft') || action === 'sleep' || action === 'hibernate';
    const limit = timeoutMs ?? (soft ? 180_000 : 60_000);
    const startedAt = performance.now();
    // A reset ends where it began: it counts once another state was seen, or after it had time to happen.
    let gone = !(action === 'reset' || action === 'cycle' || action === 'soft-reset');
    for (;;) {
      await pause(1000, signal);
      const elapsed = performance.now() - startedAt;
      const state = await this.state();
      gone ||= state !== goal || elapsed > 8_000;
      if (gone && state === goal) return;
      if (elapsed >= limit) {
        const { host } = this.#wsman;
        throw new TimedOut(
          `${host} accepted to ${WORDS[action]} but is still ${state} after ${Math.round(elapsed / 1000)} seconds.`,
          { host },
        );
      }
    }
  }
}

const CODE = {
  on: 'On',
  off: 'Off - Soft',
  cycle: 'Power Cycle (Off - Soft)',
  reset: 'Master Bus Reset',
  'soft-off': 'Off - Soft Graceful',
  'soft-reset': 'Master Bus Reset Graceful',
  sleep: 'Sleep - Deep',
  hibernate: 'Hibernate',
  nmi: 'Diagnostic Interrupt (NMI)',
} as const satisfies Record<PowerAction, keyof typeof CimPowerState>;

const GOAL: Partial<Record<PowerAction, PowerState>> = {
  on: 'on',
  off: 'off',
  cycle: 'on',
  reset: 'on',
  'soft-off': 'off',
  'soft-reset': 'on',
  sleep: 'sleep',
  hibernate: 'hibernate',
};

const WORDS: Record<PowerAction, string> = {
  on: 'switch on',
  off: 'switch off',
  cycle: 'power cycle',
  reset: 'reset',
  'soft-off': 'shut down',
  'soft-reset': 'restart',
  sleep: 'sleep',
  hibernate: 'hibernate',
  nmi: 'take a diagnostic interrupt',
};

const ACTION = new Map<CimState, PowerAction>(
  Object.entries(CODE).map(([action, code]) => [code, action as PowerAction]),
);

function actionsOf(states: readonly CimState[]): PowerAction[] {
  const actions = states.map((state) => ACTION.get(state)).filter((action) => action !== undefined);
  return (Object.keys(CODE) as PowerAction[]).filter((action) => actions.includes(action));
}

function stateOf(state: CimState | undefined): PowerState {
  switch (state) {
    case 'On':
      return 'on';
    case 'Sleep - Light':
    case 'Sleep - Deep':
      return 'sleep';
    case 'Hibernate':
      return 'hibernate';
    case 'Off - Hard':
    case 'Off - Soft':
      return 'off';
    default:
      return 'unknown';
  }
}
