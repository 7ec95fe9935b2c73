/** `amt bridge`: MQTT and Home Assistant for the machines of the book, until Ctrl-C. */
import type { LogLevel } from '@amtkit/core/automation';
import type { Bridge } from '@amtkit/mqtt-bridge';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { bridgeIdOf, petPortOf } from '../options.ts';
import { loadAutomation, openBookOf, openStateOf } from '../session.ts';

/** A broker that is there answers within this time. */
const SOON_MS = 1000;

/** Says that the bridge runs once it does; before that, where it takes long, what it waits for. */
async function tellReady(app: App, bridge: Bridge): Promise<void> {
  const { brokerUrl, ready } = bridge;
  const waiting = setTimeout(() => {
    if (!bridge.connected && !app.signal.aborted) app.out.line(`Waiting for the broker at ${brokerUrl}, until Ctrl-C.`);
  }, SOON_MS);
  await ready;
  clearTimeout(waiting);
  app.out.line(`The bridge runs at ${brokerUrl}, until Ctrl-C.`);
}

/**
 * Reads the book again on SIGHUP. At a terminal that signal means that the terminal is gone, and ends the program as ever.
 * Returns what ends that.
 */
function onHangup(app: App, bridge: Bridge): () => void {
  if (process.stdin.isTTY === true) return () => {};
  const reload = (): void => {
    bridge.reload().then(
      ({ restart }) => {
        const advice = restart.length === 0 ? '' : ` It has to be started again for ${restart.join(', ')}.`;
        app.out.say(`The book was read again.${advice}`);
      },
      (error: Error) => app.out.warn(`The book was not taken over: ${error.message}`),
    );
  };
  process.on('SIGHUP', reload);
  return () => process.off('SIGHUP', reload);
}

/** Command lines are there for everybody to read. @throws UsageError */
function refusePassword(broker: string | undefined): void {
  if (broker === undefined || !URL.parse(broker)?.password) return;
  throw new UsageError(
    '--broker takes no password: others can read it in the list of processes.',
    'Write url, user and password under bridge.broker in the book; the password may be a reference, such as { env: MQTT_PASSWORD }.',
  );
}

function tellPerson(app: App, level: LogLevel, line: string): void {
  if (level === 'error' || level === 'warn') app.out.warn(line);
  else app.out.say(line);
}

/** The command. */
export const bridge = command({
  usage: '',
  describe: 'Bridge the machines of the book to MQTT and Home Assistant, until Ctrl-C',
  examples: [
    ['bridge', 'With the broker the book names, or one of its own at 127.0.0.1:1883'],
    ['bridge --broker mqtt://192.168.1.5', 'With that broker instead'],
    ['bridge --config /etc/amtkit/amtkit.yaml', 'With another book'],
    ['bridge --broker mqtt://192.168.1.5 --id attic', 'One of several bridges that share the machines of a book'],
  ],
  options: {
    broker: { type: 'text', describe: 'URL of a broker, in place of the one in the book' },
    id: { type: 'text', describe: 'What this bridge calls itself at the broker, in place of the one in the book' },
    'log-json': { type: 'flag', describe: 'Log as JSON lines on stderr, for programs that collect them' },
    'pet-port': { type: 'text', describe: 'Hear SNMP traps at this UDP port, too; machines send to 162' },
  },
  run: async (app, given) => {
    refusePassword(given.broker);
    const petPort = petPortOf(given['pet-port']);
    const id = bridgeIdOf(given.id);
    const { logTo } = await loadAutomation();
    const { createBridge, keepHeapSmall, structuredLog, tellServiceManager } = await import('@amtkit/mqtt-bridge');
    keepHeapSmall();
    const book = await openBookOf(app);
    const state = await openStateOf(app);
    const running = await createBridge({
      book,
      state,
      log: given['log-json'] === true ? structuredLog(2) : logTo((level, line) => tellPerson(app, level, line)),
      ...(given.broker === undefined ? {} : { broker: given.broker }),
      ...(id === undefined ? {} : { settings: { id } }),
      ...(petPort === undefined ? {} : { alerts: { petPort } }),
    });
    if (app.out.mode === 'text') void tellReady(app, running);
    else app.out.jsonLine({ schemaVersion: 1, brokerUrl: running.brokerUrl, machines: [...book.machines.keys()] });
    const reloading = onHangup(app, running);
    void tellServiceManager({ ready: true, status: `The broker is ${running.brokerUrl}.` });
    await app.serve();
    reloading();
    await Promise.all([tellServiceManager({ stopping: true, status: 'Stopping.' }), running.close()]);
  },
});
