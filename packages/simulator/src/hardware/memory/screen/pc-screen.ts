/**
 * The pretend PC's screen: whatever runs on it shows a scene. A scene is made when somebody looks at it for the first time
 * and moves only while somebody does, so that a PC nobody looks at costs nothing.
 */
import type { Clock } from '../../../clock.ts';
import { Canvas } from '../../../drawing/canvas.ts';
import type { Area, Screen, ScreenWatcher } from '../../screen.ts';
import { KeyboardDriver, type KeyPress } from './keyboard.ts';
import { Darkness, type Scene } from './scene.ts';

/** What a person at the keyboard can make of the PC as a whole. */
export interface PcScreenHost {
  /** Ctrl+Alt+Del. */
  restart(): void;
  /** A key, while it sleeps. */
  wake(): void;
}

/** The screen. */
export class PcScreen implements Screen {
  readonly #clock: Clock;
  readonly #host: PcScreenHost;
  readonly #keyboard = new KeyboardDriver();
  readonly #watchers = new Set<ScreenWatcher>();
  #make: () => Scene;
  #scene: Scene | undefined;
  /** In the place of the scene while it is off. */
  #darkness: { readonly scene: Darkness; readonly asleep: boolean } | undefined;
  #stopTicking: (() => void) | undefined;

  /** Dark, until something is shown. */
  constructor(clock: Clock, host: PcScreenHost) {
    [this.#clock, this.#host] = [clock, host];
    this.#make = () => new Darkness({ width: 720, height: 400 });
  }

  get width(): number {
    return this.#current.width;
  }

  get height(): number {
    return this.#current.height;
  }

  get mode(): Screen['mode'] {
    return this.#current.mode;
  }

  read(area: Area, into: Uint32Array): void {
    if (this.#watchers.size === 0) this.#current.tick?.();
    this.#current.paint(new Canvas(area, into));
  }

  async watch(watcher: ScreenWatcher): Promise<() => void> {
    this.#watchers.add(watcher);
    this.#follow();
    return () => {
      this.#watchers.delete(watcher);
      this.#follow();
    };
  }

  key(usage: number, pressed: boolean): void {
    const press = this.#keyboard.event(usage, pressed);
    if (this.#darkness !== undefined) {
      if (this.#darkness.asleep && pressed) this.#host.wake();
    } else if (press !== undefined) this.#pressed(press);
  }

  pointer(x: number, y: number, buttons: number): void {
    if (this.#darkness === undefined) this.#current.pointer?.(x, y, buttons);
    else if (this.#darkness.asleep && buttons !== 0) this.#host.wake();
  }

  /** Shows something else from now on; made only when somebody looks. */
  show(make: () => Scene): void {
    this.#leave();
    this.#make = make;
    this.#scene = undefined;
    this.#darkness = undefined;
    this.#renew();
  }

  /** Dark from now on, as large as before. @param asleep what was shown comes back */
  dark(asleep: boolean): void {
    const { width, height } = this.#current;
    this.#leave();
    this.#darkness = { scene: new Darkness({ width, height }), asleep };
    this.#renew();
  }

  /** What was shown before it slept. */
  light(): void {
    this.#darkness = undefined;
    this.#renew();
  }

  #pressed(press: KeyPress): void {
    if (press.control && press.alt && press.name === 'Delete') this.#host.restart();
    else this.#current.key?.(press);
  }

  get #current(): Scene {
    if (this.#darkness !== undefined) return this.#darkness.scene;
    this.#scene ??= this.#make();
    return this.#scene;
  }

  /** The scene that was shown tells nobody any more. */
  #leave(): void {
    if (this.#scene !== undefined) this.#scene.damaged = undefined;
    this.#keyboard.reset();
  }

  #renew(): void {
    this.#follow();
    for (const { resized } of [...this.#watchers]) resized();
  }

  /** Has the scene tell and move while somebody looks. */
  #follow(): void {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
    if (this.#watchers.size === 0) {
      if (this.#scene !== undefined) this.#scene.damaged = undefined;
      return;
    }
    const scene = this.#current;
    scene.tick?.();
    scene.damaged = (area) => {
      for (const { damaged } of [...this.#watchers]) damaged(area);
    };
    this.#tick(scene);
  }

  #tick(scene: Scene): void {
    if (scene.tickMs === undefined) return;
    this.#stopTicking = this.#clock.after(scene.tickMs, () => {
      scene.tick?.();
      this.#tick(scene);
    });
  }
}
