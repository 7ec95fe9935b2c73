/** `npm start`: the bridge over the user's own book, until it is told to stop. */
import { AmtError } from '@amtkit/core';
import { openBook, openState } from '@amtkit/core/automation';
import { pino } from 'pino';
import { createBridge } from './bridge.ts';
import { keepHeapSmall } from './memory.ts';

keepHeapSmall();
const log = pino({ name: 'amtkit' });

try {
  const book = await openBook();
  const state = await openState(undefined, { onWarning: (sentence) => log.warn(sentence) });
  for (const warning of book.warnings) log.warn(warning);
  log.info(`The book ${book.path} has ${book.machines.size} machines.`);
  const bridge = await createBridge({ book, state, log: (line) => log.info(line) });
  log.info(`The broker is ${bridge.brokerUrl}.`);
  const stop = (signal: NodeJS.Signals): void => {
    log.info(`Stopping on ${signal}.`);
    void bridge.close().then(() => state.flush());
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
} catch (error) {
  if (!(error instanceof AmtError)) throw error;
  log.fatal(error.hint === undefined ? error.message : `${error.message} ${error.hint}`);
  process.exitCode = 2;
}
