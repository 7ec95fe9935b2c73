/**
 * KVM redirection from the firmware's side: the PC's screen, keyboard and mouse on one end, a console on the other.
 * [REDIR §KVM] From the reply that opens the channel on it is RFB and nothing else. [RFC 6143]
 */
import {
  channelMessages,
  type Inbox,
  type PixelFormat,
  PixelFormats,
  ProtocolError,
  type RfbClientMessage,
  RfbEncoding,
  rfbClientMessages,
  rfbServerMessages,
  serverInit,
} from '@amtkit/core/wire';
import { pushNoMore } from '../behaviors/kvm.ts';
import type { ScreenFault } from '../faults.ts';
import type { Firmware } from '../firmware.ts';
import type { Screen } from '../hardware/screen.ts';
import { text } from '../values.ts';
import { ConsentGate } from './kvm-consent.ts';
import { dataIn, emptyData, obey } from './kvm-extensions.ts';
import { ScreenMisfortune } from './kvm-faults.ts';
import { Keyboard } from './kvm-keys.ts';
import { isGrey, servable } from './kvm-pixels.ts';
import { KvmUpdates } from './kvm-updates.ts';
import { DECIMATIONS, KvmView } from './kvm-view.ts';
import type { RedirectedService, Visit } from './redirected-service.ts';
import { RfbHandshake } from './rfb-handshake.ts';
import { Silence } from './silence.ts';
import { vncAnswer, vncChallenge } from './vnc-password.ts';

/** What the firmware calls its screen; viewers know it by this name. */
const NAME = 'Intel(r) AMT KVM';

const SETTINGS = 'IPS_KVMRedirectionSettingData';

/** Somebody looks. */
interface Looking {
  readonly view: KvmView;
  readonly updates: KvmUpdates;
  readonly keyboard: Keyboard;
  readonly gate: ConsentGate;
  readonly stops: readonly (() => void)[];
}

type State =
  | { readonly name: 'waiting' }
  | { readonly name: 'greeting'; readonly handshake: RfbHandshake }
  | ({ readonly name: 'open' } & Looking)
  | { readonly name: 'over' };

/** How a session comes about. */
export interface KvmOptions {
  readonly screen: Screen | undefined;
  readonly fault: ScreenFault | undefined;
  /** In the channel of a redirection session, whose log-in counts, or at port 5900 with a password of its own. @default 'channel' */
  readonly over?: 'channel' | 'port';
}

/** One session. */
export class KvmSession implements RedirectedService {
  readonly #visit: Visit;
  readonly #screen: Screen | undefined;
  readonly #misfortune: ScreenMisfortune;
  #state: State = { name: 'waiting' };
  #silence: Silence | undefined;
  /** The console was told of the data channel. */
  #channelTold = false;

  constructor(visit: Visit, { screen, fault, over = 'channel' }: KvmOptions) {
    this.#visit = visit;
    this.#screen = screen;
    this.#misfortune = new ScreenMisfortune(visit.firmware, fault, () => visit.cut());
    if (over === 'port') this.#greetAtPort();
  }

  next(inbox: Inbox): boolean | Promise<boolean> {
    const state = this.#state;
    switch (state.name) {
      case 'waiting': {
        const message = inbox.next((reader) => channelMessages.decode(reader));
        if (message === undefined) return false;
        this.#record(message);
        if (message.type !== 'OpenKvmChannel') throw new ProtocolError('A console sent the reply to opening KVM.');
        this.#greet();
        return true;
      }
      case 'greeting': {
        if (!state.handshake.next(inbox)) return false;
        const { welcome } = state.handshake;
        if (welcome === false) this.#visit.leave();
        return welcome === true ? this.#look().then(() => true) : true;
      }
      case 'open': {
        const message = inbox.next((reader) => rfbClientMessages.decode(reader));
        if (message === undefined) return false;
        this.#record(message);
        this.#handle(message, state);
        return true;
      }
      case 'over':
        return false;
    }
  }

  end(): void {
    const state = this.#state;
    this.#state = { name: 'over' };
    this.#silence?.stop();
    if (state.name !== 'open') return;
    state.updates.stop();
    state.keyboard.releaseAll();
    for (const stop of state.stops) stop();
    pushNoMore(this.#visit.firmware);
  }

  /** The reply and the version leave as one. */
  #greet(): void {
    const { firmware, outbox } = this.#visit;
    this.#visit.opened();
    const handshake = new RfbHandshake({
      version: firmware.quirks.kvmVersion,
      send: (bytes) => void outbox.send(bytes),
    });
    const reply = channelMessages.encode({ type: 'OpenKvmChannelReply' });
    void outbox.send(Uint8Array.of(...reply, ...handshake.greeting));
    this.#state = { name: 'greeting', handshake };
  }

