/** `amt ls`: the machines of the book, with what was learned about them. Nothing is sent. */
import { command } from '../command.ts';
import { loadAutomation, openBookOf, openStateOf } from '../session.ts';

/** The command. */
export const ls = command({
  usage: '[targets..]',
  describe: 'List the machines of the book. Nothing is sent',
  examples: [
    ['ls', 'All of them'],
    ['ls @lab --json', 'Those with the tag lab, as JSON'],
    ['ls --names', 'Names only, one a line'],
  ],
  options: {
    targets: { type: 'texts', describe: 'Names and tags such as @lab (all)' },
    names: { type: 'flag', describe: 'Names only' },
  },
  run: async (app, given) => {
    const { hostWithPorts } = await loadAutomation();
    const book = await openBookOf(app);
    const state = await openStateOf(app);
    const wanted = given.targets.flatMap((words) => words.split(','));
    const names = wanted.length === 0 ? [...book.machines.keys()] : book.select(wanted);
    const rows = names.map((name) => {
      const { password: _, ...entry } = book.machines.get(name) ?? { host: '' };
      return { name, entry, learned: state.machine(name) };
    });
    for (const { name, entry, learned } of rows) {
      app.out.result({ machine: name, ok: true, data: { ...entry, learned: learned ?? {} } });
    }
    if (rows.length === 0) app.out.say(`The book ${book.path} has no machine. amt scan RANGE --add finds some.`);
    else if (given.names) for (const { name } of rows) app.out.line(name);
    else {
      app.out.table(
        ['name', 'host', 'tls', 'user', 'AMT', 'tags'],
        rows.map(({ name, entry, learned }) => [
          name,
          hostWithPorts(entry.host, entry.ports?.wsman, entry.ports?.redirection),
          entry.tls ?? learned?.tls ?? 'auto',
          entry.credentials === undefined ? (entry.user ?? '') : `${entry.credentials} (credentials)`,
          learned?.version ?? '',
          (entry.tags ?? []).join(' '),
        ]),
      );
    }
  },
});
