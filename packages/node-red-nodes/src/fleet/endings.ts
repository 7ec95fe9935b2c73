/** Why nodes end: Node-RED does not tell them whether flows are deployed anew or end for good, but its events do. */
import type { Red } from '../red.ts';
import type { Ending } from './pool.ts';

/** Says why a node that is closed now ends. */
export type EndingOf = (removed: boolean) => Ending;

/** Follows the events of one Node-RED. A deploy brings another configuration before it stops what runs; an end does not. */
export function followEndings(events: Red['events']): EndingOf {
  let running: unknown;
  let stopping = false;
  events.on('flows:starting', ({ config }) => {
    running = config;
    stopping = false;
  });
  events.on('flows:stopping', ({ config }) => {
    stopping = config === running;
  });
  return (removed) => (stopping ? 'stop' : removed ? 'removed' : 'deploy');
}
