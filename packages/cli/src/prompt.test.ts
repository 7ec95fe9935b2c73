import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createPrompt, Interrupted } from './prompt.ts';
import { captured } from './testing/app.ts';

/** A terminal that somebody types at. */
function terminal(env: Record<string, string> = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const stderr = captured({ columns: 80 });
  const prompt = createPrompt({ stdin, stderr: stderr.stream, env });
  /** Types when the question is there. */
  const type = async (keys: string, after: string) => {
    await expect.poll(stderr.text).toContain(after);
    stdin.write(keys);
  };
  return { prompt, type, shown: stderr.text };
}

describe('Questions', () => {
  it('are answered with y, and with n', async () => {
    const { prompt, type } = terminal();
    const [yes] = await Promise.all([prompt.confirm('Reset on a?', '--yes'), type('y', 'Reset on a?')]);
    expect(yes).toBe(true);
    const [no] = await Promise.all([prompt.confirm('Really?', '--yes'), type('n', 'Really?')]);
    expect(no).toBe(false);
  });

  it('mean no when only Enter is pressed', async () => {
    const { prompt, type } = terminal();
    const [answer] = await Promise.all([prompt.confirm('Reset on a?', '--yes'), type('\r', 'Reset on a?')]);
    expect(answer).toBe(false);
  });

  it('show nothing of a password, not even its length', async () => {
    const { prompt, type, shown } = terminal();
    const [password] = await Promise.all([
      prompt.secret('Password:', '--password-stdin'),
      type('s3cret!\r', 'Password:'),
    ]);
    expect(password).toBe('s3cret!');
    expect(shown()).not.toMatch(/s3c|[•▪*]{2,}/);
  });

  it('take what is typed in place of the proposal, and the proposal for Enter alone', async () => {
    const { prompt, type } = terminal();
    const [typed] = await Promise.all([prompt.text('User:', '--user', 'admin'), type('operator\r', 'User:')]);
    expect(typed).toBe('operator');
    const [proposed] = await Promise.all([prompt.text('Account:', '--user', 'admin'), type('\r', 'Account:')]);
    expect(proposed).toBe('admin');
  });

  it.each(['', 'half'])('end with Ctrl-D as with Ctrl-C, after %j', async (typed) => {
    const { prompt, type } = terminal();
    const asked = prompt.secret('Password:', '--password-stdin').catch((error: unknown) => error);
    await type(`${typed}\u0004`, 'Password:');
    expect(await asked).toBeInstanceOf(Interrupted);
  });

  it('end with Ctrl-C as an interruption', async () => {
    const { prompt, type } = terminal();
    const asked = prompt.confirm('Reset on a?', '--yes').catch((error: unknown) => error);
    await type('\u0003', 'Reset on a?');
    expect(await asked).toBeInstanceOf(Interrupted);
  });

  it('are not asked without a terminal or in a build, and the sentence names what answers', async () => {
    const pipe = createPrompt({ stdin: new PassThrough(), stderr: captured().stream, env: {} });
    expect(pipe.possible).toBe(false);
    await expect(pipe.confirm('Reset on a?', '--yes')).rejects.toMatchObject({ hint: 'Answer it with --yes.' });
    expect(terminal({ CI: 'true' }).prompt.possible).toBe(false);
  });
});

describe('Lines of stdin', () => {
  it('are taken one after the other, with every printable character', async () => {
    const odd = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
    const stdin = new PassThrough();
    stdin.end(`${odd}\r\nsecond\nrest of it\n`);
    const prompt = createPrompt({ stdin, stderr: captured().stream, env: {} });
    expect(await prompt.lineOfStdin('password-stdin')).toBe(odd);
    expect(await prompt.lineOfStdin('new-password-stdin')).toBe('second');
    expect(await prompt.restOfStdin()).toBe('rest of it\n');
  });

  it('that are not there are a sentence', async () => {
    const stdin = new PassThrough();
    stdin.end('');
    const prompt = createPrompt({ stdin, stderr: captured().stream, env: {} });
    await expect(prompt.lineOfStdin('password-stdin')).rejects.toThrow('--password-stdin found no line on stdin.');
  });
});
