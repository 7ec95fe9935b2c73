/** Redirection spoken by hand: bytes out, bytes in, and a PC whose realm and nonce are those of the worked example. */
import type { ByteStream } from '@amtkit/core/streams';
import { fromHex, Inbox, toHex } from '@amtkit/core/wire';
import { type ManualClock, manualClock } from '../clock.ts';
import { createSimulator } from '../create-simulator.ts';
import { md5 } from '../firmware.ts';
import type { Simulator, SimulatorOptions } from '../simulator.ts';
import { BarePc } from './bare-pc.ts';

/** Realm, nonce and password of the worked example. [REDIR §4.4] */
export const EXAMPLE = {
  realm: `Digest:A407${'0'.repeat(28)}`,
  nonce: '0123456789abcdef0123456789abcdef',
  user: 'admin',
  password: 'P@ssw0rd',
} as const;

/** Everything that is under way has come as far as it can without time passing. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A PC that a test plays, a clock it moves, and consoles that it speaks for. */
export interface Desk {
  readonly simulator: Simulator;
  readonly clock: ManualClock;
  readonly pc: BarePc;
  /** Connects to the redirection port without TLS. */
  connect(): Promise<RawConsole>;
  /** Connects, starts a service and logs in. */
  enter(service: keyof typeof START): Promise<RawConsole>;
  /** Lets the next nonce be the one of the worked example again, where something else has drawn numbers. */
  rewind(): void;
}

/** Sets up a desk. */
export async function desk(options: SimulatorOptions = {}): Promise<Desk> {
  const clock = manualClock();
  const pc = new BarePc();
  const { password } = EXAMPLE;
  const simulator = await createSimulator({ ports: 'memory', speed: 0, clock, hardware: pc, password, ...options });
  const { firmware } = simulator;
  let digit = 0;
  Object.assign(firmware.identity, { realm: EXAMPLE.realm });
  Object.assign(firmware, { random: () => (digit++ % 16) / 16 });
  const ha1 = md5(`${EXAMPLE.user}:${EXAMPLE.realm}:${password}`);
  firmware.change((state) => {
    state.admin = { ...state.admin, ha1 };
  });
  const connect = async () => {
    const { redirection = 0 } = simulator.ports;
    return new RawConsole(await simulator.dial({ host: simulator.host, port: redirection }), clock);
  };
  return {
    simulator,
    clock,
    pc,
    connect,
    rewind() {
      digit = 0;
    },
    async enter(service) {
      const console = await connect();
      await console.talk(opening(service));
      return console;
    },
  };
}

/** One line of a conversation: what the console says, what the firmware answers, or how many milliseconds pass. */
export type Line = readonly ['C' | 'F', string] | readonly ['wait', number];

/** A console that says what it is told to. */
export class RawConsole {
  readonly #stream: ByteStream;
  readonly #clock: ManualClock;
  readonly #received = new Inbox();
  /** Bytes of what came at once, in order. */
  readonly chunks: number[] = [];
  #ended = false;
  #paused: Promise<void> | undefined;
  #resume: (() => void) | undefined;
  /** Everything it says goes out in pieces of this many bytes. */
  pieces = Number.POSITIVE_INFINITY;

  constructor(stream: ByteStream, clock: ManualClock) {
    this.#stream = stream;
    this.#clock = clock;
    void this.#read();
  }

  /** Whether the firmware has closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends bytes, hex text or both, as one. */
  async say(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    const all = Buffer.concat(parts.map((part) => (typeof part === 'string' ? fromHex(part) : part)));
    for (let at = 0; at < all.length; at += this.pieces) {
      await this.#stream.write(Uint8Array.from(all.subarray(at, at + this.pieces)));
      if (this.pieces < all.length) await settled();
    }
    await settled();
  }

