/** The screen of a machine of this command line. */
import type { AskCode, KeyboardLayoutName, ScreenOptions, ScreenSession } from '@amtkit/core';
import type { ScreenLine, ScreenLineOptions } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import type { Options } from '../command.ts';
import { enabling } from '../enable.ts';
import { failureOf, UsageError } from '../exit.ts';
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

/** The option of every command that opens a screen. */
export const displayOptions = {
  display: { type: 'text', describe: 'Display to see, counted from 1 (the one that was chosen last)' },
} as const satisfies Options;

/** The display that was asked for. @throws UsageError */
export function displayOf({ display }: { readonly display: string | undefined }): number | undefined {
  if (display === undefined) return undefined;
  const number = Number(display);
  if (Number.isInteger(number) && number >= 1 && number <= 4) return number;
  throw new UsageError(
    `--display takes a number from 1 to 4, not "${display}".`,
    'amt kvm displays lists what is there.',
  );
}

/** What opening needs. */
interface Opening {
  /** @default the one that was chosen last */
  readonly display?: number | undefined;
  readonly session: Session;
  readonly machine: string;
  readonly enable: boolean | undefined;
}

/** Opens it for a moment, after switching on what it needs where that is wanted. @throws AmtError */
export async function openScreenOf(app: App, opening: Opening): Promise<ScreenSession> {
  const { session, machine, enable } = opening;
  return await enabling(app, { session, machine, service: 'kvm', enable }, async () => {
    const reached = await session.fleet.machine(machine, { signal: app.signal });
    return await reached.screen(screenOptions(app, opening));
  });
}

/**
 * Opens it and brings it back whenever it is lost.
 *
 * @param patient a PC that is off, and shows nothing for now, is waited for @throws AmtError
 */
export async function keepScreenOf(
  app: App,
  { patient = false, ...opening }: Opening & { readonly patient?: boolean },
  onEvent: Exclude<ScreenLineOptions['onEvent'], undefined>,
): Promise<ScreenLine> {
  const { session, machine, enable } = opening;
  const { openScreenLine } = await loadAutomation();
  const reach = (signal?: AbortSignal) => session.fleet.machine(machine, signal === undefined ? {} : { signal });
  const options = { ...screenOptions(app, opening), onEvent };
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

const MAY_PASS: ReadonlySet<string> = new Set(['REDIRECTION_REFUSED', 'REFUSED', 'CONNECT_FAILED', 'TIMED_OUT']);

function screenOptions(app: App, { machine, display }: Opening): ScreenOptions {
  return {
    ...(display === undefined ? {} : { display }),
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
