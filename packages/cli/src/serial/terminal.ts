/** The terminal while a machine has it: every key goes through, the window says whose it is, and all is put back. */
import type { Streams } from '../app.ts';

/** How it is taken. */
export interface TerminalOptions {
  /** What the window is called meanwhile. */
  readonly title: string;
  /** What brings the screen back to how shells want it; asked for at the end. */
  readonly undo: () => string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Takes the terminal behind stdin. Putting it back happens once: by disposing, or when the process ends in whatever way
 * lets it do anything at all.
 */
export function takeTerminal(streams: Streams, { title, undo, env }: TerminalOptions): Disposable {
  const { stdin, stdout, stderr } = streams;
  const screen = stdout.isTTY ? stdout : stderr.isTTY ? stderr : undefined;
  const named = screen !== undefined && !NAMELESS.has(env.TERM ?? '');
  let taken = true;
  const putBack = (): void => {
    if (!taken) return;
    taken = false;
    process.off('exit', putBack);
    stdin.setRawMode?.(false);
    screen?.write(`${undo()}${named ? TITLE_BACK : ''}`);
  };
  process.on('exit', putBack);
  stdin.setRawMode?.(true);
  if (named) screen.write(`${TITLE_KEEP}\u001b]2;${title}\u0007`);
  return { [Symbol.dispose]: putBack };
}

/** Terminals whose window has no name. */
const NAMELESS: ReadonlySet<string> = new Set(['', 'dumb', 'linux']);
/** The terminal's own stack of titles; where there is none, the title becomes empty and the shell sets it. [XTERM: CSI t] */
const TITLE_KEEP = '\u001b[22;2t';
const TITLE_BACK = '\u001b]2;\u0007\u001b[23;2t';
