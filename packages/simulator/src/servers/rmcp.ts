/** The presence ping: what answers on UDP 623, and when it keeps silent. [ASF §3.2.4] [AMT: Discovery] */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  ConnectFailed,
  DASH_SUPPORTED,
  DUAL_PORTS,
  Enterprise,
  ProtocolError,
  Reader,
  type RmcpMessage,
  rmcpMessages,
  SetupState,
} from '@amtkit/core/wire';
import type { Firmware } from '../firmware.ts';
import { text } from '../values.ts';

/** A listening ping. */
export interface RmcpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers pings on one address. @param pinged hears of every ping that was well-formed */
export async function serveRmcp(
  firmware: Firmware,
  { host, port, connected }: { host: string; port: number; connected: () => boolean },
  pinged: () => void,
): Promise<RmcpServer> {
  const socket = createSocket('udp4');
  socket.on('message', (datagram, from) => {
    if (!connected() || from.address === '255.255.255.255') return;
    for (const answer of answersTo(firmware, datagram, pinged)) socket.send(answer, from.port, from.address, () => {});
  });
  try {
    socket.bind({ address: host, port });
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    const { code } = error as NodeJS.ErrnoException;
    throw new ConnectFailed(`The virtual PC cannot listen on ${host}:${port} (UDP): ${code}.`, { host, cause: error });
  }
  socket.on('error', () => {});
  return { port: socket.address().port, close: () => closed(socket) };
}

/** What goes back for one datagram: nothing, a pong, or an acknowledgement and a pong. */
export function answersTo(firmware: Firmware, datagram: Uint8Array, pinged: () => void = () => {}): Uint8Array[] {
  const ping = decodePing(datagram);
  if (ping === undefined) return [];
  pinged();
  const [settings = {}] = firmware.instances('AMT_GeneralSettings') ?? [];
  if (text(settings.RmcpPingResponseEnabled) === 'false') return [];
  const answers = [rmcpMessages.encode(pongOf(firmware, ping.tag))];
  if (firmware.quirks.rmcpAck && ping.sequence !== NO_ACK) {
    answers.unshift(Uint8Array.of(ping.rmcp, 0, ping.sequence, ACK_OF_ASF));
  }
  return answers;
}

const RMCP_VERSION = 6;
/** A sequence number that asks for no acknowledgement. */
const NO_ACK = 0xff;
/** Class ASF with the acknowledgement's bit. */
const ACK_OF_ASF = 0x86;
/** Port numbers as the firmware knows them, wherever the simulator really listens. */
const PORT = { plain: 16992, tls: 16993 } as const;
/** Largest number that fits half a byte. */
const NIBBLE = 15;

function pongOf({ profile, quirks, state }: Firmware, tag: number): RmcpMessage {
  const [major = 0, minor = 0] = profile.version.split('.').map(Number);
  const fits = major <= NIBBLE && minor <= NIBBLE;
  const configured = state.provisioning.state === 'configured';
  const both = configured && state.tls.enabled && state.tls.plain;
  return {
    type: 'PresencePong',
    rmcp: RMCP_VERSION,
    sequence: NO_ACK,
    class: 'ASF',
    enterprise: Enterprise.ASF,
    tag,
    dataLength: 16,
    manufacturer: Enterprise.Intel,
    port: !configured ? 0 : state.tls.plain ? PORT.plain : PORT.tls,
    version: fits ? (major << 4) | minor : 0,
    state: SetupState[configured ? 'configured' : 'not-configured'] | (both ? DUAL_PORTS : 0),
    entities: 1,
    interactions: quirks.dashBit ? DASH_SUPPORTED : 0,
    major: fits ? 0 : major,
    minor: fits ? 0 : minor,
  };
}

/** A ping for us; anything else, pongs above all, gets no answer. */
function decodePing(datagram: Uint8Array): { rmcp: number; sequence: number; tag: number } | undefined {
  if (datagram.length < 12) return undefined;
  try {
    const message = rmcpMessages.decode(new Reader(datagram));
    const ours = message?.rmcp === RMCP_VERSION && message.class === 'ASF' && message.enterprise === Enterprise.ASF;
    return ours && message.type === 'PresencePing' ? message : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
