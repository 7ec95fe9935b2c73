/** Text that comes in pieces, as lines; one that does not end, such as a prompt, after a moment. */

/** Cuts text into lines. */
export interface Pieces {
  feed(text: string): void;
  /** Gives the rest. */
  end(): void;
}

/** A line that does not end is given after this time, milliseconds. */
const PROMPT_MS = 500;
/** The longest line, characters. */
const LONGEST = 16_384;

/** Gives each line without its end. */
export function pieces(give: (line: string) => void, promptMs: number = PROMPT_MS): Pieces {
  let begun = '';
  let timer: NodeJS.Timeout | undefined;
  function rest(): void {
    clearTimeout(timer);
    if (begun === '') return;
    const line = begun;
    begun = '';
    give(line);
  }
  return {
    feed(text) {
      clearTimeout(timer);
      const lines = (begun + text).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) give(line);
      if (begun.length >= LONGEST) rest();
      else if (begun !== '') timer = setTimeout(rest, promptMs);
    },
    end: rest,
  };
}
