/**
 * Words for systemd, where it has started us as a service of the type `notify`. Elsewhere nothing is said. Node has no
 * datagram sockets in the file system, so `systemd-notify`, which comes with systemd, carries them.
 */
import { execFile } from 'node:child_process';

/** What a service manager may be told. */
export interface ServiceState {
  /** It works now; without this, only the status changes. */
  readonly ready?: true;
  readonly stopping?: true;
  /** One sentence, which `systemctl status` shows. */
  readonly status: string;
}

/** Tells it; resolves when it was told, and never rejects. */
export function tellServiceManager(state: ServiceState, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!env.NOTIFY_SOCKET) return Promise.resolve();
  const words = [
    ...(state.ready === true ? ['READY=1'] : []),
    ...(state.stopping === true ? ['STOPPING=1'] : []),
    `STATUS=${state.status}`,
  ];
  return new Promise((resolve) => {
    execFile('systemd-notify', words, { env, timeout: 5000 }, () => resolve());
  });
}
