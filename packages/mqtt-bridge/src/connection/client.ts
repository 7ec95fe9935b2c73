/** One attempt to speak to a broker, and what its failures mean. */
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type IClientOptions, MqttClient } from 'mqtt';
import { bytesOf, type Message } from './message.ts';

/** 4 is MQTT 3.1.1. */
export type ProtocolVersion = 4 | 5;

/** A broker elsewhere, with its secrets looked up. */
export interface BrokerAccess {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Files in PEM; read at every attempt, so that renewed ones are taken. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** `false` accepts any certificate. @default true */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Reaches the broker without a network. */
  readonly dial?: (() => Duplex) | undefined;
}

/** How an attempt is made. */
export interface ClientOptions {
  readonly clientId: string;
  readonly will: Message;
  /** How long the broker may take to let us in, milliseconds. */
  readonly answerMs: number;
}

/** Begins an attempt; the client tells by events how it goes, and makes no second one. Rejects when a file is missing. */
export async function openClient(
  access: BrokerAccess,
  version: ProtocolVersion,
  { clientId, will, answerMs }: ClientOptions,
): Promise<MqttClient> {
  const pem = (file: string | undefined) => (file === undefined ? undefined : readFile(file));
  const [ca, cert, key] = await Promise.all([pem(access.ca), pem(access.cert), pem(access.key)]);
  const options: IClientOptions = {
    clientId,
    clean: true,
    // A broker notices a bridge that is cut off after one and a half of these, and others take over.
    keepalive: 15,
    reconnectPeriod: 0,
    connectTimeout: answerMs,
    resubscribe: false,
    // Else 65,536 small buffers are made and kept, one for each number.
    writeCache: false,
    protocolVersion: version,
    will: { topic: will.topic, payload: bytesOf(will), qos: 1, retain: will.retain ?? false },
    ...(version === 5 ? { properties: { sessionExpiryInterval: 0, maximumPacketSize: LARGEST_PACKET } } : {}),
    ...(access.user === undefined ? {} : { username: access.user }),
    ...(access.password === undefined ? {} : { password: access.password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: access.rejectUnauthorized ?? true,
  };
  const { dial } = access;
  const client = dial === undefined ? connect(access.url, options) : new MqttClient(dial, options);
  // Small messages do not wait for one another: an acknowledgement that is held back holds back the next answer.
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  return client;
}

/** What a broker may send us at once; commands are small. */
const LARGEST_PACKET = 1024 * 1024;

/**
 * Whether the broker seems to want the other version of the protocol: by a reason code of CONNACK, 1 in 3.1.1 and 132
 * in 5, or by hanging up on MQTT 5 without one. @param opened the network connection was there
 */
export function speaksOther(problem: unknown, opened: boolean, version: ProtocolVersion): boolean {
  const code = (problem as { code?: unknown } | undefined)?.code;
  if (code === 1 || code === 132) return true;
  return (
    version === 5 &&
    opened &&
    (problem === undefined || code === undefined || code === 'ECONNRESET' || code === 'EPIPE')
  );
}

/** `: ` and the text of a problem; nothing when there is none. */
export function because(problem: unknown): string {
  return problem === undefined ? '' : `: ${textOf(problem)}`;
}

/** The text of an error, also of one that stands for several. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(textOf).join('; ') : error.name;
}
