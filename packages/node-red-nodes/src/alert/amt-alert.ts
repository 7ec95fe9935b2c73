/** The node `amt-alert`: tells what the firmware of machines reports, decoded: starts, faults, changes of its settings. */
import type { Alert, AlertSeverity } from '@amtkit/core/automation';
import { follow } from '../follow.ts';
import type { Message, NodeConfig, Red, RedNode } from '../red.ts';
import { statusLine } from '../status.ts';
import { idFilter, machineFilter } from '../watch/filters.ts';

interface AlertConfig extends NodeConfig {
  readonly fleet?: string;
  /** Names and `@tags`; empty: all. */
  readonly machines?: string;
  /** The least that is told. @default 'info' */
  readonly severity?: AlertSeverity;
  /** Kinds of events and patterns; empty: all. */
  readonly events?: string;
}

/** From the least to the most. */
const SEVERITIES = ['info', 'warning', 'critical'] as const satisfies readonly AlertSeverity[];

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtAlert(this: RedNode, config: AlertConfig): void {
    RED.nodes.createNode(this, config);
    const status = statusLine(this);
    const wanted = machineFilter(config.machines ?? '');
    const event = idFilter(config.events ?? '');
    const least = Math.max(0, SEVERITIES.indexOf(config.severity ?? 'info'));
    status.show('grey', 'ring', 'waiting');
    follow(RED, this, { fleet: config.fleet }, (change, fleet) => {
      if (change.type !== 'alert') return;
      const { machine, alert } = change;
      if (!wanted(machine, fleet.machines.get(machine)?.tags ?? []) || !event(alert.event)) return;
      if (SEVERITIES.indexOf(alert.severity) < least) return;
      this.send(messageOf(machine, alert));
      status.show(alert.severity === 'critical' ? 'red' : 'green', 'dot', `${machine}: ${alert.event}`);
    });
    this.on('close', (_removed, done) => {
      status.end();
      done();
    });
  }
  RED.nodes.registerType('amt-alert', AmtAlert);
}

function messageOf(machine: string, alert: Alert): Message {
  const { event, severity, text } = alert;
  return { topic: `${machine}/alert`, payload: alert, machine, event, severity, text };
}
