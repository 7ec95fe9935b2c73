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
import { displayOf, displayOptions, keepScreenOf, layoutOf, layoutOptions } from '../screen/open.ts';
import { onlyMachine } from '../serial/open.ts';
import { loadAutomation, openSession } from '../session.ts';

const options = {
  target: { type: 'text', describe: 'Name or address of the machine' },
  listen: { type: 'text', describe: 'Where: 127.0.0.1:5901, a port, or unix:/path (127.0.0.1:5901)' },
  websocket: { type: 'text', describe: 'Also as WebSocket, for noVNC: 127.0.0.1:6080, or a port' },
  'vnc-password-stdin': { type: 'flag', describe: 'Read the password that viewers need from stdin' },
  'allow-remote': { type: 'flag', describe: 'Let other computers connect; that takes a password' },
  'view-only': { type: 'flag', describe: 'Show, and take no keys' },
  paste: { type: 'flag', describe: 'Type what viewers copy: each text that is new in their clipboard' },
  ...layoutOptions,
  ...displayOptions,
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
  ssh -L 5901:127.0.0.1:5901 THIS-COMPUTER
With --paste a viewer's clipboard is typed as soon as the viewer sends it, which most do whenever something is copied: up to 2000 characters that the keyboard of --layout has, until somebody presses a key.`,
  examples: [
    ['kvm vnc office-pc', 'For a viewer at this computer'],
    ['kvm vnc office-pc --listen unix:/run/user/1000/office-pc', 'For yourself alone'],
    ['kvm vnc office-pc --listen 0.0.0.0:5901 --allow-remote', 'For others, who know AMT_VNC_PASSWORD'],
    ['kvm vnc office-pc --paste --layout de', 'With text copied here typed there, on a German keyboard'],
  ],
  options,
  run: async (app, given) => {
    const display = displayOf(given);
    const wanted = parsePlace(given.listen ?? '127.0.0.1:5901');
    const webSocket = given.websocket === undefined ? undefined : tcpPlace(given.websocket);
    const viewer = await viewerOptions(app, given, webSocket === undefined ? [wanted] : [wanted, webSocket]);
    await using session = await openSession(app, [given.target ?? ''], given, { changes: given });
    const machine = onlyMachine(session, 'amt kvm vnc');
    const teller = screenTeller(app, machine);
    await using screen = await keepScreenOf(app, { session, machine, enable: given.enable, display }, teller.line);
    const { shareScreen } = await import('@amtkit/core');
    await using shared = shareScreen(screen, { title: machine, layout: layoutOf(given), onEvent: teller.viewer });
    const { server, place } = await listenAt(wanted);
    const pages = webSocket === undefined ? undefined : await listenForPages(webSocket, shared, viewer);
    if (app.out.mode === 'text') {
      app.out.line(`Listening at ${placeText(place)} for VNC viewers of ${machine}, until Ctrl-C.`);
      if (pages !== undefined) app.out.line(`For noVNC at ws://${placeText(pages.place)}/`);
    } else {
      const more = pages === undefined ? {} : { websocket: pages.place };
      app.out.jsonLine({ schemaVersion: 1, machine, listen: place, ...more });
    }
    try {
      await showAt(server, shared, viewer, app);
    } finally {
      pages?.close();
    }
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

/** A WebSocket has an address. @throws UsageError */
function tcpPlace(text: string): Place & { readonly kind: 'tcp' } {
  const place = parsePlace(text);
  if (place.kind === 'tcp') return place;
  throw new UsageError(`A browser reaches no UNIX socket: --websocket takes 127.0.0.1:6080 or a port, not "${text}".`);
}

/** Without a password only pages of this computer may connect: any other is somebody else's. */
async function listenForPages(place: Place & { readonly kind: 'tcp' }, shared: SharedScreen, viewer: ViewerOptions) {
  const { listenWebSocket } = await import('@amtkit/web');
  const { host, port } = place;
  const anyPage = viewer.password !== undefined;
  const listening = await listenWebSocket({ host, port, anyPage, serve: (stream) => shared.serve(stream, viewer) });
  return { place: { ...place, port: listening.port }, close: () => listening.close() };
}

/** @throws UsageError where others could look on, or type, who were not asked for a password */
async function viewerOptions(app: App, given: Given, places: readonly Place[]): Promise<ViewerOptions> {
  if (given.paste && given['view-only'])
    throw new UsageError('--view-only takes no keys, so --paste has nothing to do.');
  const password = given['vnc-password-stdin']
    ? await app.prompt.lineOfStdin('vnc-password-stdin')
    : app.env.AMT_VNC_PASSWORD || undefined;
  const { isLoopback } = await loadAutomation();
  const place = places.find((each) => each.kind === 'tcp' && !isLoopback(each.host));
  if (place !== undefined) {
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
  return { password, viewOnly: given['view-only'], paste: given.paste };
}
