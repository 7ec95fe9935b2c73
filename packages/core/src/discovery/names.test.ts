import { expect, test } from 'vitest';
import { ConnectFailed } from '../errors.ts';
import { type NameResolver, ReverseLookups, resolveHost, systemResolver } from './names.ts';

const never = new AbortController().signal;

function resolver(parts: Partial<NameResolver>): NameResolver {
  return {
    forward: () => Promise.reject(new Error('not expected')),
    reverse: () => Promise.reject(new Error('not expected')),
    ...parts,
  };
}

test('prefers the IPv4 addresses of a name', async () => {
  const both = resolver({ forward: async () => ['2001:db8::7', '10.0.0.7', '10.0.0.8'] });
  expect(await resolveHost('office-pc', both, never)).toEqual(['10.0.0.7', '10.0.0.8']);
  const v6 = resolver({ forward: async () => ['2001:db8::7'] });
  expect(await resolveHost('office-pc', v6, never)).toEqual(['2001:db8::7']);
});

test('asks nobody for what is an address already', async () => {
  expect(await resolveHost('::1', resolver({}), never)).toEqual(['::1']);
  expect(await resolveHost('fe80::1%eth0', resolver({}), never)).toEqual(['fe80::1%eth0']);
});

test('resolves the name of this computer', async () => {
  expect(await resolveHost('localhost', systemResolver(), never)).toContain('127.0.0.1');
});

test('names the host and the reason when there is no address', async () => {
  const none = resolver({ forward: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) });
  const failure = resolveHost('ofice-pc', none, never);
  await expect(failure).rejects.toThrow(ConnectFailed);
  await expect(failure).rejects.toThrow('The name ofice-pc has no address that can be looked up here: ENOTFOUND.');
});

test('gives up a resolver that does not answer when the scan is ended', async () => {
  const abort = new AbortController();
  const silent = resolver({ forward: () => new Promise(() => {}) });
  const failure = expect(resolveHost('office-pc', silent, abort.signal)).rejects.toThrow(ConnectFailed);
  abort.abort();
  await failure;
});

test('looks up at most sixteen names at a time and skips those without one', async () => {
  const answers = new Map<string, (names: readonly string[]) => void>();
  let most = 0;
  const lookups = new ReverseLookups(
    resolver({
      reverse: (address) =>
        new Promise((resolve) => {
          answers.set(address, resolve);
          most = Math.max(most, answers.size);
        }),
    }),
    (address, name) => found.push([address, name]),
  );
  const found: [string, string][] = [];
  for (let i = 0; i < 40; i++) lookups.add(`10.0.0.${i}`);
  const finished = lookups.finish(never);
  while (answers.size > 0) {
    const [[address, answer] = ['', () => {}]] = answers;
    answers.delete(address);
    answer(address === '10.0.0.3' ? [] : [`pc-${address}`]);
    await new Promise(setImmediate);
  }
  await finished;
  expect(most).toBe(16);
  expect(found).toHaveLength(39);
  expect(found[0]).toEqual(['10.0.0.0', 'pc-10.0.0.0']);
});

test('does not wait for names when there are none to look up', async () => {
  await new ReverseLookups(resolver({}), () => {}).finish(never);
});
