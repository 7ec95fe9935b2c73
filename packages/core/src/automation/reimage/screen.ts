/** The screen of a PC that is being reimaged: who wants it, and what is done with it. */
import { NotSupported } from '../../errors.ts';
import type { ConsentInfo, FeatureState } from '../../machine/machine.ts';
import { pressKeys, typeText } from '../../machine/type-text.ts';
import { openScreenLine, type ScreenLine, type ScreenMachine } from '../screen-line.ts';
import type { ReimagePlan } from './plan.ts';
import type { ReimageNote } from './stages.ts';
import { Stillness } from './stillness.ts';
import { isStill } from './until.ts';

/** The caller wants the screen, or it tells whether the reimage has succeeded. */
export function mustHaveScreen({ screen, until }: ReimagePlan): boolean {
  return screen === true || until.some(isStill);
}

/**
 * Whether the screen is opened: where it must be, and for the key that is pressed, unless somebody looks at it or would
 * have to consent to it for that alone: the serial port takes keys, too.
 * @throws NotSupported where it must be and the machine has none
 */
export function usesScreen(
  plan: ReimagePlan,
  { kvm, kvmInUse }: FeatureState,
  { required, state }: ConsentInfo,
  host: string,
): boolean {
  const must = mustHaveScreen(plan);
  if (must && kvm === undefined) {
    throw new NotSupported(`${host} has no KVM, so its screen cannot be looked at.`, {
      host,
      hint: 'Name another success than a screen that stays as it is: power-off, reboot, or a text on the serial port.',
    });
  }
  const consented = required !== 'kvm' || state === 'received' || state === 'in-session';
  const free = consented && kvmInUse !== true;
  return must || (plan.press !== undefined && plan.pressKey === undefined && kvm !== undefined && free);
}

/** A screen that is looked at and typed at while the PC starts again and again. */
export interface ReimageScreen {
  readonly line: ScreenLine;
  /** Presses a key by the name it has on a serial port, too. @throws ConnectFailed where there is no session */
  press(key: string): Promise<void>;
  /** How long it has shown the same picture, milliseconds. */
  stillMs(now: number): number;
  close(): Promise<void>;
}

/** How soon a lost screen is tried again, at the latest: a loader waits for its key for five seconds, some for less. */
const LONGEST_RETRY_MS = 2_000;

/** Opens it, and goes on trying: a PC that is off has nothing to show yet. @throws what waiting does not cure */
export async function keepScreen(
  reach: (signal?: AbortSignal) => Promise<ScreenMachine>,
  { patience }: ReimagePlan,
  tell: (note: ReimageNote, message: string) => void,
  signal: AbortSignal,
): Promise<ReimageScreen> {
  const { firstRetryMs, longestRetryMs } = patience;
  let seen = false;
  const line: ScreenLine = await openScreenLine(reach, {
    patientStart: true,
    signal,
    patience: { firstRetryMs, longestRetryMs: Math.min(longestRetryMs, LONGEST_RETRY_MS) },
    onEvent: (event) => {
      if (event.type === 'interrupted') {
        seen = true;
        tell('interrupted', `The screen was lost: ${event.error.message}`);
      } else if (event.type === 'waiting') {
        tell('warning', `The screen is not there: ${event.error.message}`);
      } else if (seen) tell('reattached', 'The screen is there again.');
    },
  });
  const stillness = new Stillness();
  return {
    line,
    press: (key) => ([...key].length === 1 ? typeText(line, key, 'us') : pressKeys(line, key)),
    stillMs: (now) => stillness.look(line.framebuffer, now),
    close: () => line.close(),
  };
}
