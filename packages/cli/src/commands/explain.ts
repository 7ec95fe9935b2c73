/** `amt explain`: what a code means, and what to do about it. Nothing is sent. */
import { command } from '../command.ts';
import { UsageError } from '../exit.ts';

/** The command. */
export const explain = command({
  usage: '<code..>',
  describe: 'Say what a code means: exit codes, results of methods, HTTP statuses, faults, errors, events',
  examples: [
    ['explain 4', 'Every meaning of a number'],
    ['explain AccessDenied', 'A fault of WS-Management'],
    ['explain 16.5', 'An event of the audit log: application and event'],
  ],
  options: { code: { type: 'texts', describe: 'Number, 0x…, word, or the 42 hex digits of an event' } },
  run: async (app, given) => {
    const { meaningsOf } = await import('../explain.ts');
    for (const code of given.code) {
      const meanings = meaningsOf(code);
      if (meanings.length === 0) {
        throw new UsageError(
          `Nothing is known about ${code}.`,
          'A number, or a word such as AccessDenied, belongs there.',
        );
      }
      for (const { where, code: shown, meaning, advice } of meanings) {
        app.out.line(`${app.out.style('bold', shown)}  ${meaning}`);
        app.out.line(`    as ${where}`);
        if (advice !== undefined) app.out.line(`    What to do: ${advice}`);
      }
      app.out.result({ machine: null, ok: true, data: { code, meanings } });
    }
  },
});
