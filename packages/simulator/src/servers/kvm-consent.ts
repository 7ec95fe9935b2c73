/**
 * The person at the machine has to agree before a console sees its screen: until then the console gets a form, into which
 * it types the digits that this person reads out. [REDIR §KVM 13] [AMT: User Consent]
 */
import { requestConsent, screenConsentGiven, submitCode } from '../behaviors/consent.ts';
import { Canvas } from '../drawing/canvas.ts';
import type { Firmware } from '../firmware.ts';
import { type Area, areaOf, type Picture } from '../hardware/screen.ts';
import type { Opener } from '../state.ts';
import type { KvmView } from './kvm-view.ts';

/** Digits of a code. */
const DIGITS = 6;

/** What a gate is made for. */
export interface ConsentGateOptions {
  readonly firmware: Firmware;
  readonly view: KvmView;
  /** Who wants to look. */
  readonly by: Opener;
  /** Seconds the code may take; 0 is no limit. */
  readonly seconds: number;
  /** Ends the connection: nobody agreed. */
  readonly cut: () => void;
}

/** Stands in front of one session. */
export class ConsentGate {
  readonly #options: ConsentGateOptions;
  readonly #stops: (() => void)[] = [];
  #form: ConsentForm | undefined;
  /** Keys that went down while the form was shown. */
  readonly #held = new Set<number>();

  constructor(options: ConsentGateOptions) {
    this.#options = options;
  }

  /** Whether the form is shown; keys are for it then. */
  get closed(): boolean {
    return this.#form !== undefined;
  }

  /** Asks for consent where there is none. False where it cannot be asked for now. */
  begin(): boolean {
    const { firmware, view, by, seconds, cut } = this.#options;
    if (firmware.state.consent.policy === 'none') return true;
    if (!screenConsentGiven(firmware)) {
      if (firmware.state.consent.state === 'not-started' && !requestConsent(firmware, by)) return false;
      this.#form = new ConsentForm(view);
      view.cover(this.#form);
      if (seconds > 0) this.#stops.push(firmware.clock.after(seconds * 1000, () => this.closed && cut()));
    }
    this.#stops.push(firmware.watch(() => this.#follow()));
    return true;
  }

  /** A key; false where it is for the PC. What went down here comes up here, even if the form is gone by then. */
  key(usage: number, pressed: boolean): boolean {
    if (!pressed) return this.#held.delete(usage) || this.closed;
    if (!this.closed) return false;
    this.#held.add(usage);
    this.#typed(usage);
    return true;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #typed(usage: number): void {
    const form = this.#form;
    if (form === undefined) return;
    if (usage === BACKSPACE) form.digits = form.digits.slice(0, -1);
    const digit = digitOf(usage);
    if (digit === undefined) {
      this.#options.view.cover(form);
      return;
    }
    form.digits += digit;
    if (form.digits.length === DIGITS) {
      const { firmware, by } = this.#options;
      form.note = firmware.state.consent.state === 'displayed' ? 'Wrong code' : 'The PC shows no code yet';
      const code = form.digits;
      form.digits = '';
      if (submitCode(firmware, code, by)) return;
    }
    if (this.#form !== undefined) this.#options.view.cover(form);
  }

  /** Consent came, or it is gone: then the session is, too. */
  #follow(): void {
    const { firmware, view, cut } = this.#options;
    if (screenConsentGiven(firmware)) {
      if (this.#form === undefined) return;
      this.#form = undefined;
      view.cover(undefined);
    } else if (firmware.state.consent.state === 'not-started') cut();
  }
}

const BACKSPACE = 0x2a;

/** Digits of the upper row and of the keypad. */
function digitOf(usage: number): string | undefined {
  const place = usage >= 0x59 ? usage - 0x59 : usage - 0x1e;
  return place >= 0 && place < 10 ? String((place + 1) % 10) : undefined;
}

const Tone = { paper: 0x0b1e3d, box: 0x123266, ink: 0xffffff, dim: 0xa8bce0, warning: 0xffc83d } as const;
const BOX = { width: 560, height: 176 } as const;

/** The form, in the middle of a screen of whatever size. */
class ConsentForm implements Picture {
  readonly #size: Pick<Picture, 'width' | 'height'>;
  digits = '';
  note = '';

  constructor(size: Pick<Picture, 'width' | 'height'>) {
    this.#size = size;
  }

  get width(): number {
    return this.#size.width;
  }

  get height(): number {
    return this.#size.height;
  }

  read(area: Area, into: Uint32Array): void {
    const canvas = new Canvas(area, into);
    canvas.fill(areaOf(this), Tone.paper);
    const [x, y] = [(this.width - BOX.width) >> 1, (this.height - BOX.height) >> 1];
    canvas.fill({ x, y, ...BOX }, Tone.box);
    canvas.outline({ x, y, ...BOX }, Tone.dim);
    canvas.text(x + 24, y + 16, 'Intel(R) AMT: consent is needed', { ink: Tone.ink });
    canvas.text(x + 24, y + 48, 'Type the six digits that the screen of the PC shows.', { ink: Tone.dim });
    for (let i = 0; i < DIGITS; i++) {
      const cell = { x: x + 24 + i * 48, y: y + 80, width: 40, height: 48 };
      canvas.outline(cell, Tone.dim);
      canvas.text(cell.x + 12, cell.y + 8, this.digits[i] ?? ' ', { ink: Tone.ink, scale: 2 });
    }
    canvas.text(x + 24, y + 144, this.note, { ink: Tone.warning });
  }
}
