/** The pointer: which buttons are down, as bits of one number. [RFC 6143 §7.5.5] */

/** Bits of `buttons`. A notch of the wheel is a press and a release at the same place. Higher bits mean nothing here. */
export const PointerButton = { left: 1, middle: 2, right: 4, wheelUp: 8, wheelDown: 16 } as const;

/** Every bit that the firmware knows. */
export const ALL_BUTTONS = 31;

/**
 * `MouseEvent.buttons` of a browser as the bits here: it counts the right button before the middle one.
 * Its `button` needs no change: 1 << button.
 */
export function buttonsOfBrowser(buttons: number): number {
  return (buttons & 1) | ((buttons & 4) >> 1) | ((buttons & 2) << 1);
}

/**
 * Masks to send, one after the other at one place, for turning the wheel with other buttons held.
 * @param notches positive: down, towards the user
 */
export function wheelMasks(held: number, notches: number): number[] {
  const bit = notches < 0 ? PointerButton.wheelUp : PointerButton.wheelDown;
  return Array.from({ length: Math.abs(Math.trunc(notches)) }, () => [held | bit, held & ~bit]).flat();
}
