import { describe, expect, it } from 'vitest';
import { claimText, parseClaim } from './claim.ts';
import { createMembers } from './members.ts';
import { ownerOf } from './owners.ts';

const claim = (machines: readonly string[], holds: readonly string[] = [], instance = 'a'): string =>
  claimText({ instance, since: '2026-01-01T00:00:00.000Z', machines: new Set(machines), holds: new Set(holds) });

function membersWith(ids: readonly string[], machines: readonly string[] = ['pc']) {
  const members = createMembers(ids[0] ?? '');
  for (const id of ids) {
    members.hearClaim(id, claim(machines));
    members.hearState(id, 'online');
  }
  return members;
}

describe('A machine', () => {
  it('belongs to nobody before anybody is online', () => {
    const members = createMembers('one');
    members.hearClaim('one', claim(['pc']));
    expect(members.ownerOf('pc')).toBeUndefined();
  });

  it('belongs to one of those that are online and have it in their book', () => {
    const members = membersWith(['one', 'two']);
    members.hearClaim('three', claim(['other']));
    members.hearState('three', 'online');
    expect(members.ownerOf('pc')).toBe(ownerOf('pc', ['one', 'two']));
    expect(members.ownerOf('other')).toBe('three');
  });

  it('goes to another when its owner is said to be offline, and comes back with it', () => {
    const members = membersWith(['one', 'two', 'three']);
    const owner = members.ownerOf('pc') ?? '';
    expect(members.hearState(owner, 'offline')).toBe('left');
    expect(members.ownerOf('pc')).not.toBe(owner);
    expect(members.hearState(owner, 'online')).toBe('came');
    expect(members.ownerOf('pc')).toBe(owner);
  });

  it('stays with a bridge that holds it, whoever comes', () => {
    const members = membersWith(['one', 'two', 'three']);
    const other = ['one', 'two', 'three'].find((id) => id !== members.ownerOf('pc')) ?? '';
    members.hearClaim(other, claim(['pc'], ['pc']));
    expect(members.ownerOf('pc')).toBe(other);
    members.hearClaim(other, claim(['pc']));
    expect(members.ownerOf('pc')).not.toBe(other);
  });

  it('leaves a bridge that takes it out of its claim while it is still online', () => {
    const members = membersWith(['one', 'two']);
    const owner = members.ownerOf('pc') ?? '';
    members.hearClaim(owner, claim([]));
    expect(members.ownerOf('pc')).not.toBe(owner);
    expect(members.isOnline(owner)).toBe(true);
  });

  it('that nobody has is answered for by one of all', () => {
    expect(membersWith(['one', 'two']).ownerOf('stranger')).toBe(ownerOf('stranger', ['one', 'two']));
  });

  it('is foreseen for a bridge that is about to come', () => {
    const members = membersWith(['one', 'two', 'three']);
    const owner = members.ownerOf('pc') ?? '';
    members.hearState(owner, 'offline');
    expect(members.ownerOf('pc', owner)).toBe(owner);
  });
});

describe('After the connection broke', () => {
  it('the others are taken for online until they are not heard of for too long', () => {
    const members = membersWith(['one', 'two', 'three']);
    members.doubt();
    expect(members.online()).toEqual(['three', 'two']);
    expect(members.hearState('two', 'online')).toBe('came');
    expect(members.expire()).toEqual(['three']);
    expect(members.online()).toEqual(['two']);
  });

  it('those that the broker says are offline are gone at once', () => {
    const members = membersWith(['one', 'two']);
    members.doubt();
    expect(members.hearState('two', 'offline')).toBe('left');
    expect(members.expire()).toEqual([]);
  });
});

describe('Junk', () => {
  it.each(['', '{', '[]', '{"machines":["a"]}', '{"instance":"a","since":"b","machines":[1],"holds":[]}'])(
    'instead of a claim is none: %s',
    (text) => {
      expect(parseClaim(text)).toBeUndefined();
      const members = membersWith(['one']);
      members.hearState('junk', 'online');
      members.hearClaim('junk', text);
      expect(members.ownerOf('pc')).toBe('one');
      expect(members.online()).toEqual(['one']);
    },
  );

  it('instead of a state changes nothing', () => {
    const members = membersWith(['one']);
    expect(members.hearState('one', 'perhaps')).toBeUndefined();
    expect(members.isOnline('one')).toBe(true);
  });

  it('does not take back what a bridge has claimed', () => {
    const members = membersWith(['one', 'two']);
    const owner = members.ownerOf('pc');
    members.hearClaim(owner ?? '', '{');
    expect(members.ownerOf('pc')).toBe(owner);
  });
});
