/** A serializer writes the whole text its own way. These lines keep what it was not asked to change. */

/**
 * The original text with only the edit's lines exchanged.
 *
 * @param original as a person wrote it
 * @param before the same document, serialized
 * @param after the edited document, serialized
 * @returns undefined where the serializer arranged lines so differently that they cannot be matched
 */
export function keepUntouchedLines(original: string, before: string, after: string): string | undefined {
  const eol = original.includes('\r\n') ? '\r\n' : '\n';
  const [theirs, old, fresh] = [linesOf(original), linesOf(before), linesOf(after)];
  const places = matching(theirs, old);
  if (places === undefined) return undefined;
  const shortest = Math.min(old.length, fresh.length);
  let head = 0;
  while (head < shortest && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < shortest - head && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail++;
  const from = head === 0 ? 0 : head < old.length ? placeOf(places, head) : theirs.length;
  const to = tail === 0 ? theirs.length : placeOf(places, old.length - tail);
  const lines = [
    ...theirs.slice(0, from),
    ...fresh.slice(head, fresh.length - tail),
    ...theirs.slice(Math.max(from, to)),
  ];
  return `${lines.join(eol)}${eol}`;
}

/** For each line of the serialized text, where it stands in the original; blank lines count for nothing. */
function matching(theirs: readonly string[], old: readonly string[]): (number | undefined)[] | undefined {
  const written = theirs.flatMap((line, index) => (line.trim() === '' ? [] : [index]));
  const places = old.map((line) => {
    if (line.trim() === '') return undefined;
    const index = written.shift();
    return index !== undefined && squeezed(theirs[index] ?? '') === squeezed(line) ? index : Number.NaN;
  });
  return written.length > 0 || places.some(Number.isNaN) ? undefined : places;
}

/** Place of a line; of a blank one, behind the last line that is not. */
function placeOf(places: readonly (number | undefined)[], line: number): number {
  const exact = places[line];
  if (exact !== undefined) return exact;
  for (let above = line - 1; above >= 0; above--) {
    const place = places[above];
    if (place !== undefined) return place + 1;
  }
  return 0;
}

function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
}

function squeezed(line: string): string {
  return line.replace(/\s+/g, '');
}
