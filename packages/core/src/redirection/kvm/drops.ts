/**
 * Why a screen session ended. The firmware just closes; how far the session was says what it may have meant.
 * [REDIR §KVM 3.4, 5.5, 7, 14]
 */

/** Bytes of one picture that the firmware of most releases can hold. A rule of thumb: some hold more. [REDIR §KVM 5.5] */
export const CAPTURE_BUFFER = 9_216_000;

/**
 * `refused`: it said why. `no-channel`: closed before RFB began. `no-display`: before it told of a screen. `too-large`:
 * at the first picture, which is more than it can hold. `no-picture`: at the first picture all the same.
 * `ended`: later.
 */
export type DropCause = 'refused' | 'no-channel' | 'no-display' | 'too-large' | 'no-picture' | 'ended';

/** An end, and a sentence about it. */
export interface RfbDrop {
  readonly cause: DropCause;
  readonly reason: string;
}

/** How far a session was. */
export type SessionProgress =
  | { readonly name: 'opening' | 'handshake' }
  | { readonly name: 'refused'; readonly reason: string }
  | {
      readonly name: 'running';
      readonly width: number;
      readonly height: number;
      readonly bytesPerPixel: number;
      /** A whole picture of this size came. */
      readonly seen: boolean;
    };

/** What an end at this point means. */
export function whyDropped(progress: SessionProgress): RfbDrop {
  switch (progress.name) {
    case 'opening':
      return {
        cause: 'no-channel',
        reason: 'The firmware closed the session before it opened the screen: KVM may have just been switched off.',
      };
    case 'handshake':
      return {
        cause: 'no-display',
        reason:
          'The firmware closed the session before it told of a screen: no monitor is attached, the picture comes from a graphics card it cannot read, or the firmware shows its own setup.',
      };
    case 'refused':
      return { cause: 'refused', reason: `The firmware refused the screen: ${progress.reason}.` };
    case 'running':
      return progress.seen ? ENDED : beforePicture(progress);
  }
}

const ENDED: RfbDrop = {
  cause: 'ended',
  reason:
    'The firmware closed the session: the PC is changing its screen mode or its power, nobody pressed a key for some minutes, or somebody at the PC ended it.',
};

function beforePicture({ width, height, bytesPerPixel }: SessionProgress & { name: 'running' }): RfbDrop {
  const size = `${width} × ${height}`;
  if (width * height * bytesPerPixel > CAPTURE_BUFFER) {
    return {
      cause: 'too-large',
      reason: `The firmware closed the session before the first picture: the display of ${size} needs more than its buffer holds at ${8 * bytesPerPixel} bits a pixel. ${bytesPerPixel > 1 ? 'Lower the depth to 8 bits.' : 'Lower the resolution of the PC.'}`,
    };
  }
  return {
    cause: 'no-picture',
    reason: `The firmware closed the session before the first picture of ${size}: the PC is changing its screen mode, or its display is off.`,
  };
}
