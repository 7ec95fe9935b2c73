/**
 * What programs say of themselves, line by line. The one concept of it: pass `log`; without one nothing is said.
 * A plain function is a log, too, and gets the lines of every level.
 */

/** The levels, the most urgent first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/**
 * How urgent a line is. `error`: something is broken, and somebody has to mend it; `warn`: it does not work now;
 * `info`: it changed; `debug`: it happened.
 */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line is about, for programs that search logs. Never a secret. */
export interface LogAbout {
  readonly machine?: string | undefined;
  readonly action?: string | undefined;
  readonly by?: string | undefined;
  readonly transaction?: string | undefined;
  /** Stable word of an error. */
  readonly code?: string | undefined;
  readonly ms?: number | undefined;
}

/** Whoever takes lines: a function, or a {@link Log}, which learns how urgent they are. */
export type LogSink = (line: string, about?: LogAbout) => void;

/** Takes lines by level: called itself, at `info`. */
export interface Log extends LogSink {
  error(line: string, about?: LogAbout): void;
  warn(line: string, about?: LogAbout): void;
  debug(line: string, about?: LogAbout): void;
}

/** A log that hands its lines to a function. */
export function logTo(write: (level: LogLevel, line: string, about: LogAbout) => void): Log {
  const at =
    (level: LogLevel) =>
    (line: string, about: LogAbout = {}): void =>
      write(level, line, about);
  return Object.assign(at('info'), { error: at('error'), warn: at('warn'), debug: at('debug') });
}

/** What was given as a log, complete. */
export function logOf(given: LogSink | undefined): Log {
  if (given === undefined) return silent;
  return isLog(given) ? given : logTo((_level, line, about) => given(line, about));
}

function isLog(given: LogSink): given is Log {
  return 'debug' in given;
}

const silent = logTo(() => {});
