import { describe, expect, test } from 'vitest';
import { createLogTail } from './log-tail.ts';

/** A log, newest first, each letter a record. */
const reader = (log: string) => {
  const asked: (number | undefined)[] = [];
  return {
    asked,
    read: async (limit?: number) => {
      asked.push(limit);
      return [...log.slice(0, limit)].map((raw) => ({ raw }));
    },
  };
};

/** What is new each time, oldest first. */
async function follow(...logs: readonly string[]) {
  const tail = createLogTail();
  const found: string[] = [];
  for (const log of logs) found.push((await tail.next(reader(log).read)).map(({ raw }) => raw).join(''));
  return found;
}

describe('a log that is followed', () => {
  test.each([
    ['says nothing of what was there at first', ['cba'], ['']],
    ['says what came, oldest first', ['ba', 'dcba'], ['', 'cd']],
    ['says everything where it was empty', ['', 'cba'], ['', 'abc']],
    ['says nothing when nothing came', ['ba', 'ba', 'ba'], ['', '', '']],
    ['tells equal records apart by their number', ['aab', 'aaab'], ['', 'a']],
    ['goes on after it was emptied', ['ba', '', 'c'], ['', '', 'c']],
    ['says what came after it was emptied unseen', ['ba', 'dc'], ['', 'cd']],
    ['says more than it asks for at first', ['a', 'zyxwvutsrqponmlkjihgfedcba'], ['', 'bcdefghijklmnopqrstuvwxyz']],
    ['says more than that of one that was empty', ['', 'lkjihgfedcba'], ['', 'abcdefghijkl']],
  ])('%s', async (_name, logs, found) => {
    expect(await follow(...logs)).toEqual(found);
  });

  test('is asked for a few records, and for all of them only where those are all new', async () => {
    const tail = createLogTail();
    await tail.next(reader('a').read);
    const little = reader('ba');
    await tail.next(little.read);
    expect(little.asked).toEqual([10]);
    const much = reader('mlkjihgfedcba');
    await tail.next(much.read);
    expect(much.asked).toEqual([10, undefined]);
  });

  test('loses nothing to a read that fails', async () => {
    const tail = createLogTail();
    await tail.next(reader('a').read);
    await expect(tail.next(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await tail.next(reader('ba').read)).toEqual([{ raw: 'b' }]);
  });
});
