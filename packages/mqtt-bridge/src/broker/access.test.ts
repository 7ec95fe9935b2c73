import { describe, expect, it } from 'vitest';
import { accessOf, type BrokerUser } from './access.ts';

const tags: Readonly<Record<string, readonly string[]>> = { 'lab-1': ['lab'], 'lab-2': ['lab'], office: ['floor-2'] };
const rules = { base: 'amtkit', tagsOf: (machine: string) => tags[machine] };

function userWith(user: Partial<BrokerUser>) {
  const access = accessOf(new Map([['u', { password: 'p', publish: [], subscribe: [], ...user }]]), rules);
  const client = {};
  access.logIn(client, 'u', Buffer.from('p'));
  return { access, client };
}

describe('A user with machines', () => {
  it.each([
    ['amtkit/office/do/power/reset', true],
    ['amtkit/office/power/switch/set', true],
    ['amtkit/lab-1/do/power/reset', true],
    ['amtkit/lab-3/do/power/reset', false],
    ['amtkit/other/do/power/reset', false],
    ['amtkit/office/power/state', false],
    ['amtkit/office/result', false],
    ['amtkit/bridge/main/request/permit', false],
    ['homeassistant/status', false],
    ['other/office/do/power/reset', false],
  ])('may publish to %s: %s', (topic, may) => {
    const { access, client } = userWith({ machines: ['office', '@lab'] });
    expect(access.mayPublish(client, topic)).toBe(may);
  });

  it.each([
    ['amtkit/office/power/state', true],
    ['amtkit/lab-2/result', true],
    ['amtkit/bridge/main/state', true],
    ['amtkit/bridge/main/info', false],
    ['amtkit/bridge/main/response/health', false],
    ['amtkit/other/power/state', false],
    ['homeassistant/device/amtkit/x/config', false],
  ])('may read %s: %s', (topic, may) => {
    const { access, client } = userWith({ machines: ['office', '@lab'] });
    expect(access.mayRead(client, topic)).toBe(may);
  });

  it('has what the filters give beside them', () => {
    const { access, client } = userWith({ machines: ['office'], publish: ['log/u'], subscribe: ['news/#'] });
    expect(access.mayPublish(client, 'log/u')).toBe(true);
    expect(access.mayRead(client, 'news/today')).toBe(true);
    expect(access.maySubscribe(client, 'news/+')).toBe(true);
  });

  it.each([
    ['#', true],
    ['amtkit/#', true],
    ['amtkit/+/power/state', true],
    ['+/office/#', true],
    ['amtkit', false],
    ['other/#', false],
    ['$SYS/#', false],
    ['$share/g/amtkit/#', false],
  ])('may subscribe %s: %s', (filter, may) => {
    const { access, client } = userWith({ machines: ['office'] });
    expect(access.maySubscribe(client, filter)).toBe(may);
  });

  it('of all machines has those that are there', () => {
    const { access, client } = userWith({ machines: ['@all'] });
    expect(access.mayRead(client, 'amtkit/office/power/state')).toBe(true);
    expect(access.mayRead(client, 'amtkit/stranger/power/state')).toBe(false);
  });
});

describe('Other users', () => {
  it('send those away whose name or password is gone', () => {
    const known: BrokerUser = { password: 'p', publish: ['#'], subscribe: ['#'] };
    const access = accessOf(new Map(['stays', 'goes', 'changes'].map((name) => [name, known])), rules);
    const clients = { stays: {}, goes: {}, changes: {} };
    for (const [name, client] of Object.entries(clients)) access.logIn(client, name, Buffer.from('p'));
    const isWelcome = access.replace(
      new Map([
        ['stays', { ...known, publish: [] }],
        ['changes', { ...known, password: 'new' }],
      ]),
    );
    expect(Object.entries(clients).map(([name, client]) => [name, isWelcome(client)])).toEqual([
      ['stays', true],
      ['goes', false],
      ['changes', false],
    ]);
    expect(access.mayPublish(clients.stays, 'amtkit/x')).toBe(false);
    access.replace(new Map());
    expect(access.replace(new Map([['stays', known]]))(clients.stays)).toBe(true);
  });
});
