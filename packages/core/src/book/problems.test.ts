import { describe, expect, test } from 'vitest';
import { InvalidBook } from '../errors.ts';
import { readDocument } from './document.ts';

function errorOf(text: string): InvalidBook {
  try {
    readDocument(text, 'amtkit.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidBook);
    return error as InvalidBook;
  }
  throw new Error('It was accepted.');
}

const machine = (line: string) => `machines:\n  pc:\n    host: a\n    ${line}\n`;
const bridge = (line: string) => `bridge:\n  ${line}\n`;

describe('names file, line and key', () => {
  test.each([
    ['machines:\n  pc:\n    hots: a\n', 3, 'machines.pc.hots is not known here; did you mean host?'],
    ['machnes: {}\n', 1, 'machnes is not known here; did you mean machines?'],
    ['\n\nfoo: 1\n', 3, 'foo is not known here; known are credentials, machines, media, bridge, plugins.'],
    ['machines:\n  pc:\n    tls: on\n', 2, 'machines.pc.host is missing.'],
    ['machines:\n  pc:\n', 2, 'machines.pc must be a mapping, not empty.'],
    ['machines: [pc]\n', 1, 'machines must be a mapping, not a list.'],
    ['pc\n', 1, 'a book is a mapping with credentials, machines, media, bridge, plugins, not text;'],
    ['- pc\n', 1, 'a book is a mapping with credentials, machines, media, bridge, plugins, not a list;'],
    [machine('host: b'), 4, 'machines.pc.host is there twice, for the first time in line 3.'],
    [
      'machines:\n  pc: { host: a }\n  pc: { host: b }\n',
      3,
      'machines.pc is there twice, for the first time in line 2.',
    ],
    [
      'plugins:\n  - use: a\n  - use: b\n    use: c\n',
      4,
      'plugins[1].use is there twice, for the first time in line 3.',
    ],
    [
      'machines:\n  a: { host: a }\n  Office PC: { host: b }\n',
      3,
      'machines.Office PC cannot be the name of a machine',
    ],
    ['machines:\n  bridge: { host: b }\n', 2, 'bridge-1 can.'],
    ['machines:\n  pc: { host: 192.168.1.300 }\n', 2, 'machines.pc.host is wrong: 192.168.1.300 is not an address'],
    ['machines:\n  pc: { host: "pc:16993" }\n', 2, 'ports stand under ports'],
    ['machines:\n  pc: { host: "http://pc" }\n', 2, 'is a URL'],
    [machine('tls: true'), 4, 'machines.pc.tls must be auto, on or off.'],
    [machine('ports: { wsman: 70000 }'), 4, 'machines.pc.ports.wsman must be at most 65535.'],
    [machine('ports: { wsmann: 1 }'), 4, 'machines.pc.ports.wsmann is not known here; did you mean wsman?'],
    [machine('password: 123456'), 4, 'machines.pc.password must be text in quotes, or one of { env: NAME }'],
    [machine('password: ""'), 4, 'machines.pc.password must not be empty.'],
    [machine('password: { evn: X }'), 4, 'machines.pc.password.evn is not known here; did you mean env?'],
    [machine('password: { env: X, file: Y }'), 4, 'machines.pc.password must be text in quotes, or one of'],
    [machine('fingerprint: abc'), 4, 'machines.pc.fingerprint must be a SHA-256 fingerprint'],
    [machine('uuid: abc'), 4, 'machines.pc.uuid must be a UUID.'],
    [machine('tags: lab'), 4, 'machines.pc.tags must be a list, not text.'],
    [machine('tags: [lab, all]'), 4, 'machines.pc.tags[1] must not be all'],
    [machine('switchOff: gently'), 4, 'machines.pc.switchOff must be soft-then-hard, soft or hard.'],
    [machine('switchOff: { mode: soft, afterSecond: 9 }'), 4, 'did you mean afterSeconds?'],
    [machine('credentials: lab'), 4, 'machines.pc.credentials names lab, which is not under credentials.'],
    [`credentials: { lap: { password: x } }\n${machine('credentials: lab')}`, 5, 'did you mean lap?'],
    [
      `credentials: { lab: { password: x } }\n${machine('credentials: lab\n    user: x')}`,
      6,
      'machines.pc.user stands beside credentials',
    ],
    ['media:\n  iso: { url: "http://x/y.iso" }\n', 2, 'media.iso.url must be a URL that begins with https:.'],
    ['media:\n  iso: {}\n', 2, 'media.iso needs one of path, url and ipxe'],
    [bridge('topic: a/#'), 2, 'bridge.topic must be a topic'],
    [bridge('permit: sometimes'), 2, 'bridge.permit must be always, window or never.'],
    [bridge('broker: { url: "http://x" }'), 2, 'bridge.broker.url must be a URL such as mqtt://broker:1883'],
    [bridge('broker: { url: "mqtt://a:b@x" }'), 2, 'bridge.broker.url holds a user or password'],
    [bridge('broker: {}'), 2, 'bridge.broker needs url, or embedded.'],
    [bridge('broker: { embedded: {}, url: "mqtt://x" }'), 2, 'bridge.broker.url belongs to a broker with a url'],
    [bridge('broker: { embedded: { listen: 0.0.0.0 } }'), 2, 'bridge.broker.embedded.users is missing'],
    ['plugins:\n  - options: {}\n', 2, 'plugins[0].use is missing.'],
  ])('in %j', (text, line, part) => {
    const error = errorOf(text);
    expect(error.message).toContain(`amtkit.yaml:${line}: `);
    expect(error.message).toContain(part);
    expect(error).toMatchObject({ file: 'amtkit.yaml', line });
  });

  test('tells about the other mistakes as well', () => {
    const error = errorOf('machines:\n  a: { host: 1 }\n  b: { host: x, tsl: on }\n  c: {}\n');
    expect(error.message).toBe('amtkit.yaml:3: machines.b.tsl is not known here; did you mean tls?');
    expect(error.hint).toContain('amtkit.yaml:2: machines.a.host must be text; put the number in quotes.');
    expect(error.hint).toContain('amtkit.yaml:4: machines.c.host is missing.');
  });
});

describe('text that is not YAML is named by its line, without its words', () => {
  test.each([
    ['password: @hunter2', 'must stand in quotes'],
    ['password: `hunter2', 'must stand in quotes'],
    ['password: %hunter2', 'must stand in quotes'],
    ['password: *hunter2', 'begins with *'],
    ['password: !hunter2 x', 'begins with !'],
    ['password: "hunter2" x', 'this is not YAML'],
    ['password: "hunter2\\q"', 'backslash'],
    ["password: 'hunter2", 'closing quote'],
    ['password: a: hunter2', 'quotes'],
    ['password: [hunter2', 'bracket'],
    ['password: ]hunter2', 'quotes'],
    ['password: |hunter2', 'quotes'],
    ['host: hunter2', 'twice'],
  ])('in %s', (line, part) => {
    const error = errorOf(machine(line));
    expect(error.message).toMatch(/^amtkit\.yaml:[45]: /);
    expect(error.message).toContain(part);
    expect(JSON.stringify([error.message, error.hint, error.cause])).not.toContain('hunter2');
  });

  test('so are tabs, second documents and aliases that explode', () => {
    expect(errorOf('machines:\n\tpc: {}\n').message).toContain('amtkit.yaml:2: the line is indented with a tab');
    expect(errorOf('a: 1\n---\nb: 2\n').message).toContain('a second document');
    const bomb = [
      'a0: &a0 [x]',
      ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`),
    ];
    expect(errorOf(bomb.join('\n')).message).toContain('aliases without end');
  });
});
