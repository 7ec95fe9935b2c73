/** The simulator as a program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=source', program, ...args]);
  const out: string[] = [];
  const problem: string[] = [];
  child.stdout.on('data', (chunk) => out.push(String(chunk)));
  child.stderr.on('data', (chunk) => problem.push(String(chunk)));
  const ended = once(child, 'close');
  const first = await Promise.race([once(child.stdout, 'data').then(() => 'speaks'), ended.then(() => 'ended')]);
  if (first === 'speaks') child.kill('SIGTERM');
  const [code] = (await ended) as [number];
  return { code, out: out.join(''), problem: problem.join('') };
}

test('says in one line what listens, and ends cleanly when told to', async () => {
  const { code, out, problem } = await run('--count', '2', '--profile', 'amt-16', '--seed', '7', '--fault', 'split=5');
  expect(problem).toBe('');
  expect(code).toBe(0);
  const lines = out.trim().split('\n');
  expect(lines).toHaveLength(1);
  const [one, two] = JSON.parse(lines[0] as string) as { name: string; uuid: string; ports: object }[];
  expect([one?.name, two?.name]).toEqual(['sim-1', 'sim-2']);
  expect(one).toMatchObject({
    host: '127.0.0.1',
    user: 'admin',
    profile: 'amt-16',
    uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(Object.keys(one?.ports ?? {})).toEqual(['rmcp', 'wsmanTls', 'redirectionTls']);
});

test.each([
  ['--profile', 'amt-99', 'amt-99 is no profile'],
  ['--fault', 'slow', '"slow" is no fault'],
])('refuses %s %s', async (name, value, problem) => {
  const ended = await run(name, value);
  expect(ended.code).not.toBe(0);
  expect(ended.problem).toContain(problem);
});
