/** Which lines of the log are told, changed while the bridge runs; and what is never told. */
import { LOG_LEVELS, type Log, type LogLevel, logTo } from '@amtkit/core/automation';

/** The level of a log. */
export interface LogLevels {
  /** Lines of this level and of more urgent ones are told. */
  level: LogLevel;
  /** Passes lines on, without secrets. */
  readonly log: Log;
  /** These words are stars from now on, wherever they stand. */
  hide(secrets: Iterable<string>): void;
}

/** A log in front of another one. */
export function createLogLevels(target: Log, level: LogLevel): LogLevels {
  let hidden: readonly string[] = [];
  const levels: LogLevels = {
    level,
    log: logTo((of, line, about) => {
      if (LOG_LEVELS.indexOf(of) > LOG_LEVELS.indexOf(levels.level)) return;
      const text = withoutLogins(hidden.reduce((left, secret) => left.replaceAll(secret, '***'), line));
      if (of === 'info') target(text, about);
      else target[of](text, about);
    }),
    hide(secrets) {
      hidden = [...secrets].filter(({ length }) => length >= SHORTEST_SECRET);
    },
  };
  return levels;
}

/** Hiding shorter ones would take ordinary words apart. */
const SHORTEST_SECRET = 4;

/** URLs may carry user and password. */
function withoutLogins(line: string): string {
  return line.includes('@') ? line.replace(/(\w:\/\/)[^\s/@]+@/g, '$1') : line;
}
