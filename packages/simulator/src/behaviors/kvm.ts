/** The screen as a service that can be switched, and its settings. [AMT: CIM_KVMRedirectionSAP] */
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { displaysOf, MOST_DISPLAYS } from '../hardware/hardware.ts';
import { type Instance, type Properties, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';
import { endSessions } from './sessions.ts';
import { mergedPut } from './settings.ts';

const SAP = 'CIM_KVMRedirectionSAP';
const SETTINGS = 'IPS_KVMRedirectionSettingData';
const SCREENS = 'IPS_ScreenSettingData';

/** EnabledState: somebody looks, nobody may, nobody does. */
const State = { inUse: 2, disabled: 3, waiting: 6 } as const;

/** Answers for KVM. */
export const kvm: Behavior = {
  name: 'kvm',

  enumerate(firmware, { className }) {
    if (firmware.instances(className) === undefined) return undefined;
    if (className === SAP) return [accessPointNow(firmware)];
    if (className === SCREENS) return [screensNow(firmware)];
    return className === SETTINGS ? [settingsNow(firmware)] : undefined;
  },

  put(firmware, call) {
    return call.className === SETTINGS ? putSettings(firmware, call) : undefined;
  },

  invoke(firmware, call) {
    if (call.className === SETTINGS) return { ReturnValue: 1 };
    if (call.className !== SAP) return undefined;
    if (call.method !== 'RequestStateChange') throw new SoapFault('ActionNotSupported');
    const requested = text(call.input.RequestedState);
    if (requested !== '2' && requested !== '3') return { ReturnValue: 5 };
    const enabled = requested === '2';
    if (enabled && firmware.quirks.lockedOff.includes('kvm')) return { ReturnValue: 2 };
    if (firmware.state.kvm.enabled === enabled) return { ReturnValue: 0 };
    const by = { user: call.account.name, address: call.address };
    firmware.change((state) => {
      state.kvm.enabled = enabled;
    });
    recordAudit(firmware, { application: 18, event: enabled ? 10 : 11, ...by });
    if (!enabled) endSessions(firmware, ['kvm'], by);
    return { ReturnValue: 0 };
  },
};

function accessPointNow(firmware: Firmware): Instance {
  const [initial = {}] = firmware.instances(SAP) ?? [];
  const { enabled } = firmware.state.kvm;
  const EnabledState = !enabled ? State.disabled : firmware.state.sessions.kvm ? State.inUse : State.waiting;
  return { className: SAP, properties: { ...initial, EnabledState, RequestedState: enabled ? 2 : 3 } };
}

/** Four displays, of which the PC has some, one or none; each stands to the right of the one before. */
function screensNow(firmware: Firmware): Instance {
  const [initial = {}] = firmware.instances(SCREENS) ?? [];
  const displays = displaysOf(firmware.hardware);
  const places = Array.from({ length: MOST_DISPLAYS }, (_, place) => displays[place]);
  const leftOf = (place: number) => displays.slice(0, place).reduce((sum, { width }) => sum + width, 0);
  const properties = {
    ...initial,
    IsActive: places.map((screen) => screen !== undefined),
    ResolutionX: places.map((screen) => screen?.width ?? 0),
    ResolutionY: places.map((screen) => screen?.height ?? 0),
    UpperLeftX: places.map((screen, place) => (screen === undefined ? -1 : leftOf(place))),
    UpperLeftY: places.map((screen) => (screen === undefined ? -1 : 0)),
  };
  return { className: SCREENS, properties };
}

function settingsNow(firmware: Firmware): Instance {
  const [initial = {}] = firmware.instances(SETTINGS) ?? [];
  const { policy } = firmware.state.consent;
  return {
    className: SETTINGS,
    properties: {
      ...initial,
      EnabledByMEBx: !firmware.quirks.lockedOff.includes('kvm'),
      OptInPolicy: policy !== 'none',
      RFBPassword: '',
    },
  };
}

function putSettings(firmware: Firmware, call: Call): Instance {
  const before = settingsNow(firmware);
  const { properties } = mergedPut(call, [before], { fixed: FIXED });
  checkNumbers(properties);
  checkPort(firmware, properties, text(call.input.RFBPassword));
  const password = text(call.input.RFBPassword);
  firmware.change(({ kvm }) => {
    kvm.port5900 = text(properties.Is5900PortEnabled) === 'true';
    if (password !== '') kvm.password = password;
  });
  const wanted = text(properties.OptInPolicy) === 'true';
  if (wanted !== (text(before.properties.OptInPolicy) === 'true')) {
    if (firmware.state.provisioning.controlMode === 'ccm') throw new SoapFault('AccessDenied');
    firmware.change((state) => {
      state.consent.policy = wanted ? 'kvm' : 'none';
    });
    recordAudit(firmware, { application: 29, event: wanted ? 0 : 1, user: call.account.name, address: call.address });
  }
  // Updates nobody asked for are a matter of the session that is open: without one there is nothing to switch.
  const unasked = 'BackToBackFbMode' in properties && {
    BackToBackFbMode: pushes(properties) && firmware.state.sessions.kvm,
  };
  firmware.change(() => firmware.store(SETTINGS, [{ ...properties, ...unasked, RFBPassword: '' }]));
  return settingsNow(firmware);
}

/** Whether updates come without being asked for, one after the other. */
export function pushesUpdates(firmware: Firmware): boolean {
  const [settings = {}] = firmware.instances(SETTINGS) ?? [];
  return pushes(settings);
}

/** With a session ends that it was sent more than it asked for. */
export function pushNoMore(firmware: Firmware): void {
  const [settings = {}] = firmware.instances(SETTINGS) ?? [];
  if (pushes(settings)) firmware.change(() => firmware.store(SETTINGS, [{ ...settings, BackToBackFbMode: false }]));
}

function pushes(settings: Properties): boolean {
  return text(settings.BackToBackFbMode) === 'true';
}

const FIXED = ['ElementName', 'EnabledByMEBx', 'GrayscalePixelFormatSupported', 'InstanceID', 'ZlibControlSupported'];

function checkNumbers(properties: Properties): void {
  const timeout = Number(text(properties.SessionTimeout));
  const screen = Number(text(properties.DefaultScreen));
  const right = timeout >= 0 && timeout <= 255 && ((screen >= 0 && screen <= 3) || screen === 255);
  if (!right) throw new SoapFault('InvalidRepresentation');
}

/** Port 5900 needs a password of eight characters of every kind, and newer firmware opens it no more. */
function checkPort(firmware: Firmware, properties: Properties, password: string): void {
  const open = text(properties.Is5900PortEnabled) === 'true';
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9_]/].every((kind) => kind.test(password));
  const strong = password.length === 8 && kinds && !/[:,"]/.test(password);
  if (open && (!firmware.quirks.port5900 || !strong)) throw new SoapFault('InvalidRepresentation');
  if (password !== '' && !strong) throw new SoapFault('InvalidRepresentation');
}
