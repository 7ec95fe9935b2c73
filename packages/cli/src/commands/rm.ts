/** `amt rm`: takes machines out of the book, and forgets what was learned about them. */
import { command } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { openBookOf, openStateOf } from '../session.ts';

/** The command. */
export const rm = command({
  usage: '<targets..>',
  describe: 'Remove machines from the book',
  examples: [
    ['rm office-pc', 'Ask, and remove it'],
    ['rm @old --yes', 'Remove every machine with the tag old, from a script'],
  ],
  options: {
    targets: { type: 'texts', describe: 'Names and tags such as @lab' },
    'dry-run': { type: 'flag', alias: 'n', describe: 'Say which, and change nothing' },
    yes: { type: 'flag', alias: 'y', describe: 'Answer every question with yes' },
  },
  run: async (app, given) => {
    const book = await openBookOf(app);
    const machines = book.select(given.targets.flatMap((words) => words.split(',')));
    const dryRun = given['dry-run'];
    const plan = { title: `Remove from ${book.path}`, effect: 'disruptive', machines, yes: given.yes, dryRun } as const;
    if (!(await confirmed(app, plan))) return;
    if (!dryRun) {
      await book.edit((draft) => {
        for (const name of machines) draft.removeMachine(name);
      });
      const state = await openStateOf(app);
      for (const name of machines) state.forget(name);
      await state.flush();
    }
    for (const name of machines) {
      app.out.line(`${dryRun ? 'Would remove' : 'Removed'} ${name}.`);
      app.out.result({ machine: name, ok: true, data: { removed: !dryRun } });
    }
  },
});
