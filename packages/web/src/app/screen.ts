/** The picture: noVNC, connected again whenever it is cut off. */
import RFB from '@novnc/novnc';
import { paths } from '../messages.ts';
import { element } from './elements.ts';
import type { Session } from './session.ts';

/** The picture in the page. */
export interface Picture {
  /** Keys go to the machine. */
  focus(): void;
  /** Keys go to the page again; what was held is let go. */
  blur(): void;
  /** Scaled to the window, or one pixel as one. */
  scale(fits: boolean): void;
  /** What it shows, as PNG. */
  shot(): Promise<Blob>;
}

/** Between two tries. */
const RETRY_MS = 1500;

/** Shows it. @param onChange called when there is a picture, and when there is none */
export function showScreen(session: Session, onChange: (connected: boolean) => void): Picture {
  const target = element('screen', HTMLElement);
  let rfb: RFB;
  let fits = true;
  let focused = true;

  const connect = (): void => {
    rfb = new RFB(target, session.socket(paths.screen), { shared: true });
    rfb.background = '#000';
    rfb.showDotCursor = true;
    apply();
    rfb.addEventListener('connect', () => {
      onChange(true);
      if (focused) rfb.focus();
    });
    rfb.addEventListener('disconnect', () => {
      onChange(false);
      setTimeout(connect, RETRY_MS);
    });
  };
  const apply = (): void => {
    rfb.scaleViewport = fits;
    rfb.clipViewport = !fits;
    rfb.dragViewport = false;
  };
  connect();
  return {
    focus: () => {
      focused = true;
      rfb.focus();
    },
    blur: () => {
      focused = false;
      rfb.blur();
    },
    scale: (wanted) => {
      fits = wanted;
      apply();
    },
    shot: () => new Promise((resolve) => rfb.toBlob(resolve, 'image/png')),
  };
}
