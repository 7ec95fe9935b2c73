/** A log of JSON lines, for programs that collect them. */
import { type Log, logTo } from '@amtkit/core/automation';
import { pino } from 'pino';

/**
 * Writes each line at once, with its level as a word, its time as ISO 8601, and what it is about.
 * @param descriptor 1 is stdout, 2 stderr
 */
export function structuredLog(descriptor: 1 | 2 = 1): Log {
  const options = {
    name: 'amtkit',
    // The bridge decides what is told, and may be told otherwise while it runs.
    level: 'debug',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    // No line is about a secret; should one ever be, it stays here.
    redact: { paths: ['password', 'secret', '*.password', '*.secret'], censor: '***' },
  };
  const logger = pino(options, pino.destination({ dest: descriptor, sync: true }));
  return logTo((level, line, about) => logger[level](about, line));
}
