/** Failures that time does not cure. */
import { AmtError, AuthenticationFailed, InvalidBook, NotSupported, Untrusted } from '../errors.ts';

/** Whether asking again would change nothing, or lock the account. */
export function isHopeless(error: unknown): boolean {
  if (!(error instanceof AmtError)) return true;
  return [AuthenticationFailed, Untrusted, NotSupported, InvalidBook].some((kind) => error instanceof kind);
}
