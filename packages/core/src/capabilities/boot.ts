/** Boot overrides. `boot.next` is a memory and lives with the fleet. */
import type { BootTarget } from '../machine/machine.ts';
import { action, type CapabilityContext, flag, list, reading, source, text } from './capability.ts';

const changes = ['boot.next', 'power.state'];

/** What this firmware and BIOS can boot once. */
export const bootTargets = reading({
  id: 'boot.targets',
  title: 'Boot targets',
  value: list<BootTarget>(),
  from: source({ refresh: 'once', read: (machine) => machine.boot.supported() }),
  pick: (targets) => targets,
});

/** Boots once from the network. */
export const bootPxe = boot('pxe', 'Boot from the network');
/** Boots once from the first disk. */
export const bootDisk = boot('disk', 'Boot from disk');
/** Boots once from the machine's own CD drive. */
export const bootCd = boot('cd', 'Boot from CD');
/** Enters BIOS setup once. */
export const bootBios = boot('bios', 'Boot to BIOS setup');
/** Boots once from a redirected CD image. */
export const bootIderCd = boot('ider-cd', 'Boot from the redirected CD');
/** Boots once from a redirected floppy image. */
export const bootIderFloppy = boot('ider-floppy', 'Boot from the redirected floppy');
/** Boots once from an image at an HTTPS address: One-Click Recovery. */
export const bootHttps = action({
  id: 'boot.https',
  title: 'Boot from an HTTPS address',
  effect: 'disruptive',
  changes,
  requires: { reading: 'boot.targets', item: 'https' },
  input: {
    url: text({ maxLength: 300, pattern: 'https://\\S+', like: 'an address that begins with https://' }),
    now: flag,
  },
  run: async (machine, { url, now = false }, context) => {
    await machine.boot.once('https', { url, now, ...signalOf(context) });
    remember(context, 'https', now);
  },
});
/** Boots once into the Windows recovery environment: One-Click Recovery. */
export const bootWinre = boot('winre', 'Boot Windows recovery');
/** Boots once into the local pre-boot application: One-Click Recovery. */
export const bootPba = boot('pba', 'Boot the pre-boot application');

/** Takes a pending override back. */
export const bootClear = action({
  id: 'boot.clear',
  title: 'Clear the boot override',
  effect: 'harmless',
  changes: ['boot.next'],
  run: async (machine, _input, context) => {
    await machine.boot.clear();
    context.memory.set('boot.next', 'none');
  },
});

function boot<const T extends BootTarget>(target: T, title: string) {
  return action({
    id: `boot.${target}`,
    title,
    effect: 'disruptive',
    changes,
    requires: { reading: 'boot.targets', item: target },
    input: { now: flag },
    run: async (machine, { now = false }, context) => {
      await machine.boot.once(target, { now, ...signalOf(context) });
      remember(context, target, now);
    },
  });
}

/** The firmware cannot be asked for a pending override, so this process remembers what it set. */
function remember(context: CapabilityContext, target: BootTarget, now: boolean): void {
  context.memory.set('boot.next', now ? 'none' : target);
}

function signalOf({ signal }: CapabilityContext): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
