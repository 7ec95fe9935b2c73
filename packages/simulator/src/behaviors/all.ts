/** The behaviours every PC has, in the order they are asked. */
import type { Behavior } from '../behavior.ts';
import { alarmClock } from './alarm-clock.ts';
import { auditLog } from './audit-log.ts';
import { boot } from './boot.ts';
import { clock } from './clock.ts';
import { consent } from './consent.ts';
import { eventLog } from './event-log.ts';
import { eventing } from './eventing.ts';
import { general } from './general.ts';
import { kvm } from './kvm.ts';
import { network } from './network.ts';
import { power } from './power.ts';
import { redirection } from './redirection.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';
import { switches, unsupported } from './switches.ts';
import { tls } from './tls.ts';
import { traps } from './traps.ts';
import { users } from './users.ts';

/** All areas. */
export const behaviors: readonly Behavior[] = [
  power,
  boot,
  redirection,
  kvm,
  consent,
  eventLog,
  eventing,
  traps,
  auditLog,
  general,
  users,
  network,
  clock,
  alarmClock,
  tls,
  setup,
  switches,
  settings,
  unsupported,
];
