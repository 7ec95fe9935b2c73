import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { sections } from './commands.ts';
import { candidates, scripts } from './completion.ts';

const entries = sections.flatMap(({ entries }) => entries);
const targets = async () => ({ names: ['office-pc', 'lab-1'], tags: ['lab'], media: ['debian', 'rescue'] });

const complete = (line: string) => candidates(entries, line.split(' '), targets);

describe('Completion', () => {
  it.each([
    ['po', ['power']],
    ['power st', ['state']],
    ['power state ', ['office-pc', 'lab-1', '@all', '@lab']],
    ['power state @', ['@all', '@lab']],
    ['power --json on of', ['office-pc']],
    ['power on office-pc --dr', ['--dry-run']],
    ['features kv', ['kvm', 'kvm-in-use']],
    ['features of', ['office-pc']],
    ['help sc', ['scan']],
    ['ider serve ', ['office-pc', 'lab-1', '@all', '@lab', 'debian', 'rescue']],
    ['ider serve debian de', []],
    ['reimage office-pc --iso d', ['debian']],
    ['sol office-pc --encoding c', ['cp437']],
    ['sol office-pc --log ', []],
    ['scan ', []],
    ['nothing ', []],
  ])('"amt %s" goes on with %j', async (line, words) => {
    expect(await complete(line)).toEqual(words);
  });

  it('asks for names only where machines may stand', async () => {
    const none = () => Promise.reject(new Error('the book was opened'));
    expect(await candidates(entries, ['power', 'st'], none)).toEqual(['state']);
    expect(await candidates(entries, [''], none)).toContain('power');
  });

  it('has scripts the shells can read', () => {
    const bash = spawnSync('bash', ['-n'], { input: scripts.bash });
    expect(bash.error ?? bash.status).toBe(0);
    expect(scripts.zsh).toContain('compdef _amt_completion amt');
  });
});