  /** RFB comes first and last, and asks for the password. */
  #greetAtPort(): void {
    const { firmware, outbox } = this.#visit;
    const handshake = new RfbHandshake({
      version: firmware.quirks.kvmVersion,
      send: (bytes) => void outbox.send(bytes),
      password: {
        challenge: () => vncChallenge(firmware.random),
        right: (answer, challenge) => {
          const right = Buffer.compare(answer, vncAnswer(firmware.state.kvm.password ?? '', challenge)) === 0;
          if (right) this.#visit.opened();
          else this.#visit.refused?.();
          return right;
        },
      },
    });
    void outbox.send(handshake.greeting);
    this.#state = { name: 'greeting', handshake };
  }

  /** Captures the screen and tells its size. Without a screen there is nothing to capture, and no word for that. */
  async #look(): Promise<void> {
    const { firmware, outbox } = this.#visit;
    if (this.#screen === undefined || this.#misfortune.is('no-display')) {
      this.#visit.cut();
      return;
    }
    const view = new KvmView(
      this.#screen,
      {
        damaged: (area) => this.#looking?.updates.damaged(area),
        resized: () => this.#looking?.updates.resized(),
      },
      initialDecimation(firmware),
    );
    const stop = await view.open();
    if (this.#state.name !== 'greeting') {
      stop();
      return;
    }
    const gate = new ConsentGate({
      ...{ firmware, view, by: this.#visit.by, cut: () => this.#visit.cut() },
      seconds: Number(setting(firmware, 'OptInPolicyTimeout')),
    });
    view.black = this.#misfortune.is('black');
    if (!gate.begin()) {
      stop();
      this.#visit.cut();
      return;
    }
    const { width, height } = view;
    const name = new TextEncoder().encode(NAME);
    void outbox.send(serverInit.encode({ width, height, ...PixelFormats.rgb565, name }));
    const keyboard = new Keyboard((usage, down) => {
      if (!gate.key(usage, down)) this.#screen?.key(usage, down);
    }, firmware.quirks.kvmShifts);
    const updates = new KvmUpdates({
      ...{ firmware, outbox, picture: view, misfortune: this.#misfortune },
      cut: () => this.#visit.cut(),
    });
    this.#state = { name: 'open', view, updates, keyboard, gate, stops: [stop, () => gate.stop()] };
    const minutes = Number(setting(firmware, 'SessionTimeout'));
    if (minutes > 0) this.#silence = new Silence(firmware.clock, minutes * 60_000, () => this.#visit.cut());
  }

  get #looking(): Looking | undefined {
    return this.#state.name === 'open' ? this.#state : undefined;
  }

  #handle(message: RfbClientMessage, { view, updates, keyboard, gate }: Looking): void {
    switch (message.type) {
      case 'SetPixelFormat':
        this.#setFormat(message, updates);
        return;
      case 'SetEncodings':
        updates.setEncodings(message.encodings);
        this.#tellOfChannel(message.encodings);
        return;
      case 'FramebufferUpdateRequest':
        updates.request(message.incremental !== 0, message);
        return;
      case 'KeyEvent':
        this.#silence?.heard();
        keyboard.event(message.keysym, message.down !== 0);
        return;
      case 'PointerEvent':
        this.#silence?.heard();
        if (!gate.closed) view.pointer(message.x, message.y, message.buttons);
        return;
      case 'ClientCutText':
        this.#silence?.heard();
        this.#cutText(message.text, view, updates);
    }
  }

  /** Formats it does not know end the session, with a bell and without a word. */
  #setFormat(format: PixelFormat, updates: KvmUpdates): void {
    const { firmware, outbox } = this.#visit;
    const greyKnown = setting(firmware, 'GrayscalePixelFormatSupported') === 'true';
    if (servable(format) && (greyKnown || !isGrey(format))) {
      updates.setFormat(format);
      return;
    }
    void outbox.send(rfbServerMessages.encode({ type: 'Bell' })).then(() => this.#visit.cut());
  }

  /** There is a channel: an empty message says so, once. */
  #tellOfChannel(encodings: readonly number[]): void {
    const wanted = encodings.includes(RfbEncoding.KvmDataChannel) && this.#visit.firmware.quirks.kvmDataChannel;
    if (!wanted || this.#channelTold) return;
    this.#channelTold = true;
    this.#tell(emptyData(false));
  }

  /** A command, data for a program on the PC, of which there is none that listens, or a clipboard for nobody. */
  #cutText(sent: Uint8Array, view: KvmView, updates: KvmUpdates): void {
    const { firmware } = this.#visit;
    if (dataIn(sent) !== undefined) {
      if (this.#channelTold) this.#tell(emptyData(true));
      return;
    }
    if (!firmware.quirks.kvmExtensions) return;
    const switches = {
      get decimation() {
        return view.decimation;
      },
      set decimation(mode) {
        view.decimation = mode;
      },
      get halved() {
        return view.halved;
      },
      get deflating() {
        return updates.deflating;
      },
      set deflating(on) {
        updates.deflating = on;
      },
    };
    const reply = obey(sent, switches);
    if (reply !== undefined) this.#tell(reply);
  }

  #tell(said: Uint8Array): void {
    void this.#visit.outbox.send(rfbServerMessages.encode({ type: 'ServerCutText', text: said }));
  }

  #record(message: Parameters<Visit['recorder']['addMessage']>[2]): void {
    this.#visit.recorder.addMessage(this.#visit.number, 'kvm', message);
  }
}

/** Where it is not known, nothing is ever halved. */
function initialDecimation(firmware: Firmware) {
  return DECIMATIONS[Number(setting(firmware, 'InitialDecimationModeForLowRes')) - 1] ?? 'off';
}

function setting(firmware: Firmware, property: string): string {
  const [settings = {}] = firmware.instances(SETTINGS) ?? [];
  return text(settings[property]);
}
