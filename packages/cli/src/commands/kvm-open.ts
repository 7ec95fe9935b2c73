/** `amt kvm open`: the screen of a machine in a browser, until Ctrl-C. */
import { command } from '../command.ts';
import { enableOptions } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { connectionOptions } from '../options.ts';
import { openPage } from '../screen/browser.ts';
import { screenTeller } from '../screen/events.ts';
import { displayOf, displayOptions, keepScreenOf, layoutOf, layoutOptions } from '../screen/open.ts';
import { onlyMachine } from '../serial/open.ts';
import { openSession } from '../session.ts';

/** The command. */
export const open = command({
  usage: '<target>',
  describe: 'Show the screen in a browser, with power switch and keys, until Ctrl-C',
  note: `The page is for this computer, and for whoever opens the address that is printed: it holds a token that is good once. For a browser at another computer, tunnel a port of your choice:
  ssh -L 4711:127.0.0.1:4711 THIS-COMPUTER amt kvm open office-pc --port 4711`,
  examples: [
    ['kvm open office-pc', 'In the browser of this desktop'],
    ['kvm open office-pc --no-browser', 'Only print the address'],
  ],
  options: {
    target: { type: 'text', describe: 'Name or address of the machine' },
    browser: { type: 'flag', describe: 'Open the browser; --no-browser only prints the address' },
    port: { type: 'text', describe: 'Port at 127.0.0.1 (a free one)' },
    ...layoutOptions,
    ...displayOptions,
    ...enableOptions,
    ...connectionOptions,
  },
  run: async (app, given) => {
    const { target = '', enable } = given;
    const port = portOf(given.port);
    const display = displayOf(given);
    await using session = await openSession(app, [target], given, { changes: given });
    const machine = onlyMachine(session, 'amt kvm open');
    const teller = screenTeller(app, machine);
    const { serveViewer } = await import('@amtkit/web');
    await using viewer = await serveViewer({
      fleet: session.fleet,
      machine,
      layout: layoutOf(given),
      port,
      openScreen: (onEvent) =>
        keepScreenOf(app, { session, machine, enable, display, patient: true }, (event) => {
          teller.line(event);
          onEvent(event);
        }),
      onViewer: teller.viewer,
    });
    if (app.out.mode === 'text') app.out.line(viewer.address);
    else app.out.jsonLine({ schemaVersion: 1, machine, address: viewer.address });
    await using page = given.browser === false ? undefined : await openPage(viewer.address, app.env);
    app.out.say(
      page?.opened
        ? `${machine}: its screen opens in your browser, until Ctrl-C.`
        : `${machine}: open this address in a browser of this computer; it is good once. Ctrl-C ends it.`,
    );
    await Promise.race([app.serve(), viewer.done]);
    app.out.say(`${machine}: the screen is closed.`);
  },
});

function portOf(text: string | undefined): number {
  const port = Number(text ?? 0);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port takes a number up to 65535, not "${text}".`);
}
