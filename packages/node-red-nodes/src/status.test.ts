import { ConnectFailed } from '@amtkit/core';
import { expect, it } from 'vitest';
import { statusLine } from './status.ts';
import { TestNode } from './testing/red.ts';

it('A status is told at once, then the latest of many, in few words', async () => {
  const node = new TestNode({ id: 'n', type: 't' });
  const status = statusLine(node, 5);
  for (let n = 0; n < 100; n++) status.show('blue', 'dot', `a text that is too long ${n}`);
  status.fail(new ConnectFailed('Nobody answers.'));
  await expect.poll(() => node.statuses.at(-1)).toEqual({ fill: 'red', shape: 'ring', text: 'unreachable' });
  expect(node.statuses.length).toBeLessThanOrEqual(3);
  status.end();
  status.show('green', 'dot', 'after its end');
  expect(node.statuses.at(-1)?.text).toBe('unreachable');
  expect(node.statuses.every(({ text = '' }) => text.length <= 20)).toBe(true);
});
