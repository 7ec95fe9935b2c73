/** `npm start`: the bridge over the user's own book, until it is told to stop. */
import { AmtError } from '@amtkit/core';
import { openBook, openState } from '@amtkit/core/automation';
import { createBridge } from './bridge.ts';
import { keepHeapSmall } from './operations/memory.ts';
import { tellServiceManager } from './operations/service-manager.ts';
import { structuredLog } from './operations/structured-log.ts';

keepHeapSmall();
const log = structuredLog();

try {
  const book = await openBook();
  const state = await openState(undefined, { onWarning: (sentence) => log.warn(sentence) });
  for (const warning of book.warnings) log.warn(warning);
  log(`The book ${book.path} has ${book.machines.size} machines.`);
  const bridge = await createBridge({ book, state, log });
  log(`The broker is ${bridge.brokerUrl}.`);
  void tellServiceManager({ ready: true, status: `The broker is ${bridge.brokerUrl}.` });
  const reload = (): void => {
    bridge.reload().then(
      () => log('The book was read again on SIGHUP.'),
      (error: Error) => log.warn(`The book was not taken over: ${error.message}`),
    );
  };
  process.on('SIGHUP', reload);
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    log(`Stopping on ${signal}.`);
    await Promise.all([tellServiceManager({ stopping: true, status: 'Stopping.' }), bridge.close()]);
    process.off('SIGHUP', reload);
    await state.flush();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
} catch (error) {
  if (!(error instanceof AmtError)) throw error;
  log.error(error.hint === undefined ? error.message : `${error.message} ${error.hint}`);
  process.exitCode = 2;
}
