/** What a bridge says of the machines it could look after: `bridge/<id>/machines`, retained. */
import { z } from 'zod';

/** The machines of one bridge. */
export interface Claim {
  /** Tells two processes apart that call themselves by one id. */
  readonly instance: string;
  /** When the process started, ISO 8601: of two with one id, the older one stays. */
  readonly since: string;
  /** Names of its book. Empty when it is about to leave. */
  readonly machines: ReadonlySet<string>;
  /** Those that it cannot let go of now, since something is under way. */
  readonly holds: ReadonlySet<string>;
}

const names = z.array(z.string().max(63)).max(100_000);
const schema = z.object({ instance: z.string().max(64), since: z.string().max(64), machines: names, holds: names });

/** As it is published. */
export function claimText({ instance, since, machines, holds }: Claim): string {
  return JSON.stringify({ instance, since, machines: [...machines], holds: [...holds] });
}

/** A claim as it was received; undefined when it makes no sense. */
export function parseClaim(text: string): Claim | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data: claim } = schema.safeParse(data);
  if (!success) return undefined;
  return { ...claim, machines: new Set(claim.machines), holds: new Set(claim.holds) };
}

/** Whether `one` is of a process that started before the one of `other`. */
export function startedFirst(one: Claim, other: Claim): boolean {
  return one.since < other.since || (one.since === other.since && one.instance < other.instance);
}
