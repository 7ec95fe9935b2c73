import { describe, expect, it } from 'vitest';
import { ownerOf, ranked, scoreOf } from './owners.ts';

const machines = Array.from({ length: 10_000 }, (_, i) => `pc-${i}`);
const bridges = ['attic', 'cellar', 'office'];

describe('The owner of a machine', () => {
  it('is the same whoever asks, in whatever order the bridges are known', () => {
    for (const machine of machines.slice(0, 500)) {
      expect(ownerOf(machine, ['office', 'attic', 'cellar'])).toBe(ownerOf(machine, bridges));
    }
  });

  it('is nobody where there is no bridge', () => {
    expect(ownerOf('pc', [])).toBeUndefined();
  });

  it.each([2, 3, 7])('is each of %i bridges for its share, within a tenth', (count) => {
    const ids = Array.from({ length: count }, (_, i) => `bridge-${i}`);
    const shares = new Map<string, number>();
    for (const machine of machines) {
      const owner = ownerOf(machine, ids) ?? '';
      shares.set(owner, (shares.get(owner) ?? 0) + 1);
    }
    for (const id of ids) {
      const share = ((shares.get(id) ?? 0) * count) / machines.length;
      expect(share, id).toBeGreaterThan(0.9);
      expect(share, id).toBeLessThan(1.1);
    }
  });

  it('changes for no machine but those of a bridge that goes, which go to all that are left', () => {
    const left = bridges.filter((id) => id !== 'cellar');
    const moved = machines.filter((machine) => ownerOf(machine, bridges) !== ownerOf(machine, left));
    expect(moved.every((machine) => ownerOf(machine, bridges) === 'cellar')).toBe(true);
    expect(new Set(moved.map((machine) => ownerOf(machine, left)))).toEqual(new Set(left));
  });

  it('changes for no machine but those that a bridge gets which comes', () => {
    const more = [...bridges, 'garage'];
    const moved = machines.filter((machine) => ownerOf(machine, bridges) !== ownerOf(machine, more));
    expect(moved.every((machine) => ownerOf(machine, more) === 'garage')).toBe(true);
  });

  it('would be the second of the ranking without the first', () => {
    const [first, second] = ranked('pc', bridges);
    expect(first).toBe(ownerOf('pc', bridges));
    expect(second).toBe(
      ownerOf(
        'pc',
        bridges.filter((id) => id !== first),
      ),
    );
  });
});

describe('The score', () => {
  it.each([
    ['main', 'office-pc', 655_834_068],
    ['attic', 'pc-1', 4_247_922_968],
    ['attic', 'pc-2', 1_073_025_852],
  ])('of %s and %s is the same in every version', (bridge, machine, score) => {
    expect(scoreOf(bridge, machine)).toBe(score);
  });
});