  /** What has come and was not taken yet, as hex. */
  async heard(): Promise<string> {
    await settled();
    return toHex(this.#received.peek());
  }

  /** Takes so many bytes, waiting for them, while time passes in steps as consoles need apart. */
  async take(length: number): Promise<Uint8Array> {
    for (let tries = 0; this.#received.length < length && tries < 10; tries++) {
      await settled();
      if (this.#received.length < length) this.#clock.advance(20);
    }
    return this.#received.take(length) ?? this.#received.take(this.#received.length) ?? new Uint8Array(0);
  }

  /** Takes all that has come. */
  async takeAll(): Promise<Uint8Array> {
    await settled();
    return this.#received.take(this.#received.length) ?? new Uint8Array(0);
  }

  /** Holds a conversation, throwing where an answer is another one. */
  async talk(lines: readonly Line[]): Promise<void> {
    for (const [who, what] of lines) {
      if (who === 'wait') this.#clock.advance(what);
      else if (who === 'C') await this.say(what);
      else {
        const expected = toHex(fromHex(what));
        const answer = toHex(await this.take(fromHex(what).length));
        if (answer !== expected) throw new Error(`The firmware answered\n  ${answer}\ninstead of\n  ${expected}`);
      }
      await settled();
    }
  }

  /** Reads nothing until {@link resume}, as a console that hangs. */
  pause(): void {
    this.#paused = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resume?.();
    this.#paused = undefined;
  }

  async close(): Promise<void> {
    await this.#stream.close();
    await settled();
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#stream) {
        this.chunks.push(chunk.length);
        this.#received.push(chunk);
        await this.#paused;
      }
    } finally {
      this.#ended = true;
    }
  }
}

const START = {
  sol: '10 00 00 00 53 4f 4c 20',
  ider: '10 00 00 00 49 44 45 52',
  kvm: '10 01 00 00 4b 56 4d 52',
} as const;

const text = (value: string) => toHex(Buffer.from(`${String.fromCharCode(value.length)}${value}`, 'latin1'));

/** Fields of a digest log-in; the response is the one of the worked example. [REDIR §4.4] */
export const Fields = {
  user: text(EXAMPLE.user),
  realm: text(EXAMPLE.realm),
  nonce: text(EXAMPLE.nonce),
  uri: text('/RedirectionService'),
  cnonce: text('2'.repeat(32)),
  nc: text('00000002'),
  response: text('a86192e601535c2683031ed465d571b1'),
  qop: text('auth'),
};

/** The start of a service and the log-in, with the bytes of the worked example. [REDIR §4.4] */
export function opening(service: keyof typeof START): readonly Line[] {
  const { user, realm, nonce, uri, cnonce, nc, response, qop } = Fields;
  return [
    ['C', START[service]],
    ['F', '11 00 00 00 01 00 0c 00 57 01 00 00 00'],
    ['C', '13 00 00 00 00 00 00 00 00'],
    ['F', '14 00 00 00 00 01 00 00 00 04'],
    ['C', `13 00 00 00 04 20 00 00 00 ${user} 00 00 ${uri} 00 00 00 00`],
    ['F', `14 01 00 00 04 4e 00 00 00 ${realm} ${nonce} ${qop}`],
    ['C', `13 00 00 00 04 b3 00 00 00 ${user} ${realm} ${nonce} ${uri} ${cnonce} ${nc} ${response} ${qop}`],
    ['F', '14 00 00 00 04 00 00 00 00'],
  ];
}

/** Messages around a log-in, as hex. [REDIR §4.4] */
export const Literal = {
  sol: START.sol,
  ider: START.ider,
  kvm: '10 01 00 00 4b 56 4d 52',
  started: '11 00 00 00 01 00 0c 00 57 01 00 00 00',
  ask: `13 00 00 00 04 20 00 00 00 ${Fields.user} 00 00 ${Fields.uri} 00 00 00 00`,
  challenge: `14 01 00 00 04 4e 00 00 00 ${Fields.realm} ${Fields.nonce} ${Fields.qop}`,
  welcome: '14 00 00 00 04 00 00 00 00',
  no: '14 01 00 00 04 00 00 00 00',
} as const;
