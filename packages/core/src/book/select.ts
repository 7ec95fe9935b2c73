/** Targets: names of machines, `@tags`, `@all`. */
import { InvalidBook } from '../errors.ts';
import { didYouMean } from './nearest.ts';

/** Names behind the targets, each once, in the order of the book. @throws InvalidBook for unknown names and tags */
export function selectMachines(
  machines: ReadonlyMap<string, { readonly tags?: readonly string[] }>,
  targets: readonly string[],
  file: string,
): string[] {
  const chosen = new Set<string>();
  for (const target of targets) {
    if (target === '@all') {
      for (const name of machines.keys()) chosen.add(name);
    } else if (target.startsWith('@')) {
      const tag = target.slice(1);
      const tagged = [...machines].filter(([, { tags }]) => tags?.includes(tag)).map(([name]) => name);
      if (tagged.length === 0) {
        const tags = [...machines.values()].flatMap(({ tags = [] }) => tags.map((other) => `@${other}`));
        throw new InvalidBook(`No machine in the book ${file} has the tag ${target}${didYouMean(target, tags)}.`, {
          file,
        });
      }
      for (const name of tagged) chosen.add(name);
    } else if (machines.has(target)) {
      chosen.add(target);
    } else {
      const advice = didYouMean(target, machines.keys());
      throw new InvalidBook(
        `There is no machine called ${JSON.stringify(target)} in the book ${file}${advice}${advice ? '' : '.'}`,
        { file },
      );
    }
  }
  return [...machines.keys()].filter((name) => chosen.has(name));
}
