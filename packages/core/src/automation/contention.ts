/** Answers that somebody or something else explains: another console, a start under way, a firmware that is busy. */
import { type AmtError, MethodFailed, RedirectionRefused, Refused, WsmanFault } from '../errors.ts';
import { pause } from '../machine/waiting.ts';

/** Whether a second try after a moment may succeed. */
export function contention(error: unknown): boolean {
  if (!(error instanceof Refused)) return false;
  if (error.busy) return true;
  if (error instanceof WsmanFault) return error.fault === 'InternalError' || error.fault === 'TimedOut';
  if (error instanceof MethodFailed) {
    if (BUSY.test(error.returnName)) return true;
    return error.method === 'RequestPowerStateChange' && error.returnValue === 2;
  }
  return false;
}

/** How patient one is with somebody else. */
export interface ContentionPatience {
  /** Of the machine, for people. */
  readonly name: string;
  /** Before the second try. */
  readonly retryMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Repeats once what was refused for the sake of somebody else, then explains it. */
export async function patiently<T>(work: () => Promise<T>, patience: ContentionPatience): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!contention(error)) throw error;
    await pause(patience.retryMs, patience.signal);
    try {
      return await work();
    } catch (again) {
      throw contention(again) ? explainContention(again as AmtError, patience.name) : again;
    }
  }
}

/** The same refusal, said so that a person knows what to look for. */
function explainContention(error: AmtError, name: string): AmtError {
  const options = { host: error.host, cause: error.cause ?? error, busy: true };
  const hint =
    error.hint ??
    `It was asked twice. Another console may be at work on ${name}: close its KVM, SOL and IDE-R sessions, wait ten seconds, try again.`;
  if (error instanceof MethodFailed) {
    const { className, method, returnValue, returnName } = error;
    return new MethodFailed(error.message, { ...options, hint, className, method, returnValue, returnName });
  }
  if (error instanceof WsmanFault) {
    const { fault, reason, detail } = error;
    return new WsmanFault(error.message, { ...options, hint, fault, reason, detail });
  }
  if (error instanceof RedirectionRefused) return new RedirectionRefused(error.message, { ...options, hint });
  return new Refused(error.message, { ...options, hint });
}

/** Names that the return value tables of firmware use for "not now". */
const BUSY = /busy|in ?use|in_progress|too_many|not_ready/i;
