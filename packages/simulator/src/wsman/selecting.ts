/** How one instance is named, and found by its name. */
import type { Reference, Selectors } from '@amtkit/core/wire';
import { SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Instance, type Properties, text } from '../values.ts';

/** The one instance that selectors name. @throws SoapFault */
export function pick(firmware: Firmware, all: readonly Instance[], selectors: Selectors): Instance {
  const names = Object.keys(selectors);
  const matching = all.filter(({ properties }) => matches(properties, selectors));
  const [first, second] = matching;
  if (names.length > 0 && first === undefined && all.length > 0) throw new SoapFault('InvalidSelectors');
  if (first === undefined) throw new SoapFault('DestinationUnreachable');
  if (second !== undefined && firmware.quirks.getOfMany === 'fault') throw new SoapFault('InvalidSelectors');
  return first;
}

/** Whether an instance is the one selectors name: every one of them has to fit a property. */
export function matches(properties: Properties, selectors: Selectors): boolean {
  return Object.entries(selectors).every(([name, wanted]) => {
    const value = properties[name];
    if (value === undefined) return false;
    return typeof wanted === 'string' ? text(value) === wanted : sameReference(value as Reference, wanted);
  });
}

function sameReference(a: Reference, b: Reference): boolean {
  return a.className === b.className && JSON.stringify(sorted(a.selectors)) === JSON.stringify(sorted(b.selectors));
}

function sorted(selectors: Selectors): unknown {
  return Object.entries(selectors).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A pointer to an instance by its keys. */
export function referenceTo({ className, properties }: Instance): Reference {
  const keys = KEYS.find((names) => names.every((name) => properties[name] !== undefined)) ?? [];
  return {
    className,
    selectors: Object.fromEntries(
      keys.map((name) => {
        const value = properties[name];
        return [name, typeof value === 'object' && 'className' in value ? value : text(value)];
      }),
    ),
  };
}

/** Sets of key properties, the most telling first; the first that an instance has is its own. */
const KEYS: readonly (readonly string[])[] = [
  ['CreationClassName', 'PolicyRuleName', 'SystemCreationClassName', 'SystemName'],
  ['CreationClassName', 'DeviceID', 'SystemCreationClassName', 'SystemName'],
  ['CreationClassName', 'Name', 'SystemCreationClassName', 'SystemName'],
  ['ServiceProvided', 'UserOfService'],
  ['ElementInContext', 'ElementProvidingContext'],
  ['ManagedElement', 'SettingData'],
  ['ManagedElement', 'PolicySet'],
  ['Antecedent', 'Dependent'],
  ['Filter', 'Handler'],
  ['InstanceID'],
  ['CreationClassName', 'Tag'],
  ['CreationClassName', 'Name'],
  ['Name', 'SoftwareElementID', 'SoftwareElementState', 'TargetOperatingSystem', 'Version'],
  ['Name'],
  ['ElementName'],
];
