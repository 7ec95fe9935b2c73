/**
 * The initial state of every class: what stands in `instances/<ClassName>.xml`, changed by the profile. Read once for
 * all PCs of a process; a PC keeps only what differs from it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { elementOf, listOf, parseXml } from '@amtkit/core/wire';
import type { Profile } from './profiles/profile.ts';
import { type Properties, propertiesOf } from './values.ts';

/** The instances of exactly this class on a new PC of this profile; `undefined` where it lacks the class. */
export function initialInstances(profile: Profile, className: string): readonly Properties[] | undefined {
  let known = perProfile.get(profile);
  if (known === undefined) {
    known = new Map();
    perProfile.set(profile, known);
  }
  if (known.has(className)) return known.get(className);
  const instances = ofProfile(profile, className);
  known.set(className, instances);
  return instances;
}

const perProfile = new Map<Profile, Map<string, readonly Properties[] | undefined>>();
const files = new Map<string, readonly Properties[] | undefined>();

function ofProfile(profile: Profile, className: string): readonly Properties[] | undefined {
  if (profile.absent.includes(className)) return undefined;
  const replaced = profile.instances[className];
  if (replaced !== undefined) return replaced;
  const instances = readInstances(className);
  const change = profile.changes[className];
  if (instances === undefined || change === undefined) return instances;
  return instances.map((instance) => {
    const changed: Record<string, Properties[string]> = { ...instance };
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) delete changed[name];
      else changed[name] = value;
    }
    return changed;
  });
}

function readInstances(className: string): readonly Properties[] | undefined {
  if (files.has(className)) return files.get(className);
  const instances = /^(AMT|CIM|IPS)_\w+$/.test(className) ? parseFile(className) : undefined;
  files.set(className, instances);
  return instances;
}

function parseFile(className: string): readonly Properties[] | undefined {
  const file = new URL(`./instances/${className}.xml`, import.meta.url);
  if (!existsSync(file)) return undefined;
  const root = parseXml(readFileSync(file, 'utf8'));
  const elements = listOf((root.instances === undefined ? root : elementOf(root.instances))[className]);
  return elements.map((element) => Object.freeze(propertiesOf(elementOf(element))));
}
