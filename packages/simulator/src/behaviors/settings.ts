/** Settings that are simply kept: what a Put may say, and what it leaves behind. [DSP0226 §7] */
import { classes, decodeFields, ProtocolError } from '@amtkit/core/wire';
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import { type Instance, type Properties, sameValue, text } from '../values.ts';
import { matches } from '../wsman/selecting.ts';

/** What a Put to one class has to keep to. */
export interface PutRules {
  /** May be sent, but only as they are. */
  readonly fixed?: readonly string[];
  /** Must not be sent at all. */
  readonly refused?: readonly string[];
  /** Must be sent. */
  readonly required?: readonly string[];
  /** Taken, never shown. */
  readonly writeOnly?: readonly string[];
}

/** Answers for classes without any behaviour of their own. */
export const settings: Behavior = {
  name: 'settings',

  put(firmware, call) {
    const rules = WRITABLE[call.className];
    if (rules === undefined) return undefined;
    const all = firmware.instances(call.className) ?? [];
    const { index, properties } = mergedPut(call, all.map(named(call.className)), rules);
    const kept = without(properties, rules.writeOnly ?? []);
    firmware.change(() => firmware.store(call.className, all.with(index, kept)));
    return { className: call.className, properties: kept };
  },

  delete(firmware, call) {
    if (!DELETABLE.includes(call.className)) return undefined;
    const all = firmware.instances(call.className) ?? [];
    const left = all.filter((each) => !matches(each, call.selectors));
    if (Object.keys(call.selectors).length === 0 || left.length === all.length) throw new SoapFault('InvalidSelectors');
    firmware.change(() => firmware.store(call.className, left));
    return 'deleted';
  },
};

/**
 * The instance a Put is about, with what it says taken over. Properties left out stay as they are.
 * @throws SoapFault
 */
export function mergedPut(
  call: Call,
  all: readonly Instance[],
  { fixed = [], refused = [], required = [], writeOnly = [] }: PutRules,
): { readonly index: number; readonly properties: Properties } {
  const { className, input } = call;
  const index = indexOf(call, all);
  const before = all[index]?.properties ?? {};
  const definition = classes[className];
  for (const [name, value] of Object.entries(input)) {
    if (before[name] === undefined && definition?.properties[name] === undefined) {
      throw new SoapFault('SchemaValidationError');
    }
    if (refused.includes(name)) throw new SoapFault('InvalidRepresentation');
    const shown = before[name];
    if ((fixed.includes(name) || KEYS.includes(name)) && shown !== undefined && !sameValue(shown, value)) {
      throw new SoapFault('InvalidRepresentation');
    }
  }
  if (required.some((name) => input[name] === undefined)) throw new SoapFault('InvalidRepresentation');
  checkTypes(call);
  const shown = without(input, writeOnly);
  return { index, properties: { ...before, ...shown } };
}

/** Properties that name an instance; a Put cannot rename it. */
const KEYS = ['InstanceID', 'CreationClassName', 'SystemCreationClassName', 'SystemName', 'DeviceID'];

/** By selectors, or where there are none by the keys in the body; of a single instance neither is needed. */
function indexOf({ selectors, input }: Call, all: readonly Instance[]): number {
  const wanted = Object.keys(selectors).length > 0 ? selectors : keysOf(input);
  const index = all.findIndex(({ properties }) => matches(properties, wanted));
  if (index < 0) throw new SoapFault('InvalidSelectors');
  const unnamed = all.length > 1 && Object.keys(wanted).length === 0;
  if (unnamed) throw new SoapFault('InvalidSelectors');
  return index;
}

function keysOf(input: Properties): Record<string, string> {
  const keys = ['InstanceID', 'Name', 'DeviceID'].filter((name) => input[name] !== undefined);
  return Object.fromEntries(keys.map((name) => [name, text(input[name])]));
}

function checkTypes({ className, raw }: Call): void {
  try {
    decodeFields(classes[className]?.properties ?? {}, raw, className);
  } catch (error) {
    if (error instanceof ProtocolError) throw new SoapFault('SchemaValidationError');
    throw error;
  }
}

function without(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}

function named(className: string): (properties: Properties) => Instance {
  return (properties) => ({ className, properties });
}

const DELETABLE = [
  'AMT_ManagementPresenceRemoteSAP',
  'AMT_PublicPrivateKeyPair',
  'AMT_RemoteAccessPolicyRule',
  'CIM_WiFiEndpointSettings',
];

const WRITABLE: Readonly<Record<string, PutRules>> = {
  AMT_8021XProfile: {},
  AMT_EnvironmentDetectionSettingData: {},
  AMT_KerberosSettingData: { writeOnly: ['MasterKey', 'Passphrase'] },
  AMT_MPSUsernamePassword: { writeOnly: ['Secret'] },
  AMT_RemoteAccessPolicyAppliesToMPS: {},
  AMT_WiFiPortConfigurationService: { refused: ['LastConnectedSsidUnderMeControl'] },
  CIM_WiFiEndpointSettings: { writeOnly: ['PSKPassPhrase', 'PSKValue'] },
  IPS_IEEE8021xSettings: { writeOnly: ['Password', 'PSK'] },
  IPS_IPv6PortSettings: {
    refused: ['CurrentAddressInfo', 'CurrentDefaultRouter', 'CurrentPrimaryDNS', 'CurrentSecondaryDNS'],
    // Observed: what is not sent makes the whole request invalid.
    required: ['DefaultRouter', 'IPv6Address', 'InterfaceIDType', 'PrimaryDNS', 'SecondaryDNS'],
  },
  IPS_ScreenSettingData: { fixed: ['IsActive', 'ResolutionX', 'ResolutionY', 'UpperLeftX', 'UpperLeftY'] },
  IPS_SecIOService: {},
};
