/**
 * The broker inside the bridge: MQTT 3.1.1, in memory, on loopback unless told otherwise.
 *
 * It keeps no retained commands: the flag is taken off, so that a command runs once and never again. Who may not
 * publish to a topic is not heard: 3.1.1 has no way to say no but to hang up.
 */
import { type Duplex, duplexPair } from 'node:stream';
import { InvalidBook } from '@amtkit/core';
import { type EmbeddedBrokerSettings, isLoopback, type Log } from '@amtkit/core/automation';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import { bytesOf } from '../connection/message.ts';
import { isCommandTopic } from '../topics.ts';
import { type AccessRules, accessOf, type BrokerAccess, type BrokerUser } from './access.ts';
import { audienceOf } from './audience.ts';
import { createGuesses, type Guesses } from './guesses.ts';
import { type Listeners, openListeners } from './listeners.ts';
import { createPace, payloadKeeper } from './memory.ts';
import { limitPackets, PacketTooLarge } from './packet-limit.ts';
import { createSenders, type Senders } from './senders.ts';

/** How the broker is made. */
export interface EmbeddedBrokerOptions extends Omit<EmbeddedBrokerSettings, 'kind' | 'users'> {
  readonly users: ReadonlyMap<string, BrokerUser>;
  /** Base of all topics. */
  readonly base: string;
  /** Tags of a machine, as they are now; undefined for one that is not there. @default there are none */
  readonly tagsOf?: AccessRules['tagsOf'];
  /** How patient it is; milliseconds. */
  readonly patience?: Partial<BrokerPatience>;
  /** Milliseconds of a steady clock. */
  readonly now?: () => number;
  readonly log: Log;
}

/** How patient the embedded broker is; milliseconds. */
export interface BrokerPatience {
  /** From the connection to the end of the log-in. @default 10_000 */
  readonly connectMs: number;
  /** A subscriber that takes nothing for so long is dropped: it holds the others up. @default 10_000 */
  readonly drainMs: number;
  /** Before a wrong password is answered, so that guessing takes long. @default 1_000 */
  readonly refusalMs: number;
}

/** A broker that listens. */
export interface EmbeddedBroker {
  /** Where others reach it. */
  readonly url: string;
  readonly webSocketUrl: string | undefined;
  /** A connection from within, which may do everything. */
  dial(): Duplex;
  /** The user who sent a command that has arrived now, where users log in; ask once for each. */
  senderOf(topic: string, payload: Uint8Array): string | undefined;
  /** Whether somebody beside the bridge subscribes to a topic. */
  hears(topic: string): boolean;
  /** Takes over other users, and a renewed certificate; those who could not log in any more are sent away. @throws InvalidBook */
  update(users: ReadonlyMap<string, BrokerUser>): Promise<void>;
  close(): Promise<void>;
}

