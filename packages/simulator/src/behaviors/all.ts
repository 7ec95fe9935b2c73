/** The behaviours every PC has, in the order they are asked. */
import type { Behavior } from '../behavior.ts';
import { auditLog } from './audit-log.ts';
import { boot } from './boot.ts';
import { consent } from './consent.ts';
import { eventLog } from './event-log.ts';
import { general } from './general.ts';
import { power } from './power.ts';

/** All areas. */
export const behaviors: readonly Behavior[] = [power, boot, consent, eventLog, auditLog, general];
