/** The screen of a machine of this command line. */
import type { AskCode, KeyboardLayoutName, ScreenOptions, ScreenSession } from '@amtkit/core';
import type { ScreenLine, ScreenLineOptions } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import type { Options } from '../command.ts';
import { enabling } from '../enable.ts';
import { loadAutomation, type Session } from '../session.ts';

/** The option of every command that types at a screen. */
export const layoutOptions = {
  layout: {
    type: 'text',
    choices: ['us', 'de', 'fr', 'uk', 'es'],
    describe: 'Keyboard that the machine is set to (us)',
  },
} as const satisfies Options;

/** The layout that was asked for. */
export function layoutOf({ layout }: { readonly layout: string | undefined }): KeyboardLayoutName {
  return (layout as KeyboardLayoutName | undefined) ?? 'us';
}

/** What opening needs. */
interface Opening {
  readonly session: Session;
  readonly machine: string;
  readonly enable: boolean | undefined;
}

/** Opens it for a moment, after switching on what it needs where that is wanted. @throws AmtError */
export async function openScreenOf(app: App, { session, machine, enable }: Opening): Promise<ScreenSession> {
  return await enabling(app, { session, machine, service: 'kvm', enable }, async () => {
    const reached = await session.fleet.machine(machine, { signal: app.signal });
    return await reached.screen(screenOptions(app, machine));
  });
}

/** Opens it and brings it back whenever it is lost. @throws AmtError */
export async function keepScreenOf(
  app: App,
  { session, machine, enable }: Opening,
  onEvent: Exclude<ScreenLineOptions['onEvent'], undefined>,
): Promise<ScreenLine> {
  const { openScreenLine } = await loadAutomation();
  const reach = (signal?: AbortSignal) => session.fleet.machine(machine, signal === undefined ? {} : { signal });
  return await enabling(app, { session, machine, service: 'kvm', enable }, () =>
    openScreenLine(reach, { ...screenOptions(app, machine), onEvent }),
  );
}

function screenOptions(app: App, machine: string): ScreenOptions {
  return {
    signal: app.signal,
    ...(app.trace === undefined ? {} : { trace: app.trace }),
    ...(app.prompt.possible ? { consentCode: askCode(app, machine) } : {}),
  };
}

/** Asks the person at the terminal, who asks the one at the machine. */
function askCode(app: App, machine: string): AskCode {
  return async ({ attempt }) => {
    if (attempt > 1) app.out.warn(`${machine}: that was not the code.`);
    return await app.prompt.text(`Code that ${machine} shows on its screen:`, 'amt consent send');
  };
}
