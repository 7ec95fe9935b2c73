import { describe, expect, it } from 'vitest';
import { createUnanswered, INTERRUPTED, type LeftCommand } from './unanswered.ts';

const patience = { orphanMs: 100, forgetMs: 10_000 };
const message = { topic: 'amtkit/pc/do/power/on', payload: new Uint8Array(), retained: false };
const command = (transaction: string | undefined, more: Partial<LeftCommand> = {}): LeftCommand => ({
  machine: 'pc',
  action: 'power.on',
  transaction,
  message,
  owner: 'other',
  heardAt: 0,
  ...more,
});
const done = { ok: true, code: 'OK', message: 'pc: done.' };

describe('A command that was left to another bridge', () => {
  it('is not waited for any more once it is answered', () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    unanswered.hear('pc', { ...done, transaction: 't', action: 'power.on' });
    unanswered.orphan('other', 0);
    expect(unanswered.due(1000)).toEqual([]);
  });

  it('is due some time after its bridge has ended, and not before', () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    expect(unanswered.due(5000)).toEqual([]);
    unanswered.orphan('other', 5000);
    expect(unanswered.due(5099)).toEqual([]);
    expect(unanswered.due(5150)).toEqual([{ command: command('t'), overdueMs: 50 }]);
  });

  it('is not due when another bridge ends', () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    unanswered.orphan('third', 0);
    expect(unanswered.due(1000)).toEqual([]);
  });

  it('without a transaction is answered by a result of its action whose transaction was made up, the oldest first', () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command(undefined, { heardAt: 1 }));
    unanswered.leave(command(undefined, { heardAt: 2 }));
    unanswered.leave(command(undefined, { heardAt: 3, action: 'power.reset' }));
    unanswered.hear('pc', { ...done, transaction: 'made-up', action: 'power.on' });
    unanswered.orphan('other', 10);
    expect(unanswered.due(200).map(({ command: { heardAt } }) => heardAt)).toEqual([2, 3]);
  });

  it('is forgotten when nobody can be waiting any more', () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    unanswered.due(10_001);
    expect(unanswered.length).toBe(0);
  });

  it('is not spoken of by a bridge that was away itself, and cannot know what was answered', () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    unanswered.forget();
    unanswered.orphan('other', 0);
    expect(unanswered.due(1000)).toEqual([]);
  });

  it('is one of so many: the oldest are given up', () => {
    const unanswered = createUnanswered(patience, 10);
    for (let i = 0; i < 25; i++) unanswered.leave(command(`t${i}`));
    expect(unanswered.length).toBe(10);
  });
});

describe('A transaction that comes again where the machine has another bridge by now', () => {
  it('is answered with what the first bridge has answered', async () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    unanswered.hear('pc', { ...done, transaction: 't', action: 'power.on' });
    expect(await unanswered.outcomeOf('pc', 't')).toEqual(done);
  });

  it('waits while the first bridge works on it', async () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    const outcome = unanswered.outcomeOf('pc', 't');
    unanswered.hear('pc', { ...done, transaction: 't', action: 'power.on' });
    expect(await outcome).toEqual(done);
  });

  it('is told that nobody knows, when the first bridge has ended', async () => {
    const unanswered = createUnanswered(patience);
    unanswered.leave(command('t'));
    const outcome = unanswered.outcomeOf('pc', 't');
    unanswered.settle(command('t'), INTERRUPTED);
    expect(await outcome).toEqual(INTERRUPTED);
    expect(await unanswered.outcomeOf('pc', 't')).toEqual(INTERRUPTED);
  });

  it('is begun where it was refused before anything was sent', () => {
    const unanswered = createUnanswered(patience);
    unanswered.hear('pc', { ok: false, code: 'BUSY', message: 'Later.', transaction: 't', action: 'power.on' });
    expect(unanswered.outcomeOf('pc', 't')).toBeUndefined();
  });

  it('is another one for another machine', () => {
    const unanswered = createUnanswered(patience);
    unanswered.hear('pc', { ...done, transaction: 't', action: 'power.on' });
    expect(unanswered.outcomeOf('pc-2', 't')).toBeUndefined();
  });
});
