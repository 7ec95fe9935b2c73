// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what is looked for begins with ESC
/** What a host did to our terminal while it was connected, so that it can be undone at the end. */

/** Looks at everything that is shown. */
export interface TerminalModes {
  see(shown: Uint8Array): void;
  /** What brings the terminal back to where it was; nothing where nothing was changed. */
  undo(): string;
}

/** A terminal as a shell leaves it. */
export function terminalModes(): TerminalModes {
  const set = new Map<string, boolean>();
  let cut = '';
  let painted = false;
  let region = false;
  let keypad = false;
  let charset = false;

  const take = (sequence: RegExpMatchArray): void => {
    const [, modes, way, margins, last = ''] = sequence;
    if (modes !== undefined) for (const mode of modes.split(';')) set.set(mode, way === 'h');
    else if (margins !== undefined) region = margins !== '';
    else if (last === '=' || last === '>') keypad = last === '=';
    else if (last.startsWith('(')) charset = last !== '(B';
    else painted = true;
  };
  return {
    see(shown) {
      const text = cut + Buffer.from(shown).toString('latin1');
      cut = '';
      if (!text.includes(ESC)) return;
      for (const sequence of text.matchAll(SEQUENCES)) take(sequence);
      const last = text.lastIndexOf(ESC);
      if (text.length - last < LONGEST && !WHOLE.test(text.slice(last))) cut = text.slice(last);
    },
    undo() {
      const wrong = [...set].filter(([mode, on]) => USUAL[mode] !== undefined && USUAL[mode] !== on);
      return [
        ...wrong.map(([mode, on]) => `${ESC}[?${mode}${on ? 'l' : 'h'}`),
        ...(region ? [`${ESC}7${ESC}[r${ESC}8`] : []),
        ...(keypad ? [`${ESC}>`] : []),
        ...(charset ? [`${ESC}(B`] : []),
        ...(painted ? [`${ESC}[0m`] : []),
      ].join('');
    },
  };
}

const ESC = '\u001b';
/** Longer than any sequence that is looked for. */
const LONGEST = 40;

/** Modes that a shell would suffer from, as it has them: cursor keys, wrapping, cursor, mouse, focus, other screens, pastes. */
const USUAL: Readonly<Record<string, boolean>> = {
  1: false,
  5: false,
  7: true,
  25: true,
  47: false,
  1000: false,
  1002: false,
  1003: false,
  1004: false,
  1006: false,
  1047: false,
  1049: false,
  2004: false,
};
const SEQUENCES = /\u001b(?:\[\?([\d;]+)([hl])|\[([\d;]*)r|\[[\d;]*m|([=>]|\([0AB]))/g;
const WHOLE = /^\u001b(?:\[[\d;?]*[^\d;?]|[^[(]|\(.)/;
