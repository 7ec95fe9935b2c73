/** What targets are: machines of the book by name and tag, and addresses that are not in it. */
import type { Book } from '@amtkit/core/automation';
import { UsageError } from './exit.ts';

/** One machine a command is for. */
export type Target =
  | { readonly kind: 'book'; readonly name: string }
  | {
      readonly kind: 'address';
      /** As it was typed. */
      readonly name: string;
      readonly host: string;
      readonly ports?: { readonly wsman?: number; readonly redirection?: number };
    };

/** What is used of core; handed in, so that this file loads nothing. */
export interface TargetRules {
  parseHost(text: string): { host: string; ports?: { readonly wsman?: number; readonly redirection?: number } };
  nearest(word: string, candidates: Iterable<string>): string | undefined;
}

/**
 * The machines behind what was typed, each once, in that order. A word that is neither in the book nor nearly so is an
 * address.
 * @throws UsageError, InvalidBook
 */
export function resolveTargets(
  book: Pick<Book, 'machines' | 'select' | 'path'>,
  typed: readonly string[],
  { parseHost, nearest }: TargetRules,
): Target[] {
  const found = new Map<string, Target>();
  for (const word of typed.flatMap((words) => words.split(',')).filter((part) => part !== '')) {
    if (word === '@all' && book.machines.size === 0) {
      throw new UsageError(`The book ${book.path} has no machine.`, 'amt scan RANGE --add finds and adds some.');
    }
    if (word.startsWith('@') || book.machines.has(word)) {
      for (const name of book.select([word])) found.set(name, { kind: 'book', name });
      continue;
    }
    const meant = /[.:]/.test(word) ? undefined : nearest(word, book.machines.keys());
    if (meant !== undefined) {
      throw new UsageError(
        `There is no machine called ${word} in the book ${book.path}; did you mean ${meant}?`,
        `If it is the network name of another machine, write it with its port: ${word}:16993.`,
      );
    }
    try {
      found.set(word, { kind: 'address', name: word, ...parseHost(word) });
    } catch (error) {
      throw error instanceof TypeError ? new UsageError(error.message) : error;
    }
  }
  if (found.size === 0)
    throw new UsageError('No machine was named.', 'Name one, a tag such as @lab, @all, or an address.');
  return [...found.values()];
}
