import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidBook } from '../errors.ts';
import { type Book, openBook } from './book.ts';
import type { Surroundings } from './places.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-book-'));
  path = join(folder, 'amtkit.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes a book and opens it. */
async function bookOf(text: string, mode = 0o600): Promise<Book> {
  await writeFile(path, text, { mode });
  await chmod(path, mode);
  return await openBook(path);
}

async function failure(promise: Promise<unknown>): Promise<InvalidBook> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidBook);
  return error as InvalidBook;
}

const lab = `# my lab
credentials:
  lab: { user: admin, password: { env: LAB_PASSWORD } }   # from the vault
machines:
  # under the desk
  office-pc:
    host: 192.168.1.30   # reserved
    credentials: lab
    uuid: 4C4C4544-0042-4410-8050-B4C04F4A3233
    tags: [lab, floor-2]


  printer-room:
    host: printer.example
    tls: on
    ports: { wsman: 16993 }
    user: operator
    password: "a: b #c"
    switchOff: hard
media:
  debian: { path: ./debian.iso }
`;

describe('reading', () => {
  test('a book that is not there is empty and complete', async () => {
    const book = await openBook(path);
    expect(book.machines.size).toBe(0);
    expect(book.bridge).toMatchObject({
      id: 'main',
      topic: 'amtkit',
      broker: { kind: 'embedded', listen: '127.0.0.1', port: 1883, users: {} },
      homeassistant: { enabled: true, prefix: 'homeassistant', statusTopic: 'homeassistant/status' },
      pollSeconds: 30,
      permit: 'always',
      switchOff: { mode: 'soft-then-hard', afterSeconds: 120 },
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('gives machines, media and credentials by name', async () => {
    const book = await bookOf(lab);
    expect([...book.machines.keys()]).toEqual(['office-pc', 'printer-room']);
    expect(book.machines.get('office-pc')).toEqual({
      host: '192.168.1.30',
      credentials: 'lab',
      uuid: '4c4c4544-0042-4410-8050-b4c04f4a3233',
      tags: ['lab', 'floor-2'],
    });
    expect(book.machines.get('printer-room')).toMatchObject({
      tls: 'on',
      ports: { wsman: 16993 },
      switchOff: { mode: 'hard', afterSeconds: 120 },
    });
    expect(book.media.get('debian')).toEqual({ path: join(folder, 'debian.iso') });
    expect(book.credentials.get('lab')).toEqual({ user: 'admin', password: { env: 'LAB_PASSWORD' } });
    expect(book.warnings).toEqual([]);
  });

  test('sections that hold nothing but comments are empty', async () => {
    const book = await bookOf('# nothing yet\nmachines:\n  # to come\nbridge:\n');
    expect(book.machines.size).toBe(0);
    expect(book.bridge.id).toBe('main');
  });

  test('warns of plain passwords only where others may read them', async () => {
    expect((await bookOf(lab, 0o600)).warnings).toEqual([]);
    const [warning, ...more] = (await bookOf(lab, 0o644)).warnings;
    expect(more).toEqual([]);
    expect(warning).toContain('machines.printer-room');
    expect(warning).toContain(`chmod 600 ${path}`);
    expect(warning).not.toContain('a: b #c');
  });

  test('warns when others may write it, of twins, and of plugins for machines that are not there', async () => {
    const uuid = '4c4c4544-0042-4410-8050-b4c04f4a3233';
    const book = await bookOf(
      `machines:\n  a: { host: a, uuid: ${uuid} }\n  b: { host: b, uuid: ${uuid} }\nplugins: [{ use: ./p.ts, machines: [c] }]\n`,
      0o622,
    );
    expect(book.warnings).toHaveLength(3);
    expect(book.warnings[0]).toContain('Others may write');
    expect(book.warnings[1]).toContain('a and b have the same uuid');
    expect(book.warnings[2]).toContain('./p.ts is for c');
  });

  test('says what cannot be read', async () => {
    expect((await failure(openBook(folder))).message).toBe(`The book ${folder} cannot be read: it is a folder.`);
    await writeFile(path, Uint8Array.of(0xff, 0xfe, 0x61, 0));
    expect((await failure(openBook(path))).message).toContain('not UTF-8');
  });
});

describe('finding', () => {
  let around: Surroundings;
  beforeEach(async () => {
    await mkdir(join(folder, 'here'), { mode: 0o700 });
    await mkdir(join(folder, 'config', 'amtkit'), { recursive: true });
    await writeFile(join(folder, 'config', 'amtkit', 'amtkit.yaml'), 'machines: { usual: { host: a } }\n');
    around = {
      env: { XDG_CONFIG_HOME: join(folder, 'config') },
      folder: join(folder, 'here'),
      home: folder,
      user: process.getuid?.(),
      platform: 'linux',
    };
  });
  const local = async (mode = 0o600) => {
    await writeFile(join(folder, 'here', 'amtkit.yaml'), 'machines: { local: { host: a } }\n');
    await chmod(join(folder, 'here', 'amtkit.yaml'), mode);
  };
  const names = async (surroundings: Surroundings) => {
    const book = await openBook(undefined, { surroundings });
    return [...book.machines.keys(), ...book.warnings];
  };

  test('the environment comes before the current folder, and that before the user’s own', async () => {
    expect(await names(around)).toEqual(['usual']);
    await local();
    expect(await names(around)).toEqual(['local']);
    await writeFile(path, 'machines: { named: { host: a } }\n');
    expect(await names({ ...around, env: { ...around.env, AMTKIT_CONFIG: '../amtkit.yaml' } })).toEqual(['named']);
  });

  test('without configuration folder it is ~/.config, also where the variable is a relative path', async () => {
    const usual = join(folder, '.config', 'amtkit', 'amtkit.yaml');
    expect((await openBook(undefined, { surroundings: { ...around, env: {} } })).path).toBe(usual);
    const relative = { ...around, env: { XDG_CONFIG_HOME: 'config' } };
    expect((await openBook(undefined, { surroundings: relative })).path).toBe(usual);
  });

  test('a book of somebody else in the current folder is ignored, and said so', async () => {
    await local();
    const [name, warning, ...more] = await names({ ...around, user: (around.user ?? 0) + 1 });
    expect(name).toBe('usual');
    expect(warning).toContain(`${join(folder, 'here', 'amtkit.yaml')} is ignored`);
    expect(warning).toContain('belongs to another user');
    expect(warning).toContain('AMTKIT_CONFIG');
    expect(more).toEqual([]);
  });

  test('so is one that others may write, or whose folder they may write', async () => {
    await local(0o620);
    expect((await names(around))[1]).toContain(`others may write ${join(folder, 'here', 'amtkit.yaml')}`);
    await local(0o644);
    expect(await names(around)).toEqual(['local']);
    await chmod(join(folder, 'here'), 0o777);
    expect((await names(around))[1]).toContain(`others may write ${join(folder, 'here')} `);
  });
});

describe('targets', () => {
  test('are names, tags and all, each machine once and in the order of the book', async () => {
    const book = await bookOf(lab);
    expect(book.select(['printer-room', '@lab', 'office-pc'])).toEqual(['office-pc', 'printer-room']);
    expect(book.select(['@all'])).toEqual(['office-pc', 'printer-room']);
    expect(book.select([])).toEqual([]);
  });

  test('that are unknown are refused with what was probably meant', async () => {
    const book = await bookOf(lab);
    expect(() => book.select(['offce-pc'])).toThrow('did you mean office-pc?');
    expect(() => book.select(['@flor-2'])).toThrow('did you mean @floor-2?');
    expect(() => book.select(['zzz'])).toThrow(InvalidBook);
  });
});

describe('credentials', () => {
  test('come from the set, or from the machine', async () => {
    const book = await openBook(path, {
      secrets: {
        env: { LAB_PASSWORD: 'from env' },
        keyring: async () => undefined,
        command: async () => '',
      },
    });
    await writeFile(path, lab);
    await book.reload();
    expect(await book.credentialsOf('office-pc')).toEqual({ user: 'admin', password: 'from env' });
    expect(await book.credentialsOf('printer-room')).toEqual({ user: 'operator', password: 'a: b #c' });
    expect((await failure(book.credentialsOf('nobody'))).message).toContain('nobody is not in the book');
  });

  test('that are missing are a sentence with the way out', async () => {
    const book = await bookOf('machines: { pc: { host: a } }');
    const error = await failure(book.credentialsOf('pc'));
    expect(error.message).toBe(`The book ${path} has no password for pc.`);
    expect(error.hint).toContain('amt edit pc --credentials');
  });

  test('in files are found from the book’s folder', async () => {
    await writeFile(join(folder, 'secret'), 'pass word \nsecond line\n');
    const book = await bookOf('machines: { pc: { host: a, password: { file: secret } } }');
    expect((await book.credentialsOf('pc')).password).toBe('pass word ');
  });

  test('asked for at once by many are looked up once', async () => {
    let runs = 0;
    await writeFile(
      path,
      'credentials: { x: { password: { command: [p] } } }\nmachines: { a: { host: a, credentials: x }, b: { host: b, credentials: x } }\n',
    );
    const book = await openBook(path, {
      secrets: { env: {}, keyring: async () => undefined, command: async () => `secret ${++runs}` },
    });
    const both = await Promise.all([book.credentialsOf('a'), book.credentialsOf('b')]);
    expect(both.map(({ password }) => password)).toEqual(['secret 1', 'secret 1']);
    expect((await book.credentialsOf('a')).password).toBe('secret 2');
  });
});

describe('writing', () => {
  test('changes only the lines it has to', async () => {
    const book = await bookOf(lab);
    await book.addMachine('new-pc', { host: '10.0.0.1', credentials: 'lab', tags: ['a'] });
    const added = `  new-pc:\n    host: 10.0.0.1\n    credentials: lab\n    tags: [ a ]\n`;
    expect(await readFile(path, 'utf8')).toBe(lab.replace('media:\n', `${added}media:\n`));
    expect(book.machines.get('new-pc')?.host).toBe('10.0.0.1');

    await book.editMachine('office-pc', { host: '192.168.1.31' });
    await book.removeMachine('new-pc');
    expect(await readFile(path, 'utf8')).toBe(lab.replace('192.168.1.30   #', '192.168.1.31 #'));
  });

  test('keeps every comment and the line ends', async () => {
    const book = await bookOf(lab.replaceAll('\n', '\r\n'));
    await book.renameMachine('office-pc', 'desk-pc');
    expect(await readFile(path, 'utf8')).toBe(lab.replace('office-pc', 'desk-pc').replaceAll('\n', '\r\n'));
    expect([...book.machines.keys()]).toEqual(['desk-pc', 'printer-room']);
  });

  test('makes the file where there is none, for nobody else', async () => {
    const deep = join(folder, 'new', 'amtkit.yaml');
    const book = await openBook(deep);
    await book.addMachine('pc', { host: 'pc.example', password: { keyring: 'lab' } });
    expect(await readFile(deep, 'utf8')).toBe(
      'machines:\n  pc:\n    host: pc.example\n    password: { keyring: lab }\n',
    );
    expect((await stat(deep)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'new'))).toEqual(['amtkit.yaml']);
  });

  test('closes a file that was open to others', async () => {
    const book = await bookOf(lab, 0o644);
    expect(book.warnings).toHaveLength(1);
    await book.editMachine('office-pc', { host: 'x' });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(book.warnings).toEqual([]);
  });

  test.each(['# only words\n', 'machines: # mine\n', 'machines: {}\n', 'machines:\n  # none yet\n', ''])(
    'begins the list of machines in %j',
    async (text) => {
      const book = await bookOf(text);
      await book.addMachine('pc', { host: 'a' });
      const written = await readFile(path, 'utf8');
      expect(written).toContain(text.match(/# .*/)?.[0] ?? '');
      expect(written).toContain('  pc:\n    host: a\n');
      expect((await openBook(path)).machines.get('pc')).toEqual({ host: 'a' });
    },
  );

  test('every printable character survives in a password', async () => {
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
    const passwords = [
      printable,
      ...printable,
      ' x ',
      '123',
      'true',
      'null',
      '~',
      '1e3',
      '- a',
      'a: b',
      'a #b',
      'ä€😀',
      '\\n',
      '%41',
    ];
    const book = await openBook(path);
    await book.edit((draft) => {
      for (const [i, password] of passwords.entries()) {
        draft.addMachine(`m${i}`, { host: 'a', password });
        draft.setCredentials(`c${i}`, { password });
      }
    });
    expect(await readFile(path, 'utf8')).toContain('password: "x"\n');
    const again = await openBook(path);
    for (const [i, password] of passwords.entries()) {
      expect((await again.credentialsOf(`m${i}`)).password).toBe(password);
      expect(again.credentials.get(`c${i}`)?.password).toBe(password);
    }
  });

  test('a password changed beside a comment keeps both', async () => {
    const book = await bookOf('machines:\n  pc:\n    host: a\n    password: old # mine\n');
    await book.editMachine('pc', { password: '"new" \\ #1' });
    expect(await readFile(path, 'utf8')).toContain('# mine');
    expect((await (await openBook(path)).credentialsOf('pc')).password).toBe('"new" \\ #1');
  });

  test('credentials take the place of user and password, and the other way round', async () => {
    const book = await bookOf(lab);
    await book.editMachine('printer-room', { credentials: 'lab' });
    expect(book.machines.get('printer-room')).not.toHaveProperty('password');
    await book.editMachine('office-pc', { password: 'x', tags: null });
    expect(book.machines.get('office-pc')).toEqual({ host: '192.168.1.30', uuid: expect.any(String), password: 'x' });
  });

  test('renames a machine where plugins are told about it', async () => {
    const book = await bookOf(
      'machines: { pc: { host: a } }\nplugins:\n  - use: ./p.ts\n    machines: [ pc, "@lab" ]\n',
    );
    await book.renameMachine('pc', 'desk');
    expect(book.plugins[0]?.machines).toEqual(['desk', '@lab']);
    expect(book.warnings).toEqual([]);
  });

  test('refuses what would not be a book, and touches nothing', async () => {
    const book = await bookOf(lab);
    const attempts: [Promise<void>, string][] = [
      [book.addMachine('office-pc', { host: 'x' }), 'already'],
      [book.addMachine('Büro PC', { host: 'x' }), 'buro-pc would do'],
      [book.addMachine('all', { host: 'x' }), 'cannot be called "all"'],
      [book.addMachine('x', { host: '192.168.1.300' }), 'machines.x.host is wrong: 192.168.1.300 is not an address'],
      [book.editMachine('offic-pc', { host: 'x' }), 'did you mean office-pc?'],
      [book.editMachine('office-pc', { credentials: 'lob' }), 'did you mean lab?'],
      [book.renameMachine('office-pc', 'printer-room'), 'already'],
      [book.removeMachine('printer'), 'no machine called printer'],
      [book.setCredentials('lab', undefined), 'machines.office-pc.credentials names lab'],
    ];
    for (const [attempt, part] of attempts) {
      const { message } = await failure(attempt);
      expect(message).toContain(part);
      expect(message).toContain('Nothing was changed');
    }
    expect(await readFile(path, 'utf8')).toBe(lab);
    expect(await readdir(folder)).toEqual(['amtkit.yaml']);
  });

  test('does not write over a file that has become broken', async () => {
    const book = await bookOf(lab);
    await writeFile(path, 'machines: [');
    await failure(book.addMachine('x', { host: 'x' }));
    expect(await readFile(path, 'utf8')).toBe('machines: [');
    expect(book.machines.has('office-pc')).toBe(true);
  });

  test('a read-only book is a sentence', async () => {
    const book = await bookOf(lab, 0o400);
    const { message } = await failure(book.removeMachine('office-pc'));
    expect(message).toBe(`The book ${path} cannot be written: it is marked as read-only. Nothing was changed.`);
  });

  test('follows a link and leaves it a link', async () => {
    await writeFile(join(folder, 'real.yaml'), lab);
    await symlink('real.yaml', path);
    const book = await openBook(path);
    await book.removeMachine('printer-room');
    expect(await readFile(join(folder, 'real.yaml'), 'utf8')).not.toContain('printer-room');
    expect((await openBook(path)).machines.size).toBe(1);
  });

  test('loses nothing when many write at once', async () => {
    const books = await Promise.all(Array.from({ length: 8 }, () => openBook(path)));
    await Promise.all(
      books.flatMap((book, i) => [book.addMachine(`a${i}`, { host: 'a' }), book.addMachine(`b${i}`, { host: 'b' })]),
    );
    expect((await openBook(path)).machines.size).toBe(16);
    expect(await readdir(folder)).toEqual(['amtkit.yaml']);
  });
});

describe('following', () => {
  test('reports new content, and wrong content without losing the old', async () => {
    const book = await bookOf(lab);
    const end = new AbortController();
    const changes = book.changes({ signal: end.signal, intervalMs: 10 })[Symbol.asyncIterator]();
    const first = changes.next();
    await (await openBook(path)).removeMachine('printer-room');
    expect((await first).value).toEqual({ type: 'reloaded' });
    expect([...book.machines.keys()]).toEqual(['office-pc']);

    const second = changes.next();
    await writeFile(path, 'machines:\n  x: { hots: a }\n');
    expect((await second).value).toMatchObject({ type: 'invalid', error: { line: 2 } });
    expect([...book.machines.keys()]).toEqual(['office-pc']);

    const third = changes.next();
    await rm(path);
    expect((await third).value).toEqual({ type: 'reloaded' });
    expect(book.machines.size).toBe(0);

    const last = changes.next();
    end.abort();
    expect((await last).done).toBe(true);
  });

  test('does not miss a change made before it began', async () => {
    const book = await bookOf(lab);
    await (await openBook(path)).removeMachine('printer-room');
    const end = new AbortController();
    const changes = book.changes({ signal: end.signal, intervalMs: 10 })[Symbol.asyncIterator]();
    expect((await changes.next()).value).toEqual({ type: 'reloaded' });
    await changes.return?.();
  });
});
