import { createCipheriv, pbkdf2Sync } from 'node:crypto';
import { expect, test } from 'vitest';
import { type ImportOptions, type ImportResult, importMachines, isEncryptedList } from './import.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options?: ImportOptions): Promise<ImportResult> => importMachines(bytes(text), options);
const list = (...computers: object[]) => JSON.stringify({ webappversion: '0.9.6', computers });

test('a MeshCommander list becomes machines', async () => {
  const { format, machines, problems } = await read(
    list(
      {
        name: 'Reception',
        host: '192.168.1.20',
        tags: 'Front desk',
        user: 'admin',
        pass: 'P%40ssw0rd',
        tls: 0,
        ver: '11.8.50',
        pstate: 2,
        icon: 1,
        digestrealm: 'Digest:7AF0',
        h: 0.123,
      },
      { name: 'Lab', host: 'lab1.corp.test:16993', user: '*', pass: 'lab1.corp.test:16992', tls: 1 },
      { name: '', host: '[fe80::1]:9000:9001', user: '', pass: '', tls: '1' },
      { fqdn: 'old.corp.test', tlscerthash: 'ab'.repeat(20) },
    ),
  );
  expect(format).toBe('meshcommander');
  expect(problems).toEqual([]);
  expect(machines.map(({ name, entry }) => [name, entry])).toEqual([
    ['reception', { host: '192.168.1.20', user: 'admin', password: 'P@ssw0rd', tags: ['front-desk'] }],
    ['lab', { host: 'lab1.corp.test', tls: 'on' }],
    ['fe80-1', { host: 'fe80::1', tls: 'on', ports: { wsman: 9000, redirection: 9001 } }],
    ['old', { host: 'old.corp.test' }],
  ]);
  expect(machines[0]).toMatchObject({ realm: 'Digest:7AF0', literalPassword: 'P%40ssw0rd', notes: [], known: false });
  expect(machines[1]?.notes.join()).toContain('Kerberos');
  expect(machines[3]?.notes.join()).toContain('SHA-1');
});

test('a port says what the list left open about TLS', async () => {
  const { machines } = await read(
    JSON.stringify([{ host: 'a:16993', tls: 0 }, { host: 'b:16992' }, { host: 'c:8000' }]),
  );
  expect(machines.map(({ entry }) => entry)).toEqual([
    { host: 'a', tls: 'on' },
    { host: 'b', tls: 'off' },
    { host: 'c', tls: 'off', ports: { wsman: 8000 } },
  ]);
});

test.each([
  ['P%40ssw0rd', 'P@ssw0rd', 0],
  ['P@ss%40', 'P@ss%40', 0],
  ['100%', '100%', 0],
  ['a%zz', 'a%zz', 0],
  ['%ff%fe', '%ff%fe', 0],
  ['abc%41', 'abcA', 1],
  ['%C3%A4', 'ä', 0],
])('the password %s of a MeshCommander list is %s', async (pass, password, notes) => {
  const [machine] = (await read(list({ host: 'a', pass }))).machines;
  expect(machine?.entry.password).toBe(password);
  expect(machine?.literalPassword).toBe(pass === password ? undefined : pass);
  expect(machine?.notes).toHaveLength(notes);
});

test('a pinned certificate gives its SHA-256 fingerprint', async () => {
  const [machine] = (await read(list({ host: 'a', tls: 1, tlscert: '616263', tlscerthash: 'ab'.repeat(20) }))).machines;
  expect(machine?.entry.fingerprint).toMatch(/^BA:78:16:BF:8F:01:CF:EA:.*:F2:00:15:AD$/);
  expect(machine?.notes).toEqual([]);
});

const vector = {
  magic: '3209ruwpcoinaT4r9w347t0e4ug',
  version: 1,
  salt: '000102030405060708090a0b0c0d0e0f',
  iv: 'abcdefghijkl',
  tag: '37d82f67c5f93c3170568e25aa3c8388',
  data: '3c5ac8323ae69b788b3db5193e928cc1',
};

