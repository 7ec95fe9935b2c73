// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what is looked for begins with ESC
/** What a host writes as plain text: without colours and cursor movements, with lines that end in LF. */

/** Takes text in pieces; what is not whole yet, such as half a sequence, comes with the next piece. */
export function plainText(): (text: string) => string {
  let cut = '';
  return (text) => {
    const whole = cut + text;
    const at = unfinished(whole);
    cut = whole.slice(at);
    return whole
      .slice(0, at)
      .replace(SEQUENCES, '')
      .replace(/\r+\n/g, '\n')
      .replace(/\r/g, '\n')
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
  };
}

/** Where a sequence or a line end begins that may go on in the next piece; the length where none does. */
function unfinished(text: string): number {
  const [tail = ''] = UNFINISHED.exec(text) ?? [];
  return tail.length > LONGEST ? text.length : text.length - tail.length;
}

/** What is longer is no sequence but text behind a stray ESC. */
const LONGEST = 256;
const SEQUENCES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[PX^_][^\u001b]*\u001b\\|[ -/]*[0-~])/g;
const UNFINISHED = /(?:\u001b(?:\[[0-?]*[ -/]*|[\]PX^_][^\u0007\u001b]*\u001b?|[ -/]*)?|\r+)$/;
