/** SOL and IDE-R as services that can be switched, and the listener all redirection comes through. */
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Instance, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';
import { endSessions } from './sessions.ts';
import { mergedPut } from './settings.ts';

const CLASS = 'AMT_RedirectionService';
/** EnabledState without any service; IDE-R adds 1, SOL adds 2. */
const NONE = 32768;
const ALL = NONE + 3;

/** Answers for SOL, IDE-R and the listener. */
export const redirection: Behavior = {
  name: 'redirection',

  enumerate(firmware, { className }) {
    return className === CLASS && firmware.instances(CLASS) !== undefined ? [serviceNow(firmware)] : undefined;
  },

  put(firmware, call) {
    if (call.className !== CLASS) return undefined;
    const { properties } = mergedPut(call, [serviceNow(firmware)], { fixed: KEYS });
    const enabled = Number(text(properties.EnabledState));
    if (!(enabled >= NONE && enabled <= ALL)) throw new SoapFault('InvalidRepresentation');
    switchServices(firmware, enabled, call);
    switchListener(firmware, text(properties.ListenerEnabled) === 'true', call);
    return serviceNow(firmware);
  },

  invoke(firmware, call) {
    if (call.className !== CLASS) return undefined;
    // Sessions are ended by those who are at the machine.
    if (call.method === 'TerminateSession') return { ReturnValue: 1 };
    if (call.method !== 'RequestStateChange') throw new SoapFault('ActionNotSupported');
    const requested = Number(text(call.input.RequestedState));
    if (!(requested >= NONE && requested <= ALL)) return { ReturnValue: 5 };
    switchServices(firmware, requested, call);
    return { ReturnValue: 0 };
  },
};

const KEYS = ['CreationClassName', 'ElementName', 'Name', 'SystemCreationClassName', 'SystemName'];

function serviceNow(firmware: Firmware): Instance {
  const [initial = {}] = firmware.instances(CLASS) ?? [];
  const { sol, ider, listener } = firmware.state.redirection;
  const EnabledState = NONE + (ider ? 1 : 0) + (sol ? 2 : 0);
  return { className: CLASS, properties: { ...initial, EnabledState, ListenerEnabled: listener } };
}

/** Switches both services. What MEBx holds off stays off, and nobody says so. */
function switchServices(firmware: Firmware, requested: number, { account, address }: Call): void {
  const { lockedOff } = firmware.quirks;
  const by = { user: account.name, address };
  const bits = requested - NONE;
  for (const { name, bit, enabled } of SERVICES) {
    const on = (bits & bit) !== 0 && !lockedOff.includes(name);
    if (firmware.state.redirection[name] === on) continue;
    firmware.change((state) => {
      state.redirection[name] = on;
    });
    recordAudit(firmware, { application: 18, event: on ? enabled : enabled + 1, ...by });
    if (!on) endSessions(firmware, [name], by);
  }
}

function switchListener(firmware: Firmware, listener: boolean, { account, address }: Call): void {
  if (firmware.state.redirection.listener === listener) return;
  firmware.change((state) => {
    state.redirection.listener = listener;
  });
  if (!listener) endSessions(firmware, ['sol', 'ider', 'kvm'], { user: account.name, address });
}

/** Numbers of "enabled" in application 18 of the audit log; "disabled" is the next one. */
const SERVICES = [
  { name: 'ider', bit: 1, enabled: 2 },
  { name: 'sol', bit: 2, enabled: 6 },
] as const;
