/**
 * The broker inside the bridge: MQTT 3.1.1, in memory, on loopback unless told otherwise.
 *
 * It keeps no retained commands: the flag is taken off, so that a command runs once and never again. Who may not
 * publish to a topic is not heard: 3.1.1 has no way to say no but to hang up.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { InvalidBook } from '@amtkit/core';
import { type EmbeddedBrokerSettings, isLoopback } from '@amtkit/core/automation';
import { Aedes, type Client } from 'aedes';
import { isCommandTopic, matches } from './topics.ts';

/** Who may log in, with the password looked up, and what he may do. Topics are filters with `+` and `#`. */
export interface BrokerUser {
  readonly password: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

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
  const { listen, port, users, base, log } = options;
  if (!isLoopback(listen) && users.size === 0) {
    throw new InvalidBook(`The embedded broker would let everybody who reaches ${listen} switch machines off.`, {
      key: 'bridge.broker.embedded.users',
      hint: 'Give it users, or let it listen on 127.0.0.1.',
    });
  }
  const insiders = new WeakSet<object>();
  const names = new WeakMap<object, string>();
  const isInsider = (client: Client | null): boolean => client !== null && insiders.has(client.conn);
  const userOf = (client: Client | null): BrokerUser | undefined =>
    client === null ? undefined : users.get(names.get(client) ?? '');
  const refusals = new Set<string>();

  const broker = await Aedes.createBroker({
    connectTimeout: 10_000,
    maxClientsIdLength: 256,
    maxTopicLevels: 16,
    queueLimit: 1000,
    authenticate(client, name, password, done) {
      const user = users.get(name ?? '');
      if (user !== undefined) names.set(client, name ?? '');
      const known = user !== undefined && password !== undefined && same(password, user.password);
      done(null, isInsider(client) || known || (users.size === 0 && isLoopback(listen)));
    },
    authorizePublish(client, packet, done) {
      const { topic } = packet;
      if (packet.retain) packet.payload = own(packet.payload);
      if (!isInsider(client)) {
        const isAllowed = users.size === 0 || userOf(client)?.publish.some((filter) => matches(filter, topic));
        if (topic.startsWith('$') || isAllowed !== true) {
          refuse(topic, client);
          packet.topic = NOWHERE;
          packet.retain = false;
        } else if (packet.retain && isCommandTopic(base, topic)) {
          // Taking a retained command back is no command.
          if (packet.payload.length === 0) packet.topic = NOWHERE;
          packet.retain = false;
        }
      }
      done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      const isAllowed =
        isInsider(client) ||
        (users.size === 0 && !subscription.topic.startsWith(SHARED)) ||
        userOf(client)?.subscribe.some((filter) => covers(filter, subscription.topic)) === true;
      if (!isAllowed) log(`The embedded broker does not let ${nameOf(client)} read ${subscription.topic}.`);
      done(null, isAllowed ? subscription : null);
    },
  });

  /** What is retained must not hold on to the large piece of memory it was read in; short words are shared. */
  const words = new Map<string, Buffer>();
  function own(payload: string | Buffer): Buffer {
    const bytes = Buffer.from(payload as string);
    const word = bytes.length <= LONGEST_WORD ? bytes.toString('latin1') : undefined;
    const known = word === undefined ? undefined : words.get(word);
    if (known !== undefined) return known;
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    bytes.copy(copy);
    if (word !== undefined && words.size < MOST_WORDS) words.set(word, copy);
    return copy;
  }

  broker.on('clientError', (client, error) => log(`An MQTT client broke off: ${client.id}: ${error.message}.`));
  broker.on('connectionError', () => {});

  function nameOf(client: Client | null): string {
    return client === null ? 'a client' : (names.get(client) ?? client.id);
  }

  function refuse(topic: string, client: Client | null): void {
    const line = `The embedded broker does not let ${nameOf(client)} publish to ${topic}.`;
    if (refusals.size >= 100 || refusals.has(line)) return;
    refusals.add(line);
    log(line);
  }

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
    await new Promise<void>((resolve) => broker.close(() => resolve()));
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
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Where refused messages go: topics that begin with a dollar sign are matched by no wildcard. */
const NOWHERE = '$amtkit/refused';

/** Shared subscriptions would be granted and never served. */
const SHARED = '$share/';

/** Payloads up to so many bytes are kept once for all topics, and so many of them. */
const LONGEST_WORD = 64;
const MOST_WORDS = 2000;

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

/** In constant time, whatever the lengths. */
function same(given: Uint8Array, wanted: string): boolean {
  const digest = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** Whether everything that `wanted` matches is matched by `allowed`. */
export function covers(allowed: string, wanted: string): boolean {
  const permitted = allowed.split('/');
  const levels = wanted.split('/');
  if (wanted.startsWith('$') && !allowed.startsWith('$')) return false;
  for (const [i, level] of levels.entries()) {
    const may = permitted[i];
    if (may === '#') return true;
    if (may === undefined || level === '#') return false;
    if (may !== '+' && may !== level) return false;
  }
  return permitted.length === levels.length || (permitted.length === levels.length + 1 && permitted.at(-1) === '#');
}
