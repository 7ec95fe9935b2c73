import { describe, expect, it } from 'vitest';
import { type TestLine, testLine } from '../../testing/test-line.ts';
import { type ExpectOptions, runScript, StepFailed } from './expect.ts';
import { parseScript } from './script.ts';

/** Runs a script against a line. */
function running(line: TestLine, source: string, more: Partial<ExpectOptions> = {}, env: Record<string, string> = {}) {
  const logged: string[] = [];
  const powered: string[] = [];
  const result = runScript({
    script: parseScript(source, 'x.amt', env),
    machine: 'office-pc',
    line,
    style: { encoding: 'utf8', keys: 'terminal' },
    power: async (action) => void powered.push(action),
    onLog: (text) => void logged.push(text),
    signal: new AbortController().signal,
    ...more,
  });
  return { result, logged, powered };
}

async function failureOf(result: Promise<unknown>): Promise<StepFailed> {
  const error = await result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StepFailed);
  return error as StepFailed;
}

describe('A script', () => {
  it('logs in: types what it should when it sees what it should, and closes the line', async () => {
    const line = testLine((typed) =>
      typed === 'root\r' ? 'root\r\nPassword: ' : typed === 's3cret\r' ? '\r\n# ' : undefined,
    );
    line.say('\u001b[2J\u001b[1;37mpc \u001b[0mlogin: ');
    const { result, logged } = running(
      line,
      'secret PW\nexpect "pc login:"\nsend "root\\r"\nexpect /password: $/i\nsend "${PW}\\r"\nexpect "\\r\\n# "\nlog "in on ${machine} with ${PW}"',
      {},
      { PW: 's3cret' },
    );
    expect(await result).toEqual({ status: 0, steps: 6 });
    expect(line.typed()).toBe('root\rs3cret\r');
    expect(logged).toEqual(['in on office-pc with ********']);
    expect(line.closed()).toBe(true);
  });

  it('goes on only behind what it has seen', async () => {
    const line = testLine();
    line.say('ready\nready\n');
    const { result } = running(line, 'expect "ready"\nexpect "ready"\nexpect "ready" timeout 10ms');
    expect((await failureOf(result)).line).toBe(3);
  });

  it('sees text that comes in single bytes, and characters beyond ASCII', async () => {
    const line = testLine();
    const { result } = running(line, 'expect "Größe ═"');
    for (const byte of Buffer.from('\u001b[1mGröße\u001b[0m ═')) line.say(Uint8Array.of(byte));
    expect((await result).status).toBe(0);
  });

  it('that waits in vain says for what, and what it saw last, without secrets', async () => {
    const line = testLine();
    line.say('one\r\n\r\nthe password is s3cret\r\nlast line');
    const { result } = running(line, 'secret PW\nexpect "s3cret2 ${PW}" timeout 20ms', {}, { PW: 's3cret' });
    const { message, seen, line: number } = await failureOf(result);
    expect(message).toBe('office-pc: line 2: waited 0.02 s for "********2 ********", and it did not come.');
    expect(seen).toEqual(['one', 'the password is ********', 'last line']);
    expect(number).toBe(2);
  });

  it('presses a key again and again until it sees what it should', async () => {
    let presses = 0;
    const line = testLine(() => (++presses === 3 ? 'Setup' : undefined));
    const { result } = running(line, 'press F2 every 10ms until "Setup" timeout 5s');
    expect((await result).status).toBe(0);
    expect(line.typed()).toBe('\u001bOQ'.repeat(3));
    const dead = running(testLine(), 'press F2 every 10ms until "Setup" timeout 30ms');
    expect((await failureOf(dead.result)).message).toContain('waited 0.03 s for "Setup"');
  });

  it('fails as soon as something comes that must not, while it waits for something else or before', async () => {
    const line = testLine();
    const { result } = running(line, 'never "panic"\nexpect "login:"');
    line.say('Kernel panic - not syncing');
    expect((await failureOf(result)).message).toContain('line 2: came what must not come (line 1, never "panic").');
    const before = testLine();
    before.say('panic\n');
    expect((await running(before, 'expect "panic"\nnever "panic"\npause 1ms').result).status).toBe(0);
  });

  it('ends as it says, and changes the power as it says', async () => {
    const { result, powered } = running(testLine(), 'power reset\nexit 7\nexpect "never reached"');
    expect(await result).toEqual({ status: 7, steps: 2 });
    expect(powered).toEqual(['reset']);
  });

  it('ends with what the line was lost by', async () => {
    const line = testLine();
    const { result } = running(line, 'expect "x"');
    line.lose(new Error('wrong password now'));
    await expect(result).rejects.toThrow('wrong password now');
  });

  it('is interrupted at once', async () => {
    const stop = new AbortController();
    const line = testLine();
    const { result } = running(line, 'expect "x" timeout 1h', { signal: stop.signal });
    stop.abort(new Error('Ctrl-C'));
    await expect(result).rejects.toThrow('Ctrl-C');
    expect(line.closed()).toBe(true);
  });

  it('takes a flood of output in its stride, and still sees what comes behind it', async () => {
    const line = testLine();
    for (let i = 0; i < 2000; i++) line.say(`${'x'.repeat(998)}\r\n`);
    line.say('done');
    expect((await running(line, 'never /panic/i\nexpect /^done/m').result).status).toBe(0);
  });
});
