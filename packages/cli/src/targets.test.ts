import { nearest, parseHost } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { resolveTargets } from './targets.ts';

const machines = new Map([
  ['office-pc', { host: '10.0.0.1', tags: ['lab'] }],
  ['front-desk', { host: '10.0.0.2', tags: ['lab', 'floor-2'] }],
]);

const book = {
  path: '/home/me/amtkit.yaml',
  machines,
  select: (targets: readonly string[]) =>
    [...machines]
      .filter(([name, { tags }]) =>
        targets.some((target) => target === '@all' || target === name || tags.includes(target.slice(1))),
      )
      .map(([name]) => name),
} as unknown as Parameters<typeof resolveTargets>[0];

const resolve = (...typed: string[]) => resolveTargets(book, typed, { parseHost, nearest });

describe('Targets', () => {
  it('are names, tags and @all, each machine once', () => {
    expect(resolve('@lab', 'office-pc', '@all').map(({ name }) => name)).toEqual(['office-pc', 'front-desk']);
  });

  it('may stand behind one another or with commas between', () => {
    expect(resolve('office-pc,front-desk', '10.0.0.9').map(({ name }) => name)).toEqual([
      'office-pc',
      'front-desk',
      '10.0.0.9',
    ]);
  });

  it.each([
    ['10.0.0.9', '10.0.0.9', undefined],
    ['10.0.0.9:16993', '10.0.0.9', { wsman: 16993 }],
    ['pc.example:1:2', 'pc.example', { wsman: 1, redirection: 2 }],
    ['fe80::1', 'fe80::1', undefined],
    ['[fe80::1]:16993', 'fe80::1', { wsman: 16993 }],
    ['somewhere', 'somewhere', undefined],
  ])('%s is an address', (typed, host, ports) => {
    const [target] = resolve(typed);
    expect(target).toEqual({ kind: 'address', name: typed, host, ...(ports === undefined ? {} : { ports }) });
  });

  it('a word that is nearly a name of the book is refused with that name', () => {
    expect(() => resolve('ofice-pc')).toThrow(/did you mean office-pc/);
    expect(resolve('ofice-pc:16993')).toMatchObject([{ kind: 'address' }]);
  });

  it('no target at all, an empty book and a port that is none are sentences', () => {
    expect(() => resolve(',')).toThrow('No machine was named.');
    expect(() => resolve('10.0.0.9:0')).toThrow(/port/);
    const empty = { ...book, machines: new Map(), select: () => [] };
    expect(() => resolveTargets(empty, ['@all'], { parseHost, nearest })).toThrow(/has no machine/);
  });
});
