import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { captured } from '../testing/app.ts';
import { takeTerminal } from './terminal.ts';

function terminal() {
  const stdout = captured({ columns: 80 });
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => void raw.push(on) });
  return { streams: { stdin, stdout: stdout.stream, stderr: stdout.stream }, raw, shown: stdout.text };
}

const options = { title: 'amt sol pc', undo: () => '<undo>', env: { TERM: 'xterm' } };

describe('A terminal that is taken', () => {
  it('is raw and has the name of the machine, until it is put back once', () => {
    const { streams, raw, shown } = terminal();
    const taken = takeTerminal(streams, options);
    expect(raw).toEqual([true]);
    expect(shown()).toBe('\u001b[22;2t\u001b]2;amt sol pc\u0007');
    taken[Symbol.dispose]();
    taken[Symbol.dispose]();
    expect(raw).toEqual([true, false]);
    expect(shown()).toBe('\u001b[22;2t\u001b]2;amt sol pc\u0007<undo>\u001b]2;\u0007\u001b[23;2t');
  });

  it('is put back when the process ends on its own', () => {
    const { streams, raw, shown } = terminal();
    const before = process.listeners('exit');
    const taken = takeTerminal(streams, options);
    const [atExit] = process.listeners('exit').filter((listener) => !before.includes(listener));
    atExit?.call(process, 1);
    expect(raw).toEqual([true, false]);
    expect(shown()).toContain('<undo>');
    taken[Symbol.dispose]();
    expect(process.listeners('exit')).toEqual(before);
  });

  it.each(['dumb', 'linux', undefined])('without a name for its window has none: TERM is %s', (TERM) => {
    const { streams, shown } = terminal();
    takeTerminal(streams, { ...options, env: { TERM } })[Symbol.dispose]();
    expect(shown()).toBe('<undo>');
  });
});