/** Starts the broker. @throws InvalidBook when the port is taken, or strangers could reach it */
export async function startBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { listen, base, log, tagsOf = () => undefined, maxPacketBytes = LARGEST_PACKET } = options;
  let { users } = options;
  refuseStrangers(listen, users);
  const patience = { ...defaultPatience, ...options.patience };
  const access = accessOf(users, { base, tagsOf });
  const insiders = new WeakSet<object>();
  const senders = createSenders();
  const addresses = new WeakMap<object, string>();
  const guesses = createGuesses(options.now);
  const broker = await Aedes.createBroker({
    ...limits,
    connectTimeout: patience.connectMs,
    drainTimeout: patience.drainMs,
    ...hooks(access, insiders, { base, log, senders, addresses, guesses, refusalMs: patience.refusalMs }),
  });
  const hears = audienceOf(broker, ({ conn }) => insiders.has(conn));
  const clients = new Set<Client>();
  broker.on('client', (client) => clients.add(client)).on('clientDisconnect', (client) => clients.delete(client));
  broker.on('clientError', (client, error) => log.warn(`An MQTT client broke off: ${client.id}: ${error.message}.`));
  broker.on('connectionError', (_client, error) => {
    if (error instanceof PacketTooLarge)
      log.warn(`An MQTT client was sent away before it had logged in: ${error.message}.`);
  });
  const stop = (): Promise<void> => new Promise((resolve) => broker.close(() => resolve()));
  let listeners: Listeners;
  try {
    listeners = await openListeners({
      ...options,
      anonymous: () => users.size === 0,
      accept: (stream, address) => {
        const limited = limitPackets(stream, maxPacketBytes);
        addresses.set(limited, address);
        broker.handle(limited);
      },
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: listeners.url,
    webSocketUrl: listeners.webSocketUrl,
    senderOf: (topic, payload) => senders.take(topic, payload),
    hears,
    dial() {
      const [ours, theirs] = duplexPair();
      insiders.add(theirs);
      // The halves of a pair do not close each other.
      theirs.once('close', () => ours.destroy());
      broker.handle(theirs);
      return ours;
    },
    async update(others) {
      refuseStrangers(listen, others);
      await listeners.renew();
      users = others;
      const isWelcome = access.replace(others);
      for (const client of clients) if (!insiders.has(client.conn) && !isWelcome(client)) client.close();
    },
    async close() {
      const closed = listeners.close();
      await stop();
      listeners.destroy();
      await closed;
    },
  };
}

function refuseStrangers(listen: string, users: ReadonlyMap<string, BrokerUser>): void {
  if (isLoopback(listen) || users.size > 0) return;
  throw new InvalidBook(`The embedded broker would let everybody who reaches ${listen} switch machines off.`, {
    key: 'bridge.broker.embedded.users',
    hint: 'Give it users, or let it listen on 127.0.0.1.',
  });
}

const limits: AedesOptions = {
  maxClientsIdLength: 256,
  maxTopicLevels: 16,
  queueLimit: 1000,
};

const defaultPatience: BrokerPatience = { connectMs: 10_000, drainMs: 10_000, refusalMs: 1000 };

/** Bytes of a message that a client may send, unless the book says otherwise. */
const LARGEST_PACKET = 1024 * 1024;

/** How many messages of the bridge may be on their way to subscribers. */
const ON_THEIR_WAY = 64;

/** What the hooks need beside access. */
interface HookOptions extends Pick<EmbeddedBrokerOptions, 'base' | 'log'>, Pick<BrokerPatience, 'refusalMs'> {
  readonly senders: Senders;
  /** Where clients come from, by their streams. */
  readonly addresses: WeakMap<object, string>;
  readonly guesses: Guesses;
}

/** What the broker asks about its clients. `insiders` are the streams of the bridge itself. */
function hooks(
  access: BrokerAccess,
  insiders: WeakSet<object>,
  { base, log, senders, addresses, guesses, refusalMs }: HookOptions,
): AedesOptions {
  const keep = payloadKeeper();
  const pace = createPace(ON_THEIR_WAY);
  const refusals = new Set<string>();
  const isInsider = (client: Client | null): boolean => client !== null && insiders.has(client.conn);
  const nameOf = (client: Client | null): string => access.nameOf(client) ?? client?.id ?? 'a client';

  function refuse(client: Client | null, what: string): void {
    const line = `The embedded broker does not let ${nameOf(client)} ${what}.`;
    if (refusals.size >= MOST_REFUSALS || refusals.has(line)) return;
    refusals.add(line);
    log.warn(line);
  }

  return {
    authenticate(client, name, password, done) {
      const address = addresses.get(client.conn) ?? '';
      const user = name ?? '';
      const isHeld = guesses.waitMs(address, user) > 0;
      if (isInsider(client) || (!isHeld && access.logIn(client, name, password))) {
        guesses.right(address, user);
        done(null, true);
        return;
      }
      const waitMs = isHeld ? 0 : guesses.wrong(address, user);
      if (waitMs > 0) {
        const whom = `${JSON.stringify(user.slice(0, 64))} from ${address}`;
        log.warn(`The embedded broker refuses ${whom} for ${waitMs / 1000} s, after too many wrong passwords.`);
      }
      refuse(client, name === undefined ? 'in without a password' : `in as ${JSON.stringify(name.slice(0, 64))}`);
      setTimeout(() => done(null, false), refusalMs).unref();
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
      const name = access.nameOf(client);
      if (name !== undefined && isCommandTopic(base, packet.topic)) {
        senders.note(packet.topic, bytesOf({ topic, payload: packet.payload }), name);
      }
      done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      const isAllowed = isInsider(client) || access.maySubscribe(client, subscription.topic);
      if (!isAllowed) refuse(client, `read ${subscription.topic}`);
      done(null, isAllowed ? subscription : null);
    },
    authorizeForward(client, packet) {
      return isInsider(client) || access.mayRead(client, packet.topic) ? packet : null;
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
