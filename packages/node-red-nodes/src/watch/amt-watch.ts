/** The node `amt-watch`: tells what changes at the machines of a fleet, as it happens. */
import type { Fleet, FleetChange } from '@amtkit/core/automation';
import { follow } from '../follow.ts';
import type { Message, NodeConfig, Red, RedNode } from '../red.ts';
import { statusLine } from '../status.ts';
import { idFilter, machineFilter } from './filters.ts';
import { currentValues, tellingOf } from './tellings.ts';

interface WatchConfig extends NodeConfig {
  readonly fleet?: string;
  /** Names and `@tags`; empty: all. */
  readonly machines?: string;
  /** Ids of readings and patterns such as `hw.*`; empty: all. */
  readonly ids?: string;
  /** Kinds of changes. @default values and reachability */
  readonly kinds?: readonly string[] | string;
  /** Tell the known values at the start. */
  readonly initial?: boolean;
}

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtWatch(this: RedNode, config: WatchConfig): void {
    RED.nodes.createNode(this, config);
    const status = statusLine(this);
    const wanted = machineFilter(config.machines ?? '');
    const id = idFilter(config.ids ?? '');
    const kinds = kindsOf(config.kinds);
    const tell = (change: FleetChange, fleet: Fleet): void => {
      if (!kinds.has(change.type) || !wanted(change.machine, fleet.machines.get(change.machine)?.tags ?? [])) return;
      if (change.type === 'value' && !id(change.id)) return;
      const msg: Message | undefined = tellingOf(change);
      if (msg === undefined) return;
      this.send(msg);
      if (kinds.has('value')) status.show('green', 'dot', String(msg.topic).slice(0, 20));
    };
    status.show('grey', 'ring', 'waiting');
    follow(RED, this, { fleet: config.fleet }, tell, (fleet) => {
      const count = [...fleet.machines.values()].filter(({ name, tags }) => wanted(name, tags)).length;
      status.show('green', 'ring', `${count} ${count === 1 ? 'machine' : 'machines'}`);
      if (config.initial === true) for (const change of currentValues(fleet)) tell(change, fleet);
    });
    this.on('close', (_removed, done) => {
      status.end();
      done();
    });
  }
  RED.nodes.registerType('amt-watch', AmtWatch);
}

/** Kinds that are told. */
function kindsOf(given: WatchConfig['kinds']): ReadonlySet<string> {
  const list = typeof given === 'string' ? given.split(/[\s,]+/).filter((word) => word !== '') : (given ?? []);
  return new Set(list.length === 0 ? ['value', 'reachability'] : list);
}
