import { describe, expect, it } from 'vitest';
import type { Command } from './command.ts';
import { sections } from './commands.ts';
import { commandHelp, groupHelp, overview, shortHelp } from './help.ts';

const entries = sections.flatMap(({ entries }) => entries);

describe('Help', () => {
  it('of amt names every command, every exit code, and fits 80 columns', () => {
    const text = overview(80);
    for (const { name, describe } of entries) expect(text).toMatch(new RegExp(`^ {2}${name} +${describe}$`, 'm'));
    for (const status of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130, 143]) {
      expect(text).toMatch(new RegExp(`^ +${status} {2}\\S`, 'm'));
    }
    expect(longest(text)).toBeLessThanOrEqual(80);
    expect(longest(shortHelp)).toBeLessThanOrEqual(80);
  });

  it.each(entries)('of amt $name and all below it fits 80 columns, with a description and examples', async (entry) => {
    const loaded = await entry.load();
    const commands: [string[], Command][] =
      'commands' in loaded
        ? [...loaded.commands].map(([word, command]) => [[entry.name, word], command])
        : [[[entry.name], loaded]];
    if ('commands' in loaded)
      expect(longest(groupHelp(entry.name, entry.describe, loaded, 80))).toBeLessThanOrEqual(80);
    for (const [name, command] of commands) {
      const text = commandHelp(name.filter(Boolean), command, 80);
      expect(text.startsWith(command.describe.slice(0, 20))).toBe(true);
      expect(text).toContain('Examples:');
      expect(text).toContain('--json');
      expect(longest(text)).toBeLessThanOrEqual(80);
      for (const [line] of command.examples) expect(line.split(' ')[0]).toBe(entry.name);
    }
  });

  it('goes on below its description where a line is too long', () => {
    const command: Command = {
      usage: '<targets..>',
      describe: 'Do it',
      examples: [['do it', 'word '.repeat(30).trim()]],
      options: {},
      run: async () => {},
    };
    const [, second] = commandHelp(['do'], command, 60)
      .split('\n')
      .filter((line) => line.includes('word'));
    expect(second).toMatch(/^ {13}word/);
  });
});

function longest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}
