/**
 * The console's half of a screen session: asks for updates, paints them, sends keys and pointer. No socket, no clock.
 * [REDIR §KVM] [RFC 6143 §7]
 */
import type { Protocol } from '../protocol.ts';
import type { Area, Damage } from './damage.ts';
import { CAPTURE_BUFFER, type RfbDrop, type SessionProgress, whyDropped } from './drops.ts';
import type { Canvas } from './encodings/decoder.ts';
import { pixelTable } from './encodings/pixels.ts';
import { type CutText, commandText, type Decimation, dataText, parseCutText } from './extensions.ts';
import { Framebuffer } from './framebuffer.ts';
import { Gatherer } from './gatherer.ts';
import { Handshake } from './handshake.ts';
import { RfbInput } from './input.ts';
import { type PixelFormatName, PixelFormats, RfbEncoding, rfbClientMessages } from './messages.ts';
import { UpdateReader } from './updates.ts';

/** How a screen session is wanted. */
export interface RfbOptions {
  /** Painted on; one that was used before keeps its picture until the new one comes. @default a new one */
  readonly framebuffer?: Framebuffer;
  /** `auto`: 16 bits where the firmware's buffer holds them, else 8; chosen again when the screen changes its size. @default 'auto' */
  readonly format?: PixelFormatName | 'auto';
  /** Let the firmware compress runs and palettes; without it all pixels come as they are. @default true */
  readonly rle?: boolean;
  /** Switch deflating on or off; AMT 16 and later. @default as the firmware has it: off */
  readonly compression?: boolean;
  /** Scaling down by two; AMT 16 and later. @default as the firmware has it */
  readonly decimation?: Decimation;
  /** Say that data to and from a program on the machine is understood. @default false */
  readonly dataChannel?: boolean;
  /** `direct`: RFB without a redirection session in front of it, port 5900 of old firmware. @default 'channel' */
  readonly over?: 'channel' | 'direct';
  /** For `direct`. */
  readonly password?: string;
}

/** What the bytes of the firmware meant. */
export type RfbEvent =
  /** The screen is there, and its first picture was asked for. */
  | { readonly type: 'started'; readonly width: number; readonly height: number; readonly title: string }
  /** The framebuffer has another size, and is black. */
  | { readonly type: 'resized'; readonly width: number; readonly height: number }
  /** Parts of the framebuffer are new. Comes while an update is still arriving, too. */
  | { readonly type: 'painted'; readonly areas: readonly Area[] }
  /** An update is whole: what is painted belongs together. */
  | { readonly type: 'updated' }
  | { readonly type: 'bell' }
  /** Settings of the firmware, data, or a clipboard. */
  | CutText
  /** The firmware closed its side. */
  | ({ readonly type: 'dropped' } & RfbDrop);

/** Feed it what came after the log-in. Key and pointer do nothing before `started`. */
export class RfbClient implements Protocol<RfbEvent> {
  readonly framebuffer: Framebuffer;
  readonly #options: RfbOptions;
  readonly #gatherer = new Gatherer();
  readonly #handshake: Handshake;
  readonly #canvas: Canvas;
  readonly #updates: UpdateReader;
  readonly #damage: Damage;
  readonly #input = new RfbInput();
  #state: 'opening' | 'started' | 'closed' = 'opening';
  #outgoing: Uint8Array[] = [];
  #events: RfbEvent[] = [];

  #format: PixelFormatName | 'auto';
  /** What the firmware was last told. */
  #told: PixelFormatName | undefined;
  #request: 'outstanding' | 'due' = 'due';
  #paused = false;
  /** The next request is for all of the screen, changed or not. */
  #whole = true;
  #data: Uint8Array[] = [];
  #dataAllowed = false;

