/** Pictures of screens: whenever somebody asked for one, and again and again where the book says so. Never retained. */
import type { FleetMachine } from '@amtkit/core/automation';
import type { BridgeContext, BridgeFeature } from '../feature.ts';

/** How many screens are looked at in the same moment. */
const AT_ONCE = 4;

/** Publishes pictures. */
export function screenFeature({ topics, fleet, connection, settings, log }: BridgeContext): BridgeFeature {
  const { screenshotSeconds } = settings;
  const stopped = new AbortController();
  /** Why no picture can be taken, as it was last told. */
  const problems = new Map<string, string>();
  let round: Promise<unknown> = Promise.resolve();
  let isRunning = false;

  const timer =
    screenshotSeconds === undefined
      ? undefined
      : setInterval(() => {
          if (isRunning || !connection.connected) return;
          isRunning = true;
          round = lookAtAll().finally(() => {
            isRunning = false;
          });
        }, screenshotSeconds * 1000);
  timer?.unref();

  async function lookAtAll(): Promise<void> {
    const names = [...fleet.machines.values()].filter(isWorthALook).map(({ name }) => name);
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
      if (!stopped.signal.aborted && problems.get(name) !== message) log(`${name}: ${message}`);
      problems.set(name, message);
    }
  }

  return {
    name: 'screen',
    changed(change) {
      if (change.type === 'removed') problems.delete(change.machine);
      if (change.type !== 'picture') return;
      connection.publish({ topic: topics.screenImage(change.machine), payload: change.png, perishable: true });
    },
    async stop() {
      clearInterval(timer);
      stopped.abort(new Error('The bridge stops.'));
      await round;
    },
  };
}

/** It is there and on, its screen may be looked at, and nobody does. */
function isWorthALook({ reachability, values }: FleetMachine): boolean {
  const isOn = reachability === 'online' && values.get('power.state') === 'on';
  return isOn && values.get('features.kvm') === true && values.get('features.kvm-in-use') !== true;
}
