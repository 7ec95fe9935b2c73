/** `amt edit`: changes the entry of a machine. Comments and order of the book stay. */
import type { MachineChanges } from '@amtkit/core/automation';
import { command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { loadAutomation, openBookOf, openStateOf } from '../session.ts';

/** The command. */
export const edit = command({
  usage: '<name>',
  describe: 'Change the entry of a machine in the book; an empty value takes a key away',
  examples: [
    ['edit office-pc --host 192.168.1.31', 'It has another address'],
    ['edit office-pc --tags lab,floor-2 --credentials lab', 'Tags, and credentials of the book'],
    ['edit office-pc --rename front-desk', 'Call it something else'],
  ],
  options: {
    name: { type: 'text', describe: 'The machine' },
    host: { type: 'text', describe: 'Network name or address, with ports where they are not the usual ones' },
    tags: { type: 'text', describe: 'Tags in place of the present ones, such as lab,floor-2' },
    tls: { type: 'text', choices: ['auto', 'on', 'off'], describe: 'TLS' },
    'legacy-tls': { type: 'flag', describe: 'Speak TLS 1.0 and 1.1 with it; --no-legacy-tls does not' },
    fingerprint: { type: 'text', describe: 'The only certificate to accept, SHA-256' },
    uuid: { type: 'text', describe: 'UUID of the machine that is meant' },
    credentials: { type: 'text', describe: 'Credentials of the book' },
    user: { type: 'text', describe: 'User, in place of credentials' },
    'password-stdin': { type: 'flag', describe: 'Read a new password from stdin, in place of credentials' },
    'switch-off': { type: 'text', choices: ['soft-then-hard', 'soft', 'hard'], describe: 'What switching off does' },
    rename: { type: 'text', describe: 'Another name' },
  },
  run: async (app, given) => {
    const { parseHost } = await loadAutomation();
    const book = await openBookOf(app);
    const [name = ''] = book.select([given.name ?? '']);
    const place = given.host === undefined ? {} : parseHost(given.host);
    const changes: MachineChanges = {
      ...place,
      ...(given.host === undefined || 'ports' in place ? {} : { ports: null }),
      ...(given.tags === undefined ? {} : { tags: orNull(given.tags.split(',').filter((tag) => tag !== '')) }),
      ...(given.tls === undefined ? {} : { tls: given.tls as 'auto' | 'on' | 'off' }),
      ...(given['legacy-tls'] === undefined ? {} : { legacyTls: given['legacy-tls'] || null }),
      ...(given.fingerprint === undefined ? {} : { fingerprint: given.fingerprint || null }),
      ...(given.uuid === undefined ? {} : { uuid: given.uuid || null }),
      ...(given.credentials === undefined ? {} : { credentials: given.credentials || null }),
      ...(given.user === undefined ? {} : { user: given.user || null }),
      ...(given['password-stdin'] ? { password: await app.prompt.lineOfStdin('password-stdin') } : {}),
      ...(given['switch-off'] === undefined
        ? {}
        : { switchOff: given['switch-off'] as 'soft-then-hard' | 'soft' | 'hard' }),
    };
    const to = given.rename;
    if (Object.keys(changes).length === 0 && to === undefined) {
      throw new UsageError('Nothing is to be changed.', 'amt edit --help lists what can be.');
    }
    await book.edit((draft) => {
      if (Object.keys(changes).length > 0) draft.editMachine(name, changes);
      if (to !== undefined) draft.renameMachine(name, to);
    });
    if (to !== undefined) {
      const state = await openStateOf(app);
      state.rename(name, to);
      await state.flush();
    }
    app.out.line(`Changed ${to ?? name}.`);
    app.out.result({ machine: to ?? name, ok: true, data: { changed: Object.keys(changes), renamedFrom: to && name } });
  },
});

function orNull<T>(items: readonly T[]): T[] | null {
  return items.length === 0 ? null : [...items];
}
