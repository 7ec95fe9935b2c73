/** What a host writes, waited for: text as it comes, and the lines that were seen last. */

/** Waits for something in text that comes in pieces. */
export interface Watcher {
  /** More text. */
  feed(text: string): void;
  /** No more text will come: why. */
  fail(error: Error): void;
  /**
   * Resolves when it is there, and takes everything up to its end; false when it was not there in time.
   * @throws what ended the text, or {@link Unwanted}
   */
  wait(pattern: string | RegExp, timeoutMs: number): Promise<boolean>;
  /** From here on, this ends every wait. @param label as it is called in messages */
  never(pattern: string | RegExp, label: string): void;
  /** The last lines, oldest first, without empty ones. */
  lastLines(count: number): string[];
}

/** Something came that must not. */
export class Unwanted extends Error {}

/** So much text is kept for what waits; older text is gone for good. Characters. */
const KEPT = 65_536;
/** So much is kept of what was seen, for messages. */
const SEEN = 8_192;

/** A watcher of one line. */
export function createWatcher(): Watcher {
  let text = '';
  let seen = '';
  let over: Error | undefined;
  let look = (): void => {};
  const unwanted: { readonly pattern: string | RegExp; readonly label: string; from: number }[] = [];

  const drop = (count: number): void => {
    text = text.slice(count);
    for (const each of unwanted) each.from = Math.max(0, each.from - count);
  };
  /** Unwanted text counts even when a wait was over before it. */
  const check = (): void => {
    for (const each of unwanted) {
      const found = endOf(text.slice(each.from), each.pattern);
      if (found !== undefined) over ??= new Unwanted(each.label);
    }
  };
  return {
    feed(more) {
      text += more;
      seen = (seen + more).slice(-SEEN);
      check();
      if (text.length > KEPT) drop(text.length - KEPT);
      look();
    },
    fail(error) {
      over ??= error;
      look();
    },
    wait(pattern, timeoutMs) {
      return new Promise((resolve, reject) => {
        const done = (settle: () => void): void => {
          clearTimeout(timer);
          look = () => {};
          settle();
        };
        const timer = setTimeout(() => done(() => resolve(false)), timeoutMs);
        look = () => {
          const end = endOf(text, pattern);
          if (end !== undefined && !(over instanceof Unwanted)) {
            drop(end);
            done(() => resolve(true));
          } else if (over !== undefined) {
            const error = over;
            done(() => reject(error));
          }
        };
        look();
      });
    },
    never(pattern, label) {
      unwanted.push({ pattern, label, from: text.length });
    },
    lastLines(count) {
      const lines = seen.split('\n').map((line) => line.trimEnd());
      return lines.filter((line) => line !== '').slice(-count);
    },
  };
}

/** Where the first occurrence ends. */
function endOf(text: string, pattern: string | RegExp): number | undefined {
  if (typeof pattern === 'string') {
    const at = text.indexOf(pattern);
    return at < 0 ? undefined : at + pattern.length;
  }
  const found = pattern.exec(text);
  return found === null ? undefined : found.index + found[0].length;
}
