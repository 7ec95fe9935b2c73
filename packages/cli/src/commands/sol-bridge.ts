/** `amt sol bridge`: the serial port of a machine as a TCP port or a UNIX socket, until Ctrl-C. */
import { command } from '../command.ts';
import { enableOptions } from '../enable.ts';
import { failureOf, UsageError } from '../exit.ts';
import { listenAt, parsePlace, placeText } from '../listen.ts';
import { connectionOptions } from '../options.ts';
import { controlsSentences, onlyMachine, openLine } from '../serial/open.ts';
import { type SharingEvent, shareLine } from '../serial/sharing.ts';
import { loadAutomation, openSession } from '../session.ts';

/** The command. */
export const bridge = command({
  usage: '<target>',
  describe: 'Offer the serial port as a TCP port or a UNIX socket, until Ctrl-C',
  note: `Bytes go both ways as they are. Everybody who connects sees what the host writes; the first one types, and when it leaves, the next one does. A lost session is brought back.
For programs that want a serial device:
  socat pty,raw,echo=0,link=$HOME/office-pc tcp:127.0.0.1:4000`,
  examples: [
    ['sol bridge office-pc --listen 127.0.0.1:4000', 'For whoever works at this computer'],
    ['sol bridge office-pc --listen unix:/run/user/1000/office-pc', 'For yourself alone'],
  ],
  options: {
    target: { type: 'text', describe: 'Name or address of the machine' },
    listen: { type: 'text', describe: 'Where: 127.0.0.1:4000, a port, or unix:/path (127.0.0.1 and a free port)' },
    'allow-remote': { type: 'flag', describe: 'Let other computers connect, who then need no password' },
    ...enableOptions,
    ...connectionOptions,
  },
  run: async (app, given) => {
    const wanted = parsePlace(given.listen ?? '0');
    const { isLoopback } = await loadAutomation();
    if (wanted.kind === 'tcp' && !isLoopback(wanted.host) && given['allow-remote'] !== true) {
      throw new UsageError(
        `At ${placeText(wanted)} every computer of the network could type at the machine, without a password.`,
        'Listen at 127.0.0.1, or add --allow-remote if that is what you want.',
      );
    }
    await using session = await openSession(app, [given.target ?? ''], given, { changes: given });
    const machine = onlyMachine(session, 'amt sol bridge');
    const tell = (type: string, sentence: string, more: object = {}): void => {
      app.out.event({ type, machine, at: new Date(), ...more });
      if (app.out.mode === 'text') app.out.say(`${machine}: ${sentence}`);
    };
    await using line = await openLine(app, session, machine, {
      enable: given.enable,
      onEvent: (event) => {
        if (event.type === 'interrupted') {
          tell(event.type, `${event.error.message} Connecting again.`, {
            error: failureOf(event.error),
          });
        } else if (event.type === 'reconnected') tell(event.type, 'connected again');
        else for (const each of controlsSentences(event.controls, event.before)) tell('controls', each, event);
      },
    });
    const { server, place } = await listenAt(wanted);
    if (app.out.mode === 'text') {
      app.out.line(`Listening at ${placeText(place)} for the serial port of ${machine}, until Ctrl-C.`);
    } else app.out.jsonLine({ schemaVersion: 1, machine, listen: place });
    void app.serve().then(() => line.close());
    await shareLine({
      line,
      server,
      onEvent: (event) => tell(event.type, sharingSentence(event), { client: event.client }),
    });
    app.out.say(`${machine}: the serial session is closed.`);
  },
});

function sharingSentence(event: SharingEvent): string {
  switch (event.type) {
    case 'joined':
      return `client ${event.client} came, and ${event.writes ? 'types' : 'only reads'}`;
    case 'left':
      return `client ${event.client} left`;
    case 'writes':
      return `client ${event.client} types now`;
    case 'dropped':
      return `client ${event.client} does not read, and was left behind`;
  }
}
