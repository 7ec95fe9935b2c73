/** The list: what one machine can do at once. Order is the order of documentation and menus. */
import * as alarm from './alarm.ts';
import * as boot from './boot.ts';
import type { Capability } from './capability.ts';
import * as consent from './consent.ts';
import * as features from './features.ts';
import * as hw from './hw.ts';
import * as log from './log.ts';
import * as net from './net.ts';
import * as power from './power.ts';
import * as time from './time.ts';
import * as user from './user.ts';

const areas = { power, boot, consent, features, hw, log, net, user, time, alarm } as const;

type Exported = { [A in keyof typeof areas]: (typeof areas)[A][keyof (typeof areas)[A]] }[keyof typeof areas];

/** Ids of these entries, as a union. */
export type MachineCapabilityId = Extract<Exported, { readonly id: string }>['id'];

/** Entries of every area. */
export const machineCapabilities: readonly Capability[] = Object.values(areas).flatMap((area) =>
  Object.values(area).filter((entry): entry is Capability => 'kind' in entry),
);