test('an encrypted list opens with its password and no other', async () => {
  const file = JSON.stringify(vector);
  expect(isEncryptedList(bytes(file))).toBe(true);
  expect(isEncryptedList(bytes(list()))).toBe(false);
  expect(isEncryptedList(bytes('host\na'))).toBe(false);
  expect(await read(file, { password: 'P@ssw0rd' })).toEqual({ format: 'meshcommander', machines: [], problems: [] });
  await expect(read(file)).rejects.toThrow('needs its password');
  await expect(read(file, { password: 'wrong' })).rejects.toThrow('the password is wrong');
  await expect(read(JSON.stringify({ ...vector, tag: 'zz' }), { password: 'P@ssw0rd' })).rejects.toThrow('damaged');
  await expect(read(JSON.stringify({ ...vector, version: 2 }), { password: 'x' })).rejects.toThrow('version');
});

test('an encrypted list of several machines', async () => {
  const key = pbkdf2Sync('pä', Buffer.from(vector.salt, 'hex'), 128_000, 16, 'sha512').toString('hex');
  const cipher = createCipheriv('aes-256-gcm', key, vector.iv);
  const data = cipher.update(list({ host: 'a' }, { host: 'b' }), 'utf8', 'hex') + cipher.final('hex');
  const file = JSON.stringify({ ...vector, data, tag: cipher.getAuthTag().toString('hex') });
  expect((await read(file, { password: 'pä' })).machines.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('a MeshCentral list is taken literally', async () => {
  const { format, machines } = await read(
    '[{"fqdn":"mycomputer.com","uuid":"4C4C4544-0042-4410-8050-B4C04F4A3233","version":"12.0.1","username":"admin","password":"P%40","tls":true}]',
  );
  expect(format).toBe('meshcentral');
  expect(machines[0]).toMatchObject({
    name: 'mycomputer',
    entry: { host: 'mycomputer.com', tls: 'on', user: 'admin', password: 'P%40' },
  });
});

test('a list of the Intel migration tool', async () => {
  const { format, machines } = await read(
    JSON.stringify({
      ApplicationData: { Application: 'Intel vPro(R) Manageability Migration Tool' },
      ManagedSystems: {
        ManagedSystemsList: [
          { Fqdn: 'a.corp.test', IPv4: '10.0.0.1', ConfiguredPassword: 'x', ConnectionType: 'TLS' },
          { Fqdn: '', IPv4: '10.0.0.2', ConnectionType: 'TCP' },
        ],
      },
    }),
  );
  expect(format).toBe('intel-migration');
  expect(machines.map(({ entry }) => entry)).toEqual([
    { host: 'a.corp.test', tls: 'on', password: 'x' },
    { host: '10.0.0.2' },
  ]);
});

test('a table with a header, quoted or not, with any usual separator', async () => {
  const rows = [
    ['Name', 'HOST', 'user', 'tls', 'tags', 'password'],
    ['PC 1', '10.0.0.1', 'admin', 'on', 'lab floor-2', '"a"",b\nc "'],
    ['', 'pc2.example:8000', '', '', '', ' '],
  ];
  for (const separator of [',', ';', '\t']) {
    const { format, machines, problems } = await read(`${rows.map((row) => row.join(separator)).join('\r\n')}\r\n\r\n`);
    expect(format).toBe('csv');
    expect(problems).toEqual([]);
    expect(machines.map(({ name, row, entry }) => [name, row, entry])).toEqual([
      ['pc-1', 2, { host: '10.0.0.1', tls: 'on', user: 'admin', password: 'a",b\nc ', tags: ['lab', 'floor-2'] }],
      ['pc2', 4, { host: 'pc2.example', tls: 'off', ports: { wsman: 8000 }, password: ' ' }],
    ]);
  }
});

test('a table of Intel’s set-up software', async () => {
  const { machines } = await read(
    'Intel AMT FQDN,Other,Intel AMT IPv4,Intel AMT Version\na.corp.test,x,10.0.0.1,11.8\nb.corp.test,x,,9.1\n',
  );
  expect(machines.map(({ name, entry }) => [name, entry])).toEqual([
    ['a', { host: '10.0.0.1', tls: 'on' }],
    ['b', { host: 'b.corp.test', tls: 'on' }],
  ]);
});

test('one host a line, and what is no host is named by its line', async () => {
  const { format, machines, problems } = await read(
    '# mine\npc1.example\n\n10.0.0.1:16993  # desk\n10.0.0.0/24\n10.0.0.300\n',
  );
  expect(format).toBe('hosts');
  expect(machines.map(({ name, entry }) => [name, entry])).toEqual([
    ['pc1', { host: 'pc1.example' }],
    ['10-0-0-1', { host: '10.0.0.1', tls: 'on' }],
  ]);
  expect(problems.map(({ row }) => row)).toEqual([5, 6]);
});

test('files in UTF-16 and with marks are read', async () => {
  const text = 'name,host\nBüro,10.0.0.1\n';
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
  const files = [utf16, Buffer.from(utf16).swap16(), bytes(`\uFEFF${text}`), Buffer.from(text, 'latin1')];
  for (const file of files) expect((await importMachines(file)).machines[0]?.name).toBe('buro');
});

test('names are unique, in the list and in the book', async () => {
  const { machines } = await read('name,host\nPC,a\npc,b\nPC!,c\n', { machines: new Map([['pc', { host: 'z' }]]) });
  expect(machines.map(({ name }) => name)).toEqual(['pc-2', 'pc-3', 'pc-4']);
});

const one = '4c4c4544-0042-4410-8050-000000000001';
const two = '4c4c4544-0042-4410-8050-000000000002';

test('machines that are in the book already keep their names', async () => {
  const { machines } = await read(
    list(
      { name: 'moved', host: 'new', uuid: one.toUpperCase() },
      { name: 'realm', host: 'other', digestrealm: 'Digest:1' },
      { name: 'place', host: 'PLACE.example' },
      { name: 'replaced', host: 'c', uuid: one.replace('1', '9') },
      { name: 'elsewhere', host: 'place.example:8000' },
    ),
    {
      machines: new Map([
        ['a', { host: 'a', uuid: one }],
        ['b', { host: 'b' }],
        ['p', { host: 'place.example' }],
        ['c', { host: 'c', uuid: two }],
      ]),
      realmOf: (name) => (name === 'b' ? 'Digest:1' : undefined),
    },
  );
  expect(machines.map(({ name, known }) => [name, known])).toEqual([
    ['a', true],
    ['b', true],
    ['p', true],
    ['replaced', false],
    ['elsewhere', false],
  ]);
});

test('rows that are wrong or there twice are told and leave the others alone', async () => {
  const { machines, problems } = await read(
    JSON.stringify({
      computers: [
        { host: 'a' },
        { name: 'no host' },
        'nonsense',
        { host: 'A' },
        { host: 'b', uuid: 'xyz' },
        { host: 'c', uuid: one },
        { host: 'd', uuid: one },
      ],
    }),
  );
  expect(machines.map(({ row }) => row)).toEqual([1, 6]);
  expect(problems).toEqual([
    { row: 2, text: 'It has no host.' },
    { row: 3, text: 'This entry is not an object.' },
    { row: 4, text: 'This is the machine of row 1 again.' },
    { row: 5, text: 'uuid must be a UUID.' },
    { row: 7, text: 'This is the machine of row 6 again.' },
  ]);
});

test('what is no list is refused without its words', async () => {
  await expect(read('{ "pass": "hunter2" ')).rejects.toThrow('This list begins like JSON and is not.');
  await expect(read('{ "pass": "hunter2" }')).rejects.toThrow('not a list of machines');
  await expect(read('a,b\nhunter2,c\n')).rejects.toThrow('no header line');
});
