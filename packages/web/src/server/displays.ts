/** The displays of the machine, for the menu of the page. */
import { type Display, NotSupported } from '@amtkit/core';
import type { Fleet } from '@amtkit/core/automation';
import type { DisplayChoice } from '../messages.ts';

/** What there is to choose from: nothing of a machine with one display, and of firmware that does not tell. */
export async function displayChoices(fleet: Fleet, machine: string, signal: AbortSignal): Promise<DisplayChoice[]> {
  try {
    const { displays } = await fleet.machine(machine, { signal });
    return choicesOf(await displays.list());
  } catch (error) {
    if (error instanceof NotSupported) return [];
    throw error;
  }
}

/** The choices that displays are. */
export function choicesOf(displays: readonly Display[]): DisplayChoice[] {
  if (displays.length < 2) return [];
  return displays.map(({ number, width, height, captured }) => ({
    number,
    title: `Display ${number}, ${width} × ${height}`,
    shown: captured,
  }));
}
