/** Which machines and readings are meant by what was entered. */

/** A machine by name, or by one of its tags: `office-pc, @lab`. Nothing means all, and so does `@all`. */
export function machineFilter(text: string): (name: string, tags: readonly string[]) => boolean {
  const words = wordsOf(text);
  if (words.length === 0 || words.includes('@all')) return () => true;
  const names = new Set(words);
  return (name, tags) => names.has(name) || tags.some((tag) => names.has(`@${tag}`));
}

/** An id by itself, or by a pattern with `*`: `power.state, hw.*`. Nothing means all. */
export function idFilter(text: string): (id: string) => boolean {
  const words = wordsOf(text);
  if (words.length === 0) return () => true;
  const patterns = words.map((word) => new RegExp(`^${word.split('*').map(quoted).join('.*')}$`));
  return (id) => patterns.some((pattern) => pattern.test(id));
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function quoted(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
