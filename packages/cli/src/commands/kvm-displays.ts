/** `amt kvm displays`: the displays of a machine, and which of them its screen session shows. */
import type { Display } from '@amtkit/core';
import { command } from '../command.ts';
import { connectionOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { openSession } from '../session.ts';

/** The command. */
export const displays = command({
  usage: '<target>',
  describe: 'List the displays of a machine, and which of them is shown',
  note: 'The firmware captures one display. The other kvm commands choose it with --display; it stays the one that was chosen.',
  examples: [
    ['kvm displays office-pc', 'Which there are'],
    ['kvm shot office-pc second.png --display 2', 'What the second shows'],
  ],
  options: { target: { type: 'text', describe: 'Name or address of the machine' }, ...connectionOptions },
  run: async (app, given) => {
    await using session = await openSession(app, [given.target ?? ''], given);
    await overMachines(
      app,
      session.machines,
      {},
      async (machine) => {
        const reached = await session.fleet.machine(machine, { signal: app.signal });
        return { displays: await reached.displays.list() };
      },
      ({ machine, data }) => {
        if (app.out.mode !== 'text') return;
        if (session.machines.length > 1) app.out.line(machine);
        if (data.displays.length === 0) app.out.say(`${machine}: no display is on.`);
        else app.out.table(['display', 'pixels', 'upper left', ''], data.displays.map(cells));
      },
    );
  },
});

function cells({ number, width, height, x, y, primary, captured }: Display): string[] {
  const words = [...(primary ? ['primary'] : []), ...(captured ? ['shown'] : [])];
  return [String(number), `${width} × ${height}`, `${x}, ${y}`, words.join(', ')];
}
