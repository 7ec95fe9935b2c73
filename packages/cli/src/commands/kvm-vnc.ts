/** `amt kvm vnc`: the screen of a machine for any VNC viewer, until Ctrl-C. */
import type { Server, Socket } from 'node:net';
import type { SharedScreen, ViewerOptions } from '@amtkit/core';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { enableOptions } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { listenAt, type Place, parsePlace, placeText } from '../listen.ts';
import { connectionOptions } from '../options.ts';
import { screenTeller } from '../screen/events.ts';
import { keepScreenOf, layoutOf, layoutOptions } from '../screen/open.ts';
import { onlyMachine } from '../serial/open.ts';
import { loadAutomation, openSession } from '../session.ts';

const options = {
  target: { type: 'text', describe: 'Name or address of the machine' },
  listen: { type: 'text', describe: 'Where: 127.0.0.1:5901, a port, or unix:/path (127.0.0.1:5901)' },
  'vnc-password-stdin': { type: 'flag', describe: 'Read the password that viewers need from stdin' },
  'allow-remote': { type: 'flag', describe: 'Let other computers connect; that takes a password' },
  'view-only': { type: 'flag', describe: 'Show, and take no keys' },
  ...layoutOptions,
  ...enableOptions,
  ...connectionOptions,
} as const;

type Given = Arguments<typeof options>;

/** The command. */
export const vnc = command({
  usage: '<target>',
  describe: 'Show the screen to any VNC viewer, until Ctrl-C',
  note: `Any number of viewers share the one session that the firmware has. A lost session is brought back, and viewers stay.
A password is read with --vnc-password-stdin or from AMT_VNC_PASSWORD; VNC takes eight characters of it and encrypts nothing else. From another computer, go through a tunnel instead:
  ssh -L 5901:127.0.0.1:5901 THIS-COMPUTER`,
  examples: [
    ['kvm vnc office-pc', 'For a viewer at this computer'],
    ['kvm vnc office-pc --listen unix:/run/user/1000/office-pc', 'For yourself alone'],
    ['kvm vnc office-pc --listen 0.0.0.0:5901 --allow-remote', 'For others, who know AMT_VNC_PASSWORD'],
  ],
  options,
  run: async (app, given) => {
    const wanted = parsePlace(given.listen ?? '127.0.0.1:5901');
    const viewer = await viewerOptions(app, given, wanted);
    await using session = await openSession(app, [given.target ?? ''], given);
    const machine = onlyMachine(session, 'amt kvm vnc');
    const teller = screenTeller(app, machine);
    await using screen = await keepScreenOf(app, { session, machine, enable: given.enable }, teller.line);
    const { shareScreen } = await import('@amtkit/core');
    await using shared = shareScreen(screen, { title: machine, layout: layoutOf(given), onEvent: teller.viewer });
    const { server, place } = await listenAt(wanted);
    if (app.out.mode === 'text') {
      app.out.line(`Listening at ${placeText(place)} for VNC viewers of ${machine}, until Ctrl-C.`);
    } else app.out.jsonLine({ schemaVersion: 1, machine, listen: place });
    await showAt(server, shared, viewer, app);
    app.out.say(`${machine}: the screen is closed.`);
  },
});

/** Shows the screen to whoever connects, until Ctrl-C or the screen is lost for good. @throws what it was lost by */
async function showAt(server: Server, shared: SharedScreen, viewer: ViewerOptions, app: App): Promise<void> {
  const { acceptedStream } = await import('@amtkit/core');
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {});
    void shared.serve(acceptedStream(socket), viewer);
  });
  try {
    await Promise.race([app.serve(), shared.done]);
  } finally {
    server.close();
    await shared.close();
  }
}

/** @throws UsageError where others could look on, or type, who were not asked for a password */
async function viewerOptions(app: App, given: Given, place: Place): Promise<ViewerOptions> {
  const password = given['vnc-password-stdin']
    ? await app.prompt.lineOfStdin('vnc-password-stdin')
    : app.env.AMT_VNC_PASSWORD || undefined;
  const { isLoopback } = await loadAutomation();
  if (place.kind === 'tcp' && !isLoopback(place.host)) {
    if (given['allow-remote'] !== true) {
      throw new UsageError(
        `At ${placeText(place)} every computer of the network could ask for the screen, and nothing is encrypted.`,
        'Listen at 127.0.0.1 and tunnel with ssh -L, or add --allow-remote and a password.',
      );
    }
    if (password === undefined) {
      throw new UsageError(
        `At ${placeText(place)} viewers of other computers have to be asked for a password, and there is none.`,
        'Give one with --vnc-password-stdin, or in AMT_VNC_PASSWORD.',
      );
    }
  }
  if (password !== undefined && password.length > 8) {
    app.out.say('Note: VNC takes eight characters of a password; the rest of this one does not count.');
  }
  return { password, viewOnly: given['view-only'] };
}
