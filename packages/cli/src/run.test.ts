import { ConnectFailed } from '@amtkit/core';
import { describe, expect, it } from 'vitest';
import { overMachines } from './run.ts';
import { testApp } from './testing/app.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => `pc-${i + 1}`);

/** Work that is done when it is told so, and knows how much of it went on at once. */
function gate() {
  let running = 0;
  let most = 0;
  const begun: string[] = [];
  return {
    begun,
    most: () => most,
    work: async (name: string) => {
      begun.push(name);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return name;
    },
  };
}

describe('The same on several machines', () => {
  it('goes on at so many at once as --parallel says', async () => {
    const { work, most } = gate();
    await overMachines(testApp().app, names(9), { parallel: '3' }, work);
    expect(most()).toBe(3);
  });

  it('begins with a pause between with --stagger', async () => {
    const starts: number[] = [];
    await overMachines(testApp().app, names(3), { stagger: '30ms' }, async () => starts.push(performance.now()));
    const [first = 0, second = 0, third = 0] = starts;
    expect(second - first).toBeGreaterThanOrEqual(28);
    expect(third - second).toBeGreaterThanOrEqual(28);
  });

  it('begins no more after --max-fail failures, and names those left out', async () => {
    const { app, stdout } = testApp({ mode: 'json' });
    const tried: string[] = [];
    await overMachines(app, names(5), { parallel: '1', 'max-fail': '2' }, async (name) => {
      tried.push(name);
      throw new ConnectFailed(`${name} is silent.`);
    });
    await app.out.end();
    expect(tried).toEqual(['pc-1', 'pc-2']);
    const { results } = JSON.parse(stdout());
    expect(results.map(({ error }: { error: { code: string } }) => error.code)).toEqual([
      'CONNECT_FAILED',
      'CONNECT_FAILED',
      'SKIPPED',
      'SKIPPED',
      'SKIPPED',
    ]);
  });

  it('gives one result for each, in the order of the targets, whoever is first', async () => {
    const { app, stdout } = testApp({ mode: 'json' });
    await overMachines(app, names(3), {}, async (name) => {
      for (let i = 3; i > Number(name.slice(3)); i--) await new Promise(setImmediate);
      return name;
    });
    await app.out.end();
    expect(JSON.parse(stdout()).results.map(({ machine }: { machine: string }) => machine)).toEqual(names(3));
  });

  it('ends with the failure of the only one, and with 11 when some of several failed', async () => {
    const fail = async (name: string) => {
      if (name === 'pc-1') throw new ConnectFailed(`${name} is silent.`);
    };
    const one = testApp();
    await overMachines(one.app, names(1), {}, fail);
    expect(one.status()).toBe(3);
    const two = testApp();
    await overMachines(two.app, names(2), {}, fail);
    expect(two.status()).toBe(11);
    expect(two.stderr()).toContain('1 of 2 machines done, 1 failed.');
    const none = testApp();
    await overMachines(none.app, ['pc-2', 'pc-3'], {}, fail);
    expect(none.status()).toBe(0);
  });

  it('begins nothing after an interruption, and prints no failure for it', async () => {
    const stop = new AbortController();
    const { app, stderr } = testApp({ signal: stop.signal });
    const begun: string[] = [];
    await overMachines(app, names(3), { parallel: '1' }, async (name) => {
      begun.push(name);
      stop.abort();
    });
    expect(begun).toEqual(['pc-1']);
    expect(stderr()).toBe('');
  });
});
