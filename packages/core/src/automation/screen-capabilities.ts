/** The screen in the table: a picture of it. Looking at it and typing at it are streams, which are not. */
import { action } from '../capabilities/capability.ts';
import { screenshot } from '../machine/screenshot.ts';

/** Entries about the screen. */
export const screenCapabilities = [
  /** Of the session that a reimage has open; else of one that is open for a moment. */
  action({
    id: 'screen.shot',
    title: 'Screenshot',
    effect: 'harmless',
    requires: { reading: 'features.kvm' },
    run: async (machine, _input, { desk, show, signal }) => {
      const given = signal === undefined ? {} : { signal };
      const open = desk.screen();
      const screen = open ?? (await machine.screen({ ...given, keepAwake: false }));
      try {
        const png = await screenshot(screen, given);
        const { width, height } = screen.framebuffer;
        const picture = { png, width, height };
        show(picture);
        return picture;
      } finally {
        if (open === undefined) await screen.close();
      }
    },
  }),
] as const;

/** Their ids. */
export type ScreenCapabilityId = (typeof screenCapabilities)[number]['id'];
