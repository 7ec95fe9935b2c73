import { describe, expect, it } from 'vitest';
import { parseScript } from './script.ts';

const parse = (source: string, env: Record<string, string> = {}) => parseScript(source, 'x.amt', env);

describe('A script', () => {
  it('is its steps, with their lines', () => {
    const { steps } = parse(`# log in
timeout 1m

send "root\\r"   # Enter
expect "login:" timeout 5s
expect /[#$"] $/m
press F2
press ESC every 200ms until "Boot menu"
never "Kernel panic"
log "at \${machine}"
pause 500ms
power soft-reset
exit 3`);
    expect(steps).toMatchObject([
      { line: 2, does: 'timeout', ms: 60_000 },
      { line: 4, does: 'send', text: ['root', '\r'] },
      { line: 5, does: 'expect', pattern: { text: ['login:'] }, ms: 5000 },
      { line: 6, does: 'expect', pattern: { expression: /[#$"] $/m }, ms: undefined },
      { line: 7, does: 'press', key: 'F2' },
      { line: 8, does: 'press', key: 'ESC', until: { everyMs: 200, pattern: { text: ['Boot menu'] } } },
      { line: 9, does: 'never' },
      { line: 10, does: 'log', text: ['at ', { variable: 'machine' }] },
      { line: 11, does: 'pause', ms: 500 },
      { line: 12, does: 'power', action: 'soft-reset' },
      { line: 13, does: 'exit', status: 3 },
    ]);
  });

  it('knows the escapes of text', () => {
    const { steps } = parse('send "\\r\\n\\t\\e\\\\\\"\\x41\\${x} # no comment"');
    expect(steps).toMatchObject([{ text: ['\r', '\n', '\t', '\u001b', '\\', '"', 'A', '$', '{x} # no comment'] }]);
  });

  it('takes variables from the environment, or what stands behind them', () => {
    const { variables, secrets } = parse('var A = "one"\nvar B = "two"\nsecret C\nsend "${A}${C}"', {
      B: 'b',
      C: 'hidden',
    });
    expect(Object.fromEntries(variables)).toEqual({ A: 'one', B: 'b', C: 'hidden' });
    expect(secrets).toEqual(['hidden']);
  });

  it.each([
    ['sned "x"', 'x.amt:1: there is no step sned; steps are send, press'],
    ['\n\nsend root', 'x.amt:3: text in "quotation marks" is missing.'],
    ['send "root', 'x.amt:1: text in "quotation marks" is missing.'],
    ['send "a" "b"', 'x.amt:1: what is "b" for?'],
    ['send "\\q"', 'x.amt:1: \\q means nothing'],
    ['send "${USER}"', 'x.amt:1: there is no variable USER; var or secret above makes one.'],
    ['expect', 'x.amt:1: text in "quotation marks" is missing.'],
    ['expect ""', 'x.amt:1: nothing to wait for'],
    ['expect /(/', 'x.amt:1: Invalid regular expression'],
    ['expect /a/g', 'x.amt:1: a regular expression has the flags i, m, s and u, not g.'],
    ['expect "a" timeout', 'x.amt:1: the time behind timeout is missing.'],
    ['timeout soon', 'x.amt:1: timeout takes a time such as 2s'],
    ['press F13', 'x.amt:1: there is no key F13; keys are ENTER'],
    ['press ESC every 1s', 'x.amt:1: a key that is pressed again and again needs: until'],
    ['power sleep', 'x.amt:1: power takes one of on, off, cycle'],
    ['exit 300', 'x.amt:1: exit takes a number from 0 to 125, not 300.'],
    ['secret PW', 'x.amt:1: PW is not set in the environment.'],
    ['var 1A', 'x.amt:1: 1A is not the name of a variable.'],
    ['# nothing', 'x.amt has no steps.'],
  ])('%j is refused: %s', (source, sentence) => {
    expect(() => parse(source)).toThrow(sentence);
  });

  it('does not show a secret in a mistake behind it', () => {
    expect(() => parse('secret PW\nsend "${PW}" x', { PW: 'hidden' })).toThrow(/^(?!.*hidden)/);
  });
});
