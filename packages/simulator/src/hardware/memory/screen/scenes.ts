/** What the pretend PC's screen shows in the course of a day: self-test, menu, set-up, what programs print, a desktop. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import type { Clock } from '../../../clock.ts';
import type { BootChoice } from '../../hardware.ts';
import { BootMenu } from './boot-menu.ts';
import { Desktop } from './desktop.ts';
import { PcScreen, type PcScreenHost } from './pc-screen.ts';
import { SelfTest } from './post.ts';
import { Darkness } from './scene.ts';
import { SECOND_SIZE, SecondDesktop } from './second-desktop.ts';
import { BiosSetting, type BiosSettings, FIRST_DEVICES, Setup } from './setup.ts';
import { Splash } from './splash.ts';
import { TextMode } from './text-mode.ts';

/** What the scenes have of their PC. */
export interface ScenesHost extends PcScreenHost {
  /** Keys for what runs in text mode, as a terminal reads them. */
  typed(text: string): void;
}

/** What a system with a desktop does. */
export interface SystemHost {
  readonly power: (action: 'off' | 'reset') => void;
  /** Somebody looks at the terminal for the first time: a shell runs at its far end. */
  readonly shell: (port: ByteStream) => void;
}

/** Milliseconds between two looks at how far the self-test is. */
const STEP_MS = 200;

/** The scenes of one PC. */
export class Scenes {
  readonly screen: PcScreen;
  /** The display beside it, where there is one: dark but for what a desktop puts there. */
  readonly second: PcScreen | undefined;
  readonly #clock: Clock;
  readonly #host: ScenesHost;
  readonly #settings: BiosSettings = {};
  #text: TextMode | undefined;
  #post: SelfTest | undefined;
  #request: 'bios' | 'menu' | undefined;

  constructor(clock: Clock, host: ScenesHost, displays: 1 | 2 = 1) {
    [this.#clock, this.#host] = [clock, host];
    this.screen = new PcScreen(clock, host);
    this.second = displays === 2 ? new PcScreen(clock, host) : undefined;
    this.#clear();
  }

  /** The PC is off, or asleep. @param asleep what was shown comes back */
  dark(asleep: boolean): void {
    this.screen.dark(asleep);
    this.second?.dark(asleep);
  }

  /** It shows what it showed before it slept. */
  light(): void {
    this.screen.light();
    this.second?.light();
  }

  /** Where a start begins that nobody wished for otherwise. */
  get firstDevice(): BootChoice {
    return FIRST_DEVICES[this.#settings[BiosSetting.first] ?? 0] ?? 'disk';
  }

  /** What was asked for by a key during the self-test. */
  get request(): 'bios' | 'menu' | undefined {
    return this.#request;
  }

  /** A start begins. @param ms how long the self-test takes */
  begin(ms: number): void {
    const text = new TextMode();
    const menu = (this.#settings[BiosSetting.menu] ?? 0) === 0;
    const post = new SelfTest(text.grid, { quiet: this.#settings[BiosSetting.quiet] === 1, menu });
    const begun = this.#clock.now();
    text.tickMs = STEP_MS;
    text.tick = () => post.advance((this.#clock.now() - begun) / (ms || 1));
    text.typed = ({ name }) => {
      if (name === 'F2' || name === 'Delete') this.#ask('bios', 'Entering set-up ...');
      else if (name === 'F12' && menu) this.#ask('menu', 'Where to start from will be asked ...');
    };
    [this.#text, this.#post, this.#request] = [text, post, undefined];
    this.screen.show(() => text);
    this.#clear();
  }

  /** The self-test is over. What is printed from now on is shown, and keys go to who runs. */
  end(): void {
    const text = this.#text;
    if (text === undefined) return;
    this.#post?.end();
    this.#post = undefined;
    [text.tickMs, text.tick] = [undefined, undefined];
    text.typed = (key) => this.#host.typed(key.text);
  }

  /** Something is printed, as on the serial port. A desktop does not show it. */
  print(text: string): void {
    if (this.#post === undefined) this.#text?.grid.print(text);
  }

  /** Asks where to start from. */
  menu(chosen: (choice: BootChoice) => void): void {
    const text = this.#text;
    if (text === undefined) return;
    const menu = new BootMenu(text.grid, (choice) => {
      text.grid.clear();
      text.typed = (key) => this.#host.typed(key.text);
      chosen(choice);
    });
    text.typed = (key) => menu.key(key);
  }

  /** Enters set-up. @param left when somebody leaves it again */
  setup(left: () => void): void {
    const text = this.#text;
    if (text === undefined) return;
    text.cursor = false;
    const setup = new Setup(text.grid, this.#settings, left);
    text.typed = (key) => setup.key(key);
  }

  /** A system starts, or ends: its name, or what it does, for so many milliseconds. */
  splash(name: string, lasts: number): void {
    this.#text = undefined;
    const begun = this.#clock.now();
    this.screen.show(() => new Splash(this.#clock, name, { begun, lasts }));
    this.#clear();
  }

  /** A system is up. */
  desktop(name: string, host: SystemHost): void {
    this.#text = undefined;
    this.screen.show(() => {
      const [near, far] = memoryPair(['terminal', 'shell']);
      const typed = (text: string) => void near.write(new TextEncoder().encode(text)).catch(() => {});
      const desktop = new Desktop({ clock: this.#clock, name, typed, power: host.power });
      void readInto(desktop, near);
      host.shell(far);
      return desktop;
    });
    this.second?.show(() => new SecondDesktop(name));
  }

  /** Nothing is on the second display. */
  #clear(): void {
    this.second?.show(() => new Darkness(SECOND_SIZE));
  }

  #ask(request: 'bios' | 'menu', note: string): void {
    this.#request = request;
    this.#post?.note(note);
  }
}

async function readInto({ terminal }: Desktop, port: ByteStream): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of port) terminal.print(decoder.decode(chunk, { stream: true }));
  } catch {
    // The shell ended with its PC.
  }
}
