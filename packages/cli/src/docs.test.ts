import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sections } from './commands.ts';
import { exits } from './exit.ts';
import { changeOptions, globalOptions, targetOptions } from './options.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

describe('The reference of the command line', () => {
  it('names every command', () => {
    for (const { name } of sections.flatMap(({ entries }) => entries)) expect(page).toContain(`\`amt ${name}`);
  });

  it('names every exit code', () => {
    for (const { status } of exits) expect(page).toMatch(new RegExp(`^\\| ${status} \\|`, 'm'));
  });

  it('names every option that several commands have', () => {
    const shared = { ...changeOptions, ...globalOptions, ...targetOptions };
    for (const name of Object.keys(shared)) {
      if (name === 'targets' || name === 'tls') continue;
      expect(page).toContain(name === 'color' || name === 'plugins' ? `--no-${name}` : `--${name}`);
    }
  });
});
