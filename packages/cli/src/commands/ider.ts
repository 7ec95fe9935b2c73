/** `amt ider`: drives that are lent over the network. */
import type { Command, Group } from '../command.ts';
import { serve } from './ider-serve.ts';
import { status } from './ider-status.ts';

/** The commands. */
export const ider: Group = {
  commands: new Map<string, Command>([
    ['serve', serve],
    ['status', status],
  ]),
};
