/** Names of machines: what the shell is told, what MQTT topics are made of. */

/** What a machine may be called: lower-case letters and digits, single dashes between. */
const machineNamePattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Longest name of a machine. */
export const MAX_MACHINE_NAME = 63;

/** Words that mean something else where names of machines stand: `amtkit/bridge/…` and `@all`. */
const reservedMachineNames: readonly string[] = ['bridge', 'all'];

/** Whether a machine may have this name. */
export function isMachineName(name: string): boolean {
  return machineNamePattern.test(name) && name.length <= MAX_MACHINE_NAME && !reservedMachineNames.includes(name);
}

/**
 * A valid name made from any text, free among `taken`. Of a host name the first label is used, of an address the
 * whole; accents are dropped; where nothing is left it is `machine`.
 */
export function machineNameFrom(text: string, taken: { has(name: string): boolean } = new Set()): string {
  const label = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+\.?$/i.test(text.trim()) ? (text.trim().split('.')[0] ?? '') : text;
  const base = slug(label, MAX_MACHINE_NAME) || 'machine';
  let name = reservedMachineNames.includes(base) ? `${base}-1` : base;
  for (let n = 2; taken.has(name); n++) {
    const suffix = `-${n}`;
    name = slug(base, MAX_MACHINE_NAME - suffix.length) + suffix;
  }
  return name;
}

/** A tag made from any text, or undefined where nothing is left. */
export function tagFrom(text: string): string | undefined {
  const tag = slug(text, MAX_MACHINE_NAME);
  return tag === '' || tag === 'all' ? undefined : tag;
}

function slug(text: string, length: number): string {
  return text
    .replace(/ß/g, 'ss')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, length)
    .replace(/-+$/, '');
}
