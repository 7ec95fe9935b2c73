/** The serial port of a machine of this command line. */
import type { SerialControls } from '@amtkit/core';
import type { SerialLine, SerialLineOptions } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { enabling } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { loadAutomation, type Session } from '../session.ts';

/** Opens it, after switching on what it needs where that is wanted. @throws AmtError */
export async function openLine(
  app: App,
  session: Session,
  machine: string,
  { enable, ...options }: SerialLineOptions & { readonly enable: boolean | undefined },
): Promise<SerialLine> {
  const { openSerialLine } = await loadAutomation();
  const reach = (signal?: AbortSignal) => session.fleet.machine(machine, signal === undefined ? {} : { signal });
  return await enabling(app, { session, machine, service: 'sol', enable }, () =>
    openSerialLine(reach, {
      signal: app.signal,
      ...(app.trace === undefined ? {} : { trace: app.trace }),
      ...options,
    }),
  );
}

/** The one machine of a command that takes no more. @throws UsageError */
export function onlyMachine({ machines }: Pick<Session, 'machines'>, command: string): string {
  const [machine = '', ...others] = machines;
  if (others.length === 0) return machine;
  throw new UsageError(`${command} takes one machine, and these are ${machines.length}: ${machines.join(', ')}.`);
}

/** What people are told when the lines of a port change; nothing where it does not matter to them. */
export function controlsSentences(controls: SerialControls, before: SerialControls | undefined): string[] {
  const became = (name: 'break' | 'overflow' | 'flushed' | 'loopback'): boolean =>
    controls[name] && before?.[name] !== true;
  const power = before === undefined ? !controls.powered : controls.powered !== before.powered;
  return [
    ...(power ? [controls.powered ? 'the machine is on' : 'the machine is off'] : []),
    ...(became('break') ? ['the host sent a break'] : []),
    ...(became('overflow') ? ['the firmware dropped some of what the host wrote'] : []),
    ...(became('flushed') ? ['the firmware dropped some of what was typed, since the host did not read it'] : []),
    ...(became('loopback') ? ['loopback: what is typed is echoed and does not reach the host'] : []),
  ];
}
