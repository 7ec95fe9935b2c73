/** `npm start`: the bridge over the user's own book, until it is told to stop. */
import { AmtError } from '@amtkit/core';
import { type Log, logTo, openBook, openState } from '@amtkit/core/automation';
import { pino } from 'pino';
import { createBridge } from './bridge.ts';
import { keepHeapSmall } from './memory.ts';

keepHeapSmall();
// The bridge decides what is told, and may be told otherwise while it runs.
const logger = pino({ name: 'amtkit', level: 'debug' });
const log: Log = logTo((level, line, about) => logger[level](about, line));

try {
  const book = await openBook();
  const state = await openState(undefined, { onWarning: (sentence) => log.warn(sentence) });
  for (const warning of book.warnings) log.warn(warning);
  log(`The book ${book.path} has ${book.machines.size} machines.`);
  const bridge = await createBridge({ book, state, log });
  log(`The broker is ${bridge.brokerUrl}.`);
  const reload = (): void => {
    bridge.reload().then(
      () => log('The book was read again on SIGHUP.'),
      (error: Error) => log.warn(`The book was not taken over: ${error.message}`),
    );
  };
  process.on('SIGHUP', reload);
  const stop = (signal: NodeJS.Signals): void => {
    log(`Stopping on ${signal}.`);
    void bridge.close().then(() => state.flush());
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
} catch (error) {
  if (!(error instanceof AmtError)) throw error;
  logger.fatal(error.hint === undefined ? error.message : `${error.message} ${error.hint}`);
  process.exitCode = 2;
}
