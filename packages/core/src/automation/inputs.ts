/** What a command is given: checked against its entry, and shown to others without its secrets. */
import type { Action, Setting } from '../capabilities/capability.ts';
import { parseInput, parseValue } from '../capabilities/value.ts';

/** Checked inputs of an action, or the checked value of a setting. @throws TypeError that names the input */
export function acceptInput(capability: Action | Setting, input: unknown): unknown {
  return capability.kind === 'setting'
    ? parseValue(capability.value, input, capability.id)
    : parseInput(capability, input);
}

/** What may be shown of a checked input: everything but secrets. */
export function visibleInput(capability: Action | Setting, input: unknown): unknown {
  if (capability.kind === 'setting') return capability.value.type === 'secret' ? undefined : input;
  const secrets = secretsOf(capability);
  if (secrets.length === 0) return input;
  return Object.fromEntries(Object.entries(input as object).filter(([name]) => !secrets.includes(name)));
}

/** A changed input with the secrets of the one it takes the place of. */
export function withSecrets(capability: Action | Setting, changed: unknown, original: unknown): unknown {
  if (capability.kind === 'setting') return capability.value.type === 'secret' ? original : changed;
  const secrets = secretsOf(capability);
  if (secrets.length === 0) return changed;
  const kept = Object.entries(original as object).filter(([name]) => secrets.includes(name));
  return { ...(changed as object), ...Object.fromEntries(kept) };
}

function secretsOf({ input }: Action): string[] {
  return Object.keys(input).filter((name) => input[name]?.type === 'secret');
}
