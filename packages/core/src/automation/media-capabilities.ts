/** Media and reimages in the table: what is attached, what is installed, and the buttons for both. */
import {
  action,
  flag,
  integer,
  list,
  number,
  oneOf,
  optional,
  reading,
  record,
  setting,
  source,
  text,
} from '../capabilities/capability.ts';
import { REIMAGE_STAGES } from './reimage/stages.ts';

/** Known to the desk: the machine is not asked. */
const media = source({ refresh: 'seconds', local: true, read: async (_machine, { desk }) => desk.media() });
const reimage = source({ refresh: 'seconds', local: true, read: async (_machine, { desk }) => desk.reimage() });
const library = source({
  refresh: 'seconds',
  local: true,
  read: async (_machine, { desk }) => ({ names: desk.library(), selected: desk.selected() ?? 'none' }),
});

/** As the library has it; the library of a shell has what was typed there, a path or a URL. */
const mediaName = optional(text({ maxLength: 4096 }));

/** Entries about media. `none` stands where nothing is, since an empty value is no value on some surfaces. */
export const mediaCapabilities = [
  reading({ id: 'media.library', title: 'Media', value: list<string>(), from: library, pick: ({ names }) => names }),
  setting({
    id: 'media.selected',
    title: 'Selected medium',
    value: text({ maxLength: 255 }),
    from: library,
    pick: ({ selected }) => selected,
    write: async (_machine, name, { desk }) => desk.select(name),
  }),
  reading({ id: 'media.attached', title: 'Attached', value: text(), from: media, pick: ({ attached }) => attached }),
  reading({
    id: 'media.in-use',
    title: 'Storage redirection in use',
    value: flag,
    from: media,
    pick: ({ attached }) => attached !== 'none',
  }),
  reading({
    id: 'media.rate',
    title: 'Media rate',
    value: number({ unit: 'MB/s' }),
    from: media,
    pick: ({ megabytesPerSecond }) => megabytesPerSecond,
  }),
  reading({
    id: 'media.read',
    title: 'Read from media',
    value: number({ unit: 'MB' }),
    from: media,
    pick: ({ megabytesRead }) => megabytesRead,
  }),
  action({
    id: 'media.attach',
    title: 'Attach medium',
    effect: 'harmless',
    local: true,
    changes: ['media.attached'],
    input: { media: mediaName, floppy: mediaName, start: optional(oneOf('onreboot', 'graceful', 'now')) },
    run: (_machine, request, { desk, signal }) => desk.attach(request, signal),
  }),
  action({
    id: 'media.eject',
    title: 'Eject medium',
    effect: 'disruptive',
    local: true,
    changes: ['media.attached'],
    run: (_machine, _input, { desk }) => desk.eject(),
  }),
] as const;

/** Entries about reimages. */
export const reimageCapabilities = [
  reading({
    id: 'reimage.stage',
    title: 'Reimage',
    value: oneOf('none', ...REIMAGE_STAGES),
    from: reimage,
    pick: ({ stage }) => stage as 'none' | (typeof REIMAGE_STAGES)[number],
  }),
  reading({
    id: 'reimage.progress',
    title: 'Reimage progress',
    value: record({
      percent: number({ unit: '%' }),
      megabytesPerSecond: number({ unit: 'MB/s' }),
      sectors: integer(),
      bytes: integer({ unit: 'B' }),
    }),
    from: reimage,
    pick: ({ progress }) => progress,
  }),
  reading({
    id: 'reimage.rate',
    title: 'Reimage rate',
    value: number({ unit: 'MB/s' }),
    from: reimage,
    pick: ({ progress }) => progress.megabytesPerSecond,
  }),
  reading({
    id: 'reimage.message',
    title: 'Reimage message',
    value: text(),
    from: reimage,
    pick: ({ message }) => message || 'none',
  }),
  action({
    id: 'reimage.start',
    title: 'Reimage',
    effect: 'destructive',
    local: true,
    begins: true,
    changes: ['reimage.stage', 'media.attached'],
    input: {
      media: mediaName,
      floppy: mediaName,
      until: optional(text()),
      press: optional(text({ maxLength: 20 })),
      minutes: optional(number({ min: 0.01, max: 10_080 })),
      restore: flag,
      serial: flag,
    },
    run: (_machine, request, { desk, signal, transaction }) => desk.startReimage(request, transaction, signal),
  }),
  action({
    id: 'reimage.cancel',
    title: 'Cancel reimage',
    effect: 'disruptive',
    local: true,
    changes: ['reimage.stage', 'media.attached'],
    run: (_machine, _input, { desk }) => desk.cancelReimage(),
  }),
] as const;

/** Their ids. */
export type MediaCapabilityId = (typeof mediaCapabilities | typeof reimageCapabilities)[number]['id'];
