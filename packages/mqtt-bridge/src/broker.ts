/**
 * The broker inside the bridge: MQTT 3.1.1, in memory, on loopback unless told otherwise.
 *
 * It keeps no retained commands: the flag is taken off, so that a command runs once and never again. Who may not
 * publish to a topic is not heard: 3.1.1 has no way to say no but to hang up.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { InvalidBook } from '@amtkit/core';
import { type EmbeddedBrokerSettings, isLoopback } from '@amtkit/core/automation';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import { accessOf, type BrokerUser } from './broker-access.ts';
import { createPace, payloadKeeper } from './broker-memory.ts';
import { isCommandTopic } from './topics.ts';

/** How the broker is made. */
export interface EmbeddedBrokerOptions extends Pick<EmbeddedBrokerSettings, 'listen' | 'port'> {
  readonly users: ReadonlyMap<string, BrokerUser>;
  /** Base of all topics. */
  readonly base: string;
  readonly log: (line: string) => void;
}

/** A broker that listens. */
export interface EmbeddedBroker {
  /** Where others reach it. */
  readonly url: string;
  /** A connection from within, which may do everything. */
  dial(): Duplex;
  close(): Promise<void>;
}

/** Starts the broker. @throws InvalidBook when the port is taken, or strangers could reach it */
export async function startBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { listen, port, users } = options;
  if (!isLoopback(listen) && users.size === 0) {
    throw new InvalidBook(`The embedded broker would let everybody who reaches ${listen} switch machines off.`, {
      key: 'bridge.broker.embedded.users',
      hint: 'Give it users, or let it listen on 127.0.0.1.',
    });
  }
  const insiders = new WeakSet<object>();
  const broker = await Aedes.createBroker({ ...limits, ...hooks(options, insiders) });
  broker.on('clientError', (client, error) => options.log(`An MQTT client broke off: ${client.id}: ${error.message}.`));
  broker.on('connectionError', () => {});
  const stop = (): Promise<void> => new Promise((resolve) => broker.close(() => resolve()));

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    broker.handle(socket);
  });
  try {
    await listenOn(server, listen, port);
  } catch (error) {
    await stop();
    throw taken(listen, port, error);
  }
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `mqtt://${listen.includes(':') ? `[${listen}]` : listen}:${bound}`,
    dial() {
      const [ours, theirs] = duplexPair();
      insiders.add(theirs);
      // The halves of a pair do not close each other.
      theirs.once('close', () => ours.destroy());
      broker.handle(theirs);
      return ours;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await stop();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const limits: AedesOptions = {
  connectTimeout: 10_000,
  // A subscriber that takes nothing for so long is dropped: it holds the others up.
  drainTimeout: 10_000,
  maxClientsIdLength: 256,
  maxTopicLevels: 16,
  queueLimit: 1000,
};

/** How many messages of the bridge may be on their way to subscribers. */
const ON_THEIR_WAY = 64;

/** What the broker asks about its clients. `insiders` are the streams of the bridge itself. */
function hooks({ users, base, log }: EmbeddedBrokerOptions, insiders: WeakSet<object>): AedesOptions {
  const access = accessOf(users);
  const keep = payloadKeeper();
  const pace = createPace(ON_THEIR_WAY);
  const refusals = new Set<string>();
  const isInsider = (client: Client | null): boolean => client !== null && insiders.has(client.conn);
  const nameOf = (client: Client | null): string => access.nameOf(client) ?? client?.id ?? 'a client';

  function refuse(client: Client | null, what: string): void {
    const line = `The embedded broker does not let ${nameOf(client)} ${what}.`;
    if (refusals.size >= MOST_REFUSALS || refusals.has(line)) return;
    refusals.add(line);
    log(line);
  }

  return {
    authenticate(client, name, password, done) {
      done(null, isInsider(client) || access.logIn(client, name, password));
    },
    authorizePublish(client, packet, done) {
      if (packet.retain) packet.payload = keep(packet.payload);
      if (isInsider(client)) {
        pace.enter(() => done(null));
        return;
      }
      const { topic } = packet;
      const isAllowed = access.mayPublish(client, topic);
      if (!isAllowed) refuse(client, `publish to ${topic}`);
      const isRetainedCommand = packet.retain && isCommandTopic(base, topic);
      // Taking a retained command back is no command.
      if (!isAllowed || (isRetainedCommand && packet.payload.length === 0)) packet.topic = NOWHERE;
      if (!isAllowed || isRetainedCommand) packet.retain = false;
      done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      const isAllowed = isInsider(client) || access.maySubscribe(client, subscription.topic);
      if (!isAllowed) refuse(client, `read ${subscription.topic}`);
      done(null, isAllowed ? subscription : null);
    },
    published(_packet, client, done) {
      if (isInsider(client)) pace.leave();
      done(null);
    },
  };
}

/** Where refused messages go: topics that begin with a dollar sign are matched by no wildcard. */
const NOWHERE = '$amtkit/refused';

/** A stranger must not be able to fill the log. */
const MOST_REFUSALS = 100;

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function taken(host: string, port: number, error: unknown): InvalidBook {
  const { code } = error as NodeJS.ErrnoException;
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something listens there already',
    EADDRNOTAVAIL: 'this computer does not have the address',
    EACCES: 'ports below 1024 are for the administrator',
  };
  return new InvalidBook(`The embedded broker cannot listen on ${host}:${port}: ${why[code ?? ''] ?? code}.`, {
    key: 'bridge.broker.embedded.port',
    hint: 'Use that broker by bridge.broker.url, or choose another port; 0 takes a free one.',
    cause: error,
  });
}
