/** Lines that fit. */

/** A line that is too long goes on below, at `column`, or where it began. */
export function wrapped(line: string, width: number, column?: number): string[] {
  if (line.length <= width) return [line];
  const indent = column ?? /^\s*(\d+\s+)?/.exec(line)?.[0].length ?? 0;
  const cut = line.lastIndexOf(' ', width);
  if (cut <= indent) return [line];
  // What fits on no line stays where it is.
  const word = /^\S*/.exec(line.slice(cut + 1))?.[0].length ?? 0;
  if (indent + word > width) return [line];
  return [line.slice(0, cut), ...wrapped(' '.repeat(indent) + line.slice(cut + 1), width, column)];
}
