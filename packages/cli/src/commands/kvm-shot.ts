/** `amt kvm shot`: a picture of the screen. */
import { writeFile } from 'node:fs/promises';
import { command } from '../command.ts';
import { enableOptions } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { connectionOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { displayOf, displayOptions, openScreenOf } from '../screen/open.ts';
import { openSession } from '../session.ts';

/** The command. */
export const shot = command({
  usage: '<target> <file>',
  describe: 'Save what the screen shows as a PNG picture',
  note: 'A file of that name is replaced; - writes the picture to stdout.',
  examples: [
    ['kvm shot office-pc bios.png', 'Into a file'],
    ['kvm shot office-pc - | display', 'In a pipe'],
  ],
  options: {
    target: { type: 'text', describe: 'Name or address of the machine' },
    file: { type: 'text', describe: 'The PNG file, or - for stdout' },
    ...displayOptions,
    ...enableOptions,
    ...connectionOptions,
  },
  run: async (app, given) => {
    const { target = '', file = '', enable } = given;
    const display = displayOf(given);
    if (file === '-' && app.out.mode !== 'text') throw new UsageError('A picture on stdout leaves no place for JSON.');
    await using session = await openSession(app, [target], given, { changes: given });
    const { screenshot } = await import('@amtkit/core');
    await overMachines(app, session.machines, {}, async (machine) => {
      await using screen = await openScreenOf(app, { session, machine, enable, display });
      const png = await screenshot(screen, { signal: app.signal });
      const { width, height } = screen.framebuffer;
      if (file === '-') app.streams.stdout.write(png);
      else await write(file, png);
      app.out.say(`${machine}: ${width} × ${height} pixels${file === '-' ? '' : ` in ${file}`}.`);
      return { file: file === '-' ? null : file, width, height };
    });
  },
});

async function write(file: string, png: Uint8Array): Promise<void> {
  try {
    await writeFile(file, png);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code ?? error}.`);
  }
}