  constructor(options: RfbOptions = {}) {
    const { over = 'channel', password, framebuffer = new Framebuffer() } = options;
    this.#options = options;
    this.#format = options.format ?? 'auto';
    this.framebuffer = framebuffer;
    this.#damage = framebuffer.watch();
    this.#canvas = { framebuffer, colours: pixelTable('rgb565') };
    this.#handshake = new Handshake({ over, password }, (bytes) => this.#outgoing.push(bytes));
    this.#updates = new UpdateReader(this.#canvas, {
      resized: (width, height) => this.#resized(width, height),
      ending: () => this.#ending(),
      updated: () => this.#updated(),
      bell: () => this.#events.push({ type: 'bell' }),
      text: (text) => this.#text(text),
    });
  }

  /** The screen is there and the firmware did not close. */
  get started(): boolean {
    return this.#state === 'started';
  }

  receive(chunk: Uint8Array): RfbEvent[] {
    let at = 0;
    if (this.#state === 'opening') {
      at = this.#gatherer.push(chunk, this.#handshake);
      this.#afterHandshake();
    }
    if (this.#state === 'started') this.#gatherer.push(chunk, this.#updates, at);
    this.#reportPainted();
    return this.#takeEvents();
  }

  receiveEnd(): RfbEvent[] {
    if (this.#state === 'closed') return [];
    this.#drop(whyDropped(this.#progress()));
    return this.#takeEvents();
  }

  /** We are done with it: what arrives from now on means nothing, and nobody watches the framebuffer for it. */
  close(): void {
    this.#state = 'closed';
    this.framebuffer.unwatch(this.#damage);
  }

  takeOutgoing(): Uint8Array[] {
    const outgoing = [...this.#outgoing, ...this.#input.takeOutgoing()];
    this.#outgoing = [];
    return outgoing;
  }

  /** Presses a key or lets it go. @param keysym of the US keyboard, as in `keysyms.ts` */
  key(keysym: number, pressed: boolean): void {
    if (this.started) this.#input.key(keysym, pressed);
  }

  /** Puts the pointer somewhere on the screen. @param buttons all that are down, as in `pointer.ts` */
  pointer(x: number, y: number, buttons: number): void {
    if (this.started) this.#input.pointer(x, y, buttons, this.framebuffer);
  }

  /** Lets go of every key and button that is held. */
  releaseAll(): void {
    if (this.started) this.#input.releaseAll();
  }

  /**
   * Input that changes nothing, for a session that is only watched: the firmware ends one without input after its
   * `SessionTimeout`, usually three minutes. Every 30 to 60 seconds is right. [REDIR §KVM 14]
   */
  heartbeat(): void {
    if (!this.started) return;
    if (this.#dataAllowed && this.#data.length === 0) this.sendData(new Uint8Array(0));
    else this.#input.repeatPointer(this.framebuffer);
  }

  /** Asks for no more updates, so that the firmware rests while nobody looks. What was asked for still comes. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#paused = false;
    if (this.started && this.#request === 'due') this.#ask();
  }

  /** Asks for the whole screen, for whoever doubts the picture. While paused it comes after `resume`. */
  refresh(): void {
    this.#whole = true;
    if (this.started && !this.#updates.updating && this.#request === 'outstanding') this.#ask();
  }

  /** Chooses another pixel format. Holds once the update that was asked for is there. */
  setFormat(format: PixelFormatName | 'auto'): void {
    this.#format = format;
  }

  /** Switches deflating on or off; the firmware says what it is then, as an event. AMT 16 and later. */
  setCompression(on: boolean): void {
    this.#sendText(commandText({ name: 'setCompression', on }));
    this.#sendText(commandText({ name: 'getCompression' }));
  }

  /** Sets scaling down; the firmware says what it is then, as an event. AMT 16 and later. */
  setDecimation(mode: Decimation): void {
    this.#sendText(commandText({ name: 'setDecimation', mode }));
    this.#sendText(commandText({ name: 'getDecimation' }));
  }

  /** Data for the program on the machine, sent as soon as the one before was acknowledged. */
  sendData(payload: Uint8Array): void {
    this.#data.push(dataText(payload));
    this.#sendNextData();
  }

  #afterHandshake(): void {
    const { state } = this.#handshake;
    if (state.name === 'refused') this.#drop(whyDropped(state));
    if (state.name !== 'started') return;
    const { width, height, title } = state;
    const { rle = true, dataChannel = false, compression, decimation } = this.#options;
    this.#state = 'started';
    this.framebuffer.resize(width, height);
    this.#events.push({ type: 'started', width, height, title });
    const encodings: number[] = rle ? [RfbEncoding.ZRLE, RfbEncoding.Raw] : [RfbEncoding.Raw];
    if (dataChannel) encodings.push(RfbEncoding.KvmDataChannel);
    encodings.push(RfbEncoding.DesktopSize);
    this.#outgoing.push(rfbClientMessages.encode({ type: 'SetEncodings', encodings }));
    this.#tellFormat();
    if (decimation !== undefined) this.setDecimation(decimation);
    if (compression !== undefined) this.setCompression(compression);
    this.#ask();
  }

  #resized(width: number, height: number): void {
    this.#whole = true;
    this.#events.push({ type: 'resized', width, height });
  }

  /** Asks for the next update before the last pixels of this one are here: it saves the way there and back. */
  #ending(): void {
    this.#request = 'due';
    this.#ask();
  }

  #updated(): void {
    if (this.#told !== undefined) this.#canvas.colours = pixelTable(this.#told);
    this.#reportPainted();
    this.#events.push({ type: 'updated' });
  }

  /** Asks for the next update, in the format that is right by now. One request is under way at a time. */
  #ask(): void {
    if (this.#paused) return;
    // Not while a request is under way: nobody could tell in which format the answer comes.
    if (this.#request === 'due') this.#tellFormat();
    const { width, height } = this.framebuffer;
    const incremental = this.#whole ? 0 : 1;
    const request = { type: 'FramebufferUpdateRequest', incremental, x: 0, y: 0, width, height } as const;
    this.#outgoing.push(rfbClientMessages.encode(request));
    this.#request = 'outstanding';
    this.#whole = false;
  }

  /** Tells the firmware of the format if it is a new one. The rest of an update under way is still in the old one. */
  #tellFormat(): void {
    const format = this.#chosenFormat();
    if (format === this.#told) return;
    this.#told = format;
    this.#whole = true;
    this.#outgoing.push(rfbClientMessages.encode({ type: 'SetPixelFormat', ...PixelFormats[format] }));
    if (!this.#updates.updating) this.#canvas.colours = pixelTable(format);
  }

  #chosenFormat(): PixelFormatName {
    const { width, height } = this.framebuffer;
    if (this.#format !== 'auto') return this.#format;
    return 2 * width * height > CAPTURE_BUFFER ? 'rgb332' : 'rgb565';
  }

  #text(text: Uint8Array): void {
    const event = parseCutText(text);
    this.#events.push(event);
    // The first message is empty and says that the channel is there, which is leave to send as well.
    if (event.type === 'data' && (event.acknowledged || event.payload.length === 0)) {
      this.#dataAllowed = true;
      this.#sendNextData();
    }
  }

  #sendNextData(): void {
    const text = this.#dataAllowed ? this.#data.shift() : undefined;
    if (text === undefined) return;
    this.#dataAllowed = false;
    this.#sendText(text);
  }

  #sendText(text: Uint8Array): void {
    if (this.started) this.#outgoing.push(rfbClientMessages.encode({ type: 'ClientCutText', text }));
  }

  #progress(): SessionProgress {
    const state = this.#handshake.state;
    if (state.name === 'channel') return { name: 'opening' };
    if (state.name !== 'started') return { name: 'handshake' };
    const { width, height, complete } = this.framebuffer;
    return { name: 'running', width, height, bytesPerPixel: this.#canvas.colours.bytesPerPixel, seen: complete };
  }

  #drop(drop: RfbDrop): void {
    this.#reportPainted();
    this.#events.push({ type: 'dropped', ...drop });
    this.close();
  }

  #reportPainted(): void {
    if (!this.#damage.none) this.#events.push({ type: 'painted', areas: this.#damage.take() });
  }

  #takeEvents(): RfbEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
