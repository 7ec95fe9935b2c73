import { describe, expect, it } from 'vitest';
import { createMenu } from './menu.ts';
import type { TypingStyle } from './style.ts';

function menu() {
  const ran: string[] = [];
  const said: string[] = [];
  const style: Pick<TypingStyle, 'encoding' | 'keys'> = { encoding: 'utf8', keys: 'terminal' };
  let ended = false;
  const press = createMenu({
    app: { signal: new AbortController().signal },
    fleet: {
      read: async () => 'on',
      run: async (machine, id) => {
        ran.push(id);
        if (id === 'power.on') throw Object.assign(new Error('It is on already.'), { code: 'METHOD_FAILED' });
        return { machine, id, transaction: '', message: '', ms: 0 };
      },
    },
    machine: 'pc',
    style,
    notice: (...lines) => void said.push(...lines),
    sendBreak: async () => void ran.push('break'),
    end: () => {
      ended = true;
    },
  });
  return { press, ran, said, style, ended: () => ended };
}

describe('The menu behind Ctrl-]', () => {
  it.each(['q', '.'])('%s ends', (key) => {
    const { press, ended } = menu();
    expect(press(key)).toBe(false);
    expect(ended()).toBe(true);
  });

  it('sends a break', async () => {
    const { press, ran, said } = menu();
    press('b');
    await expect.poll(() => said).toEqual(['pc: break sent']);
    expect(ran).toEqual(['break']);
  });

  it('tells the power', async () => {
    const { press, said } = menu();
    press('p');
    await expect.poll(() => said).toEqual(['pc: the power is on']);
  });

  it('resets after a y, and not after anything else', async () => {
    const { press, ran, said } = menu();
    expect(press('r')).toBe(true);
    expect(press('n')).toBe(false);
    expect(said.at(-1)).toBe('pc is not reset');
    press('r');
    expect(press('y')).toBe(false);
    await expect.poll(() => said.at(-1)).toBe('pc: reset');
    expect(ran).toEqual(['power.reset']);
  });

  it('says what went wrong, and goes on', async () => {
    const { press, said } = menu();
    press('o');
    await expect.poll(() => said).toEqual(['It is on already.']);
  });

  it('changes characters and function keys in turn', () => {
    const { press, style } = menu();
    press('e');
    press('k');
    expect(style).toEqual({ encoding: 'cp437', keys: 'intel' });
    for (const key of ['e', 'k', 'k', 'k']) press(key);
    expect(style).toEqual({ encoding: 'utf8', keys: 'terminal' });
  });

  it('lists what there is for every other key, in 80 columns', () => {
    const { press, said } = menu();
    press('?');
    expect(said.join()).toContain('q  ends it');
    for (const line of said) expect(line.length).toBeLessThan(79);
  });
});
