/** How commands say what they take. */
import type { Option } from './command.ts';

/** Names in `<targets..> [value]`. */
export function positionalsOf(usage: string): Set<string> {
  return new Set([...usage.matchAll(/[<[]([\w-]+)(?:\.\.)?[>\]]/g)].map(([, name]) => name ?? ''));
}

/** A description with the words that may stand there. */
export function withChoices({ describe, choices }: Option): string {
  return choices === undefined ? describe : `${describe}: ${choices.join(', ')}`;
}

/** What is said of a group that only plugins have. */
export function describeAdded(name: string): string {
  return `Commands of plugins: ${name}`;
}
