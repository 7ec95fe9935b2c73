/**
 * What the PC starts from next: options and a source, which exclude each other, for one start.
 * [AMT: AMT_BootSettingData] [AMT: CIM_BootConfigSetting] [AMT: CIM_BootService]
 */
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import type { BootChoice } from '../hardware/hardware.ts';
import { noBoot } from '../state.ts';
import { isReference, list, type Properties, sameValue, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';
import { consentGiven } from './consent.ts';
import { readRecovery, recoveryFault } from './recovery.ts';

const SETTINGS = 'AMT_BootSettingData';

/** Results of the boot methods. */
const Result = { done: 0, notSupported: 1, invalidReference: 4, invalidParameter: 5, accessDenied: 6 };

/** Answers for boot options. */
export const boot: Behavior = {
  name: 'boot',

  enumerate(firmware, { className }) {
    if (className !== SETTINGS) return undefined;
    return (firmware.instances(SETTINGS) ?? []).map((properties) => ({
      className,
      properties: settingsNow(firmware, properties),
    }));
  },

  put(firmware, call) {
    if (call.className !== SETTINGS) return undefined;
    const [initial = {}] = firmware.instances(SETTINGS) ?? [];
    if (!consentGiven(firmware)) return withoutConsent(firmware, initial);
    const options = optionsOf(initial, call.input);
    const blocking = Object.keys(options).some((name) => EXCLUDE_SOURCE.includes(name) && isOn(options, name));
    if (blocking && firmware.state.boot.source !== undefined) throw new SoapFault('InvalidRepresentation');
    const parameters = text(call.input.UefiBootParametersArray) || undefined;
    const fault = recoveryFault(firmware, call.tls, parameters, text(call.input.UefiBootNumberOfParams));
    if (fault !== undefined) throw new SoapFault(fault);
    firmware.change((state) => {
      state.boot.options = options;
      state.boot.parameters = parameters;
      state.boot.cleared = Object.keys(options).length === 0;
    });
    audit(firmware, call);
    return { className: SETTINGS, properties: settingsNow(firmware, initial) };
  },

  invoke(firmware, call) {
    if (call.className === 'CIM_BootConfigSetting' && call.method === 'ChangeBootOrder') {
      return { ReturnValue: changeBootOrder(firmware, call) };
    }
    if (call.className === 'CIM_BootService' && call.method === 'SetBootConfigRole') {
      return { ReturnValue: setRole(firmware, call) };
    }
    return undefined;
  },
};

/**
 * Takes what waits for the next start: it holds for that one only, and what was set is forgotten. Nothing where nothing
 * waits: the BIOS goes by its own order.
 */
export function takeBootChoice(firmware: Firmware): BootChoice | undefined {
  const choice = choiceOf(firmware);
  firmware.change((state) => {
    state.boot = noBoot();
  });
  return choice;
}

/** Options that no source can stand beside. */
const EXCLUDE_SOURCE = ['UseIDER', 'UseSOL', 'ReflashBIOS', 'BIOSPause', 'BIOSSetup'];

/** Properties that a Put must not carry, though a Get shows them. */
const READ_ONLY = [
  'BIOSLastStatus',
  'BootguardStatus',
  'OptionsCleared',
  'RPEEnabled',
  'SecureBootControlEnabled',
  'UEFIHTTPSBootEnabled',
  'UEFILocalPBABootEnabled',
  'WinREBootEnabled',
];

/** Written, never shown. */
const WRITE_ONLY = ['RSEPassword', 'UefiBootParametersArray', 'UefiBootNumberOfParams'];
/** Sent along with every Put, and fixed. */
const FIXED = ['ElementName', 'InstanceID', 'OwningEntity'];

function settingsNow({ state }: Firmware, initial: Properties): Properties {
  return { ...initial, ...state.boot.options, OptionsCleared: state.boot.cleared };
}

/** Options of a Put that differ from "none". @throws SoapFault */
function optionsOf(initial: Properties, input: Properties): Properties {
  const options: Record<string, Properties[string]> = {};
  for (const [name, value] of Object.entries(input)) {
    if (READ_ONLY.includes(name)) throw new SoapFault('InvalidRepresentation');
    if (WRITE_ONLY.includes(name)) continue;
    const none = initial[name];
    if (none === undefined) throw new SoapFault('SchemaValidationError');
    if (FIXED.includes(name)) {
      if (!sameValue(none, value)) throw new SoapFault('InvalidRepresentation');
    } else {
      const wanted = text(value);
      const boolean = /^(true|false)$/.test(text(none));
      if (boolean ? !/^(true|false)$/.test(wanted) : !/^\d+$/.test(wanted))
        throw new SoapFault('SchemaValidationError');
      if (!sameValue(none, value)) options[name] = wanted;
    }
  }
  return options;
}

function isOn(options: Properties, name: string): boolean {
  return text(options[name]) === 'true';
}

function withoutConsent(firmware: Firmware, initial: Properties) {
  const { consentMissing } = firmware.quirks;
  if (consentMissing === 'AccessDenied') throw new SoapFault('AccessDenied');
  if (consentMissing === 'AMT-STATUS 2081') throw new SoapFault('InternalError', consentMissing);
  return { className: SETTINGS, properties: settingsNow(firmware, initial) };
}

function changeBootOrder(firmware: Firmware, call: Call): number {
  if (call.selectors.InstanceID !== undefined && call.selectors.InstanceID !== 'Intel(r) AMT: Boot Configuration 0') {
    throw new SoapFault('InvalidSelectors');
  }
  if (!consentGiven(firmware)) return denied(firmware);
  // Only the first source counts: none of them supports falling through to the next.
  const [source] = list(call.input.Source);
  if (source === undefined || source === '') {
    firmware.change((state) => {
      state.boot.source = undefined;
    });
    return Result.done;
  }
  if (!isReference(source) || source.className !== 'CIM_BootSourceSetting') return Result.invalidReference;
  const id = source.selectors.InstanceID;
  const known = (firmware.instances('CIM_BootSourceSetting') ?? []).some((each) => text(each.InstanceID) === id);
  if (!known || typeof id !== 'string') return Result.invalidReference;
  const { options } = firmware.state.boot;
  if (EXCLUDE_SOURCE.some((name) => isOn(options, name))) return Result.invalidParameter;
  firmware.change((state) => {
    state.boot.source = id;
  });
  audit(firmware, call);
  return Result.done;
}

function setRole(firmware: Firmware, call: Call): number {
  const config = call.input.BootConfigSetting;
  const role = text(call.input.Role);
  if (!isReference(config) || config.selectors.InstanceID !== 'Intel(r) AMT: Boot Configuration 0') {
    return Result.invalidReference;
  }
  if (role !== '1' && role !== '32768') return role === '0' ? Result.notSupported : Result.invalidParameter;
  if (!consentGiven(firmware)) return denied(firmware);
  firmware.change((state) => {
    state.boot.next = role === '1';
  });
  return Result.done;
}

function denied({ quirks }: Firmware): number {
  return quirks.consentMissing === 'ignored' ? Result.done : Result.accessDenied;
}

function choiceOf(firmware: Firmware): BootChoice | undefined {
  const { state, quirks } = firmware;
  const { options, source = '', next } = state.boot;
  if (!next && quirks.bootNeedsRole) return undefined;
  if (isOn(options, 'UseIDER')) {
    // Without a session there is no drive, and the BIOS goes on with its own order.
    if (!state.sessions.ider) return undefined;
    return text(options.IDERBootDevice) === '1' ? 'ider-cd' : 'ider-floppy';
  }
  if (isOn(options, 'BIOSSetup')) return 'bios';
  if (isOn(options, 'BIOSPause')) return 'bios-pause';
  if (source.includes('OCR')) return readRecovery(firmware, source) ?? 'disk';
  const choice = SOURCES.find(([word]) => source.includes(word))?.[1];
  return (choice ?? 'disk') === 'disk' && isOn(options, 'UseSafeMode') ? 'safe-mode' : choice;
}

const SOURCES: readonly (readonly [string, BootChoice])[] = [
  ['PXE', 'pxe'],
  ['CD/DVD', 'cd'],
  ['Diagnostic', 'diagnostics'],
  ['Hard-drive', 'disk'],
];

function audit(firmware: Firmware, { account, address }: Call): void {
  recordAudit(firmware, { application: 17, event: 4, user: account.name, address });
}
