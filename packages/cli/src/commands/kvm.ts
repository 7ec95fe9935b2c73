/** `amt kvm`: the screen of a machine. */
import type { Command, Group } from '../command.ts';
import { displays } from './kvm-displays.ts';
import { keys } from './kvm-keys.ts';
import { open } from './kvm-open.ts';
import { record } from './kvm-record.ts';
import { shot } from './kvm-shot.ts';
import { type } from './kvm-type.ts';
import { vnc } from './kvm-vnc.ts';

/** The commands. */
export const kvm: Group = {
  commands: new Map<string, Command>([
    ['open', open],
    ['vnc', vnc],
    ['shot', shot],
    ['record', record],
    ['type', type],
    ['keys', keys],
    ['displays', displays],
  ]),
};
