/** The firmware's half of a screen session, with bytes as a test wants them: for tests of who looks at a screen. */
import { fromHex } from '../bytes/hex.ts';
import { Inbox } from '../bytes/inbox.ts';
import { type RfbClientMessage, rfbClientMessages } from '../redirection/kvm/messages.ts';
import type { ByteStream } from '../transport/stream.ts';

/** Reply to the opening of the channel, and the version behind it, as captured from AMT 12. [REDIR §KVM 2.5] */
const REPLY = '41 00 00 00 00 00 00 00 52 46 42 20 30 30 33 2e 30 30 38 0a';
/** One security type, None; and its success. */
const SECURITY = '01 01';
const WELCOME = '00 00 00 00';
/** Everything of ServerInit behind the size: RGB565, and the name viewers know the firmware by. */
const FORMAT =
  '10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00 00 00 00 10 49 6e 74 65 6c 28 72 29 20 41 4d 54 20 4b 56 4d';

/** Length of what a console sends before RFB has messages: channel, version, security type, ClientInit. */
const OPENING = [8, 12, 1, 1] as const;

/** How it greets. */
export interface ScreenFirmwareOptions {
  /** @default 128 */
  readonly width?: number;
  /** @default 64 */
  readonly height?: number;
  /** `silent`: says nothing at all. `no-display`: closes where it would tell of its screen. @default 'open' */
  readonly greets?: 'open' | 'silent' | 'no-display';
}

/** A firmware that shows what it is told to, and remembers what it hears. */
export class ScreenFirmware {
  /** Messages since the screen is there, in order. */
  readonly heard: RfbClientMessage[] = [];
  /** The console closed its side. */
  ended = false;
  readonly #stream: ByteStream;
  readonly #options: ScreenFirmwareOptions;

  constructor(stream: ByteStream, options: ScreenFirmwareOptions = {}) {
    this.#stream = stream;
    this.#options = options;
    void this.#listen().catch(() => {});
  }

  /** Sends bytes, written in hex. */
  async say(hex: string): Promise<void> {
    await this.#stream.write(fromHex(hex));
  }

  /** An update of tiles that have one colour, in RGB565. */
  async paint(...tiles: readonly { x: number; y: number; colour: string }[]): Promise<void> {
    const head = `00 00 00 ${byte(tiles.length)}`;
    await this.say([head, ...tiles.map(({ x, y, colour }) => this.#rawTile(x, y, colour))].join(' '));
  }

  /** The screen has another size. */
  async resize(width: number, height: number): Promise<void> {
    await this.say(`00 00 00 01 00 00 00 00 ${u16(width)} ${u16(height)} ff ff ff 21`);
  }

  /** Closes in good order. */
  async hangUp(): Promise<void> {
    await this.#stream.end();
  }

  /** Kinds of what was heard, in order. */
  kinds(): string[] {
    return this.heard.map(({ type }) => type);
  }

  /** What was heard of one kind. */
  messages<T extends RfbClientMessage['type']>(type: T): Extract<RfbClientMessage, { type: T }>[] {
    return this.heard.filter((message): message is Extract<RfbClientMessage, { type: T }> => message.type === type);
  }

  async #listen(): Promise<void> {
    const inbox = new Inbox();
    let step = 0;
    for await (const chunk of this.#stream) {
      inbox.push(chunk);
      for (;;) {
        if (step < OPENING.length) {
          const length = OPENING[step] as number;
          if (inbox.next((reader) => reader.take(length)) === undefined) break;
          step++;
          await this.#greet(step);
        } else {
          const message = inbox.next(rfbClientMessages.decode);
          if (message === undefined) break;
          this.heard.push(message);
        }
      }
    }
    this.ended = true;
    await this.#stream.end();
  }

  async #greet(step: number): Promise<void> {
    const { width = 128, height = 64, greets = 'open' } = this.#options;
    if (greets === 'silent') return;
    if (step === 1) await this.say(REPLY);
    else if (step === 2) await this.say(SECURITY);
    else if (step === 3) await this.say(WELCOME);
    else if (greets === 'no-display') await this.hangUp();
    else await this.say(`${u16(width)} ${u16(height)} ${FORMAT}`);
  }

  #rawTile(x: number, y: number, colour: string): string {
    return `${u16(x)} ${u16(y)} 00 40 00 40 00 00 00 00 ${`${colour} `.repeat(64 * 64)}`;
  }
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function u16(value: number): string {
  return `${byte(value >> 8)} ${byte(value & 255)}`;
}
