import { describe, expect, it } from 'vitest';
import { idFilter, machineFilter } from './filters.ts';

describe('What was entered', () => {
  it.each([
    ['', 'pc', [], true],
    ['@all', 'pc', [], true],
    ['pc', 'pc', [], true],
    ['pc', 'pc-2', [], false],
    ['other, @lab', 'pc', ['lab'], true],
    ['@lab', 'lab', [], false],
  ] as const)('"%s" means the machine %s with the tags %j: %s', (text, name, tags, wanted) => {
    expect(machineFilter(text)(name, tags)).toBe(wanted);
  });

  it.each([
    ['', 'power.state', true],
    ['power.state', 'power.state', true],
    ['power.*', 'power.switch', true],
    ['power.*', 'powerXstate', false],
    ['hw.*, *.state', 'power.state', true],
    ['power', 'power.state', false],
  ] as const)('"%s" means the reading %s: %s', (text, id, wanted) => {
    expect(idFilter(text)(id)).toBe(wanted);
  });
});
