/** How the program ends: one number for each thing that a script may want to tell apart. */

/** One way to end. */
export interface Exit {
  readonly status: number;
  readonly meaning: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Every way to end, for help, `amt explain` and the documentation. */
export const exits = [
  { status: 0, meaning: 'Done; also when a question was answered with no.', advice: 'Nothing to do.' },
  {
    status: 1,
    meaning: 'Something unexpected: a bug, or bytes that make no sense.',
    advice:
      "Repeat it with --verbose and report the command, amt --version and what was printed to amtkit's issue tracker.",
  },
  {
    status: 2,
    meaning: 'The command line or the machine book is wrong. Nothing was sent.',
    advice: 'Read the sentence that was printed, and --help of that command.',
  },
  {
    status: 3,
    meaning: 'Nobody answered at the address, or the connection was refused.',
    advice: 'Check the address, the cable and whether AMT is set up; amt doctor TARGET looks at each port.',
  },
  {
    status: 4,
    meaning: 'The firmware refused the user or the password.',
    advice: 'Correct the credentials before the next try: ten refusals in a row lock the account.',
  },
  {
    status: 5,
    meaning: 'The account is locked for a while, even for the right password.',
    advice: 'Wait for the time that was printed, then try once.',
  },
  {
    status: 6,
    meaning: 'The certificate changed or is not acceptable, or TLS is too old.',
    advice: 'Compare the fingerprints; when the new one is right, run amt trust TARGET.',
  },
  {
    status: 7,
    meaning: 'Refused: by the firmware, by a rule in between, or because this firmware cannot do it.',
    advice: 'The sentence that was printed names the reason; amt explain CODE says more about a number.',
  },
  {
    status: 8,
    meaning: 'Timed out: it answered before and is silent now, or a state was not reached.',
    advice: 'Try again, with a longer --timeout where the network is slow.',
  },
  {
    status: 9,
    meaning: 'Somebody at the machine must consent first.',
    advice: 'Run amt consent request TARGET, then amt consent send TARGET with the code shown there.',
  },
  {
    status: 10,
    meaning: 'Busy: somebody else holds what is needed.',
    advice: 'Close other consoles of the machine and try again in a minute.',
  },
  {
    status: 11,
    meaning: 'Several machines were asked, and some failed.',
    advice: 'Each failed machine has its own line, and its own code with --json.',
  },
  {
    status: 12,
    meaning:
      'The job ended without success: a reimage, a step of amt sol expect, or amt doctor found something broken.',
    advice: 'The sentence that was printed says where it stopped, and each finding of amt doctor names its fix.',
  },
  { status: 130, meaning: 'Interrupted with Ctrl-C.', advice: 'A change that was begun before may still happen.' },
  { status: 143, meaning: 'Terminated by a signal.', advice: 'A change that was begun before may still happen.' },
] as const satisfies readonly Exit[];

/** One of the numbers. */
export type ExitStatus = (typeof exits)[number]['status'];

/** Error code → number. Codes that are not here are unexpected. */
export const statusOfCode: Readonly<Record<string, ExitStatus>> = {
  USAGE: 2,
  INVALID_BOOK: 2,
  IMAGE_FAILED: 2,
  INVALID_RANGE: 2,
  CONNECT_FAILED: 3,
  AUTHENTICATION_FAILED: 4,
  UNTRUSTED: 6,
  NOT_SUPPORTED: 7,
  REFUSED: 7,
  WSMAN_FAULT: 7,
  METHOD_FAILED: 7,
  REDIRECTION_REFUSED: 7,
  VETOED: 7,
  TIMED_OUT: 8,
  CONSENT_REQUIRED: 9,
  SKIPPED: 11,
  STEP_FAILED: 12,
  REIMAGE_FAILED: 12,
  NOTHING_READ: 12,
  SWITCHED_OFF: 12,
  NOT_FINISHED: 12,
  VANISHED: 12,
  INTERRUPTED: 12,
  CANCELLED: 130,
  PROTOCOL_ERROR: 1,
  UNEXPECTED: 1,
};

/** What is told of an error: to people as sentences, to programs as the `error` of a result. */
export interface Failure {
  /** A stable word. */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** ISO 8601: until when the account is locked. */
  readonly lockedUntil?: string;
  readonly busy?: boolean;
  /** Line of a script, 1-based. */
  readonly line?: number;
  /** What the machine wrote last, line by line. */
  readonly seen?: readonly string[];
}

/** The command line is wrong: what, and what would be right. */
export class UsageError extends TypeError {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * What to tell of anything that was thrown. Known errors are recognised by their code, whoever made them.
 *
 * @param target as the machine is called on command lines, for hints that name it
 */
export function failureOf(error: unknown, target?: string): Failure {
  const { code, message, hint, lockedUntil, busy, line, seen } = partsOf(error);
  if (typeof code === 'string' && code in statusOfCode) {
    return {
      code,
      message,
      ...(typeof hint === 'string' ? { hint: forCommandLines(hint, target) } : {}),
      ...(code === 'PROTOCOL_ERROR' && hint === undefined ? { hint: ODD_BYTES } : {}),
      ...(lockedUntil instanceof Date ? { lockedUntil: lockedUntil.toISOString() } : {}),
      ...(busy === true ? { busy } : {}),
      ...(typeof line === 'number' && code === 'STEP_FAILED' ? { line } : {}),
      ...(Array.isArray(seen) ? { seen: seen.map(String) } : {}),
    };
  }
  if (isSentence(error)) return { code: 'USAGE', message };
  return { code: 'UNEXPECTED', message: message || String(error), hint: exits[1].advice };
}

const ODD_BYTES =
  'Repeat it; if it stays so, report it with the output of the same command with --verbose, the firmware version (amt info) and amt --version.';

/** A hint of core in words of this program: options beside keys of the book, and commands with their target. */
function forCommandLines(hint: string, target = 'TARGET'): string {
  return hint
    .replace(/\brun: amt trust$/, `run: amt trust ${target}`)
    .replace(/: legacyTls: true\.$/, `: ${OLD_TLS}`)
    .replace(/or ask for it with the sessions dropped\.$/, 'or add --drop-sessions.')
    .replace('a power request with dropped sessions', 'amt power off or cycle with --drop-sessions');
}

const OLD_TLS =
  '--legacy-tls with an address, legacyTls: true in the book. With --tls off an address is spoken to without TLS.';

/** What an interruption leaves behind, as a sentence to append: nothing where only was read. */
export function afterwards({ begun }: { readonly begun: { readonly change: boolean } }): string {
  return begun.change ? ' What was begun before may still happen.' : '';
}

/** How the program ends after a failure. */
export function statusOf({ code, lockedUntil, busy }: Failure): ExitStatus {
  if (code === 'AUTHENTICATION_FAILED' && lockedUntil !== undefined) return 5;
  const status = statusOfCode[code] ?? 1;
  return status === 7 && busy === true ? 10 : status;
}

interface Parts {
  readonly code?: unknown;
  readonly message: string;
  readonly hint?: unknown;
  readonly lockedUntil?: unknown;
  readonly busy?: unknown;
  readonly line?: unknown;
  readonly seen?: unknown;
}

function partsOf(error: unknown): Parts {
  return error instanceof Error ? error : { message: String(error) };
}

/** Wrong arguments are answered with a sentence; what the engine and Node throw themselves is none, or has a code. */
function isSentence(error: unknown): error is TypeError {
  return error instanceof TypeError && !('code' in error) && /[.?]$/.test(error.message);
}
