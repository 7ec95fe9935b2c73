/** General settings, which entries of several areas are cut from. */
import { source } from './capability.ts';

/** One read for all of them. */
export const general = source({ refresh: 'minutes', read: (machine) => machine.general.read() });
