/** The screen of a machine of this command line. */
import type { AskCode, KeyboardLayoutName, ScreenOptions, ScreenSession } from '@amtkit/core';
import type { ScreenLine, ScreenLineOptions } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import type { Options } from '../command.ts';
import { enabling } from '../enable.ts';
import { failureOf } from '../exit.ts';
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

/**
 * Opens it and brings it back whenever it is lost.
 *
 * @param patient a PC that is off, and shows nothing for now, is waited for @throws AmtError
 */
export async function keepScreenOf(
  app: App,
  { session, machine, enable, patient = false }: Opening & { readonly patient?: boolean },
  onEvent: Exclude<ScreenLineOptions['onEvent'], undefined>,
): Promise<ScreenLine> {
  const { openScreenLine } = await loadAutomation();
  const reach = (signal?: AbortSignal) => session.fleet.machine(machine, signal === undefined ? {} : { signal });
  const options = { ...screenOptions(app, machine), onEvent };
  try {
    return await enabling(app, { session, machine, service: 'kvm', enable }, () => openScreenLine(reach, options));
  } catch (error) {
    if (!patient || !(await isDark(app, session, machine, error))) throw error;
    return await openScreenLine(reach, { ...options, patientStart: true });
  }
}

/** Whether a screen that does not open is only that of a PC that is not on, and would open later. */
async function isDark(app: App, { fleet }: Session, machine: string, error: unknown): Promise<boolean> {
  const { code, busy } = failureOf(error);
  if (busy === true || !MAY_PASS.has(code)) return false;
  const ids = ['power.state', 'features.kvm', 'features.listener'];
  const values = await fleet.readMany(machine, ids, { signal: app.signal });
  const [power, ...switches] = ids.map((id) => values.get(id));
  return typeof power === 'string' && power !== 'on' && switches.every((each) => each === true);
}

const MAY_PASS: ReadonlySet<string> = new Set(['REDIRECTION_REFUSED', 'CONNECT_FAILED', 'TIMED_OUT']);

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
