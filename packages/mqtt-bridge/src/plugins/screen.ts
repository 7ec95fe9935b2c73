/**
 * Pictures of screens: whenever somebody asked for one, and again and again where the book says so, as long as somebody
 * subscribes to them, where the broker can tell. Never retained.
 */
import { definePlugin, type FleetMachine, type Plugin } from '@amtkit/core/automation';
import type { BridgeContext } from '../context.ts';

/** How many screens are looked at in the same moment. */
const AT_ONCE = 4;

/** Publishes pictures. */
export function screenPlugin({ topics, fleet, connection, settings, news, log, heard }: BridgeContext): Plugin {
  let seconds: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stopped = new AbortController();
  /** Why no picture can be taken, as it was last told. */
  const problems = new Map<string, string>();
  let round: Promise<unknown> = Promise.resolve();
  let isRunning = false;

  /** As often as the settings say now. */
  function schedule(): void {
    if (seconds === settings.screenshotSeconds) return;
    clearInterval(timer);
    seconds = settings.screenshotSeconds;
    timer = seconds === undefined ? undefined : setInterval(lookAgain, seconds * 1000);
    timer?.unref();
  }

  function lookAgain(): void {
    if (isRunning || !connection.connected) return;
    isRunning = true;
    round = lookAtAll().finally(() => {
      isRunning = false;
    });
  }

  async function lookAtAll(): Promise<void> {
    const names = [...fleet.machines.values()]
      .filter((machine) => isWorthALook(machine) && heard(topics.screenImage(machine.name)) !== false)
      .map(({ name }) => name);
    const worker = async (): Promise<void> => {
      for (let name = names.shift(); name !== undefined && !stopped.signal.aborted; name = names.shift()) {
        await lookAt(name);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async function lookAt(name: string): Promise<void> {
    try {
      await fleet.run(name, 'screen.shot', {}, { by: 'bridge', signal: stopped.signal });
      problems.delete(name);
    } catch (error) {
      const { message } = error as Error;
      if (!stopped.signal.aborted && problems.get(name) !== message) log.warn(`${name}: ${message}`, { machine: name });
      problems.set(name, message);
    }
  }

  return definePlugin({
    name: 'screen',
    setup() {
      schedule();
      const unfollow = news.follow(schedule);
      return async () => {
        unfollow();
        clearInterval(timer);
        stopped.abort(new Error('The bridge stops.'));
        await round;
      };
    },
    changed(change) {
      if (change.type !== 'picture') return;
      connection.publish({ topic: topics.screenImage(change.machine), payload: change.png, perishable: true });
    },
    machineRemoved: ({ machine }) => void problems.delete(machine),
  });
}

/** It is there and on, its screen may be looked at, and nobody does. */
function isWorthALook({ reachability, values }: FleetMachine): boolean {
  const isOn = reachability === 'online' && values.get('power.state') === 'on';
  return isOn && values.get('features.kvm') === true && values.get('features.kvm-in-use') !== true;
}
