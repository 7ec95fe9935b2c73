/** Every command in the log, with what came of it, for those who want to see so much. */
import { definePlugin, type Plugin } from '@amtkit/core/automation';
import type { BridgeContext } from '../context.ts';

/** Tells at the level `debug`. */
export function logPlugin({ log }: BridgeContext): Plugin {
  return definePlugin({
    name: 'log',
    changed(change) {
      if (change.type !== 'result') return;
      const { machine, id, by, transaction, code, message, ms } = change;
      const text = change.ok ? message : `${machine}: ${id}: ${message}`;
      log.debug(text, { machine, action: id, by, transaction, code, ms });
    },
  });
}
