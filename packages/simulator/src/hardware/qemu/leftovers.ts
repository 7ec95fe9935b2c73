/** What must not outlive this process: other processes, files. Also when it ends by a signal or an error of its own. */

const leftovers = new Set<() => void>();

/** Calls `remove` when this process ends. The returned function forgets it. */
export function leaveNothing(remove: () => void): () => void {
  if (leftovers.size === 0) watch();
  leftovers.add(remove);
  return () => {
    if (leftovers.delete(remove) && leftovers.size === 0) unwatch();
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function watch(): void {
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.on(signal, ended);
}

function unwatch(): void {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, ended);
}

/** Without a listener the signal would have ended the process; another listener ends it in its own time. */
function ended(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unwatch();
  process.kill(process.pid, signal);
}

function removeAll(): void {
  for (const remove of leftovers) {
    try {
      remove();
    } catch {
      // The others still have to go.
    }
  }
}
