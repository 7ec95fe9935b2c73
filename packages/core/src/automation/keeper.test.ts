import { afterEach, describe, expect, it } from 'vitest';
import { action, type Capability, flag, oneOf, reading, setting, source, text } from '../capabilities/capability.ts';
import { bySource } from '../capabilities/sources.ts';
import { AuthenticationFailed, ConnectFailed, MethodFailed, Refused, TimedOut } from '../errors.ts';
import { logOf } from '../log.ts';
import type { FirmwareInfo, Machine, PowerState } from '../machine/machine.ts';
import { powerSwitch } from './capabilities.ts';
import type { FleetChange } from './changes.ts';
import { createKeeper } from './keeper.ts';
import type { Keeper, KeptMachine, Patience } from './keeping.ts';
import { createPace } from './pace.ts';

const firmware: FirmwareInfo = {
  version: '12.0.67',
  build: '',
  product: 'amt',
  port: 16992,
  tls: false,
  realm: 'Digest:0',
  uuid: 'u-1',
};

/** A machine whose power a test moves by hand. */
class Pretend {
  power: PowerState = 'off';
  commands: string[] = [];
  connections = 0;
  refuse: (() => Error | undefined) | undefined;
  ask: (() => Error | undefined) | undefined;

  connect = async (): Promise<Machine> => {
    this.connections++;
    const problem = this.refuse?.();
    if (problem !== undefined) throw problem;
    return {
      firmware,
      close: async () => {},
      power: {
        state: async () => {
          const failure = this.ask?.();
          if (failure !== undefined) throw failure;
          return this.power;
        },
        request: async (name: string) => {
          const failure = this.ask?.();
          if (failure !== undefined) throw failure;
          this.commands.push(name);
        },
      },
    } as unknown as Machine;
  };
}

const state = source({ refresh: 'seconds', read: (machine) => machine.power.state() });
const power = (name: 'on' | 'off' | 'soft-off' | 'reset') =>
  action({
    id: `power.${name}`,
    title: name,
    effect: 'harmless',
    changes: ['power.state'],
    run: (machine) => machine.power.request(name),
  });
const entries: readonly Capability[] = [
  reading({
    id: 'power.state',
    title: 'Power',
    value: oneOf('on', 'off', 'sleep', 'hibernate', 'unknown', 'turning-on', 'turning-off'),
    from: state,
    pick: (value) => value,
  }),
  { ...powerSwitch, from: state as never },
  power('on'),
  power('off'),
  power('soft-off'),
  power('reset'),
  setting({ id: 'boot.next', title: 'Next', value: flag, from: state, pick: () => undefined, write: async () => {} }),
];
const table = new Map(entries.map((entry) => [entry.id, entry]));

const patience: Patience = {
  pollMs: 5,
  transitionPollMs: 2,
  offlinePollMs: 10,
  slowPollMs: 1000,
  busyRetryMs: 3,
  grace: { hardMs: 60, softMs: 120, settleMs: 10 },
};

const running: Keeper[] = [];
afterEach(async () => {
  for (const keeper of running.splice(0)) await keeper.stop();
});

function keep(
  pretend: Pretend,
  more: Partial<KeptMachine> = {},
  slow: readonly Capability[] = [],
): { keeper: Keeper; changes: FleetChange[] } {
  const whole = new Map([...table, ...slow.map((each) => [each.id, each] as const)]);
  const changes: FleetChange[] = [];
  const keeper = createKeeper(
    {
      name: 'pc',
      host: '127.0.0.1',
      tags: [],
      switchOff: { mode: 'soft-then-hard', afterSeconds: 0.02 },
      connect: pretend.connect,
      ...more,
    },
    {
      table: whole,
      polled: bySource(whole, ['power.state', 'power.switch', ...slow.map(({ id }) => id)]),
      patience: slow.length === 0 ? patience : { ...patience, slowPollMs: 60_000 },
      send: (change) => changes.push(change),
      pace: createPace({ atOnce: 8, besides: 8, waitsMs: 1000 }),
      log: logOf(undefined),
      library: { names: () => [], open: () => Promise.reject(new TypeError('There are no media.')) },
    },
  );
  running.push(keeper);
  return { keeper, changes };
}

const shown = (changes: readonly FleetChange[], id = 'power.state') =>
  changes
    .filter((change) => change.type === 'value' && change.id === id)
    .map((change) => (change as { value: unknown }).value);

const entry = (id: string) => table.get(id) as never;

describe('A kept machine', () => {
  it('shows turning-on until the firmware reports it, and never bounces back', async () => {
    const pretend = new Pretend();
    const { keeper, changes } = keep(pretend);
    keeper.start(0);
    await expect.poll(() => keeper.values.get('power.state')).toBe('off');
    await keeper.run(entry('power.on'), {}, { wait: false });
    expect(keeper.values.get('power.state')).toBe('turning-on');
    expect(keeper.values.get('power.switch')).toBe(true);
    pretend.power = 'on';
    await expect.poll(() => keeper.values.get('power.state')).toBe('on');
    expect(shown(changes)).toEqual(['off', 'turning-on', 'on']);
    expect(shown(changes, 'power.switch')).toEqual([false, true]);
    expect(changes).toContainEqual({
      type: 'transition',
      machine: 'pc',
      id: 'power.on',
      ok: true,
      message: 'pc is on.',
    });
  });

  it('shows the truth again when a change does not come within its grace period', async () => {
    const { keeper, changes } = keep(new Pretend());
    keeper.start(0);
    await expect.poll(() => keeper.values.get('power.state')).toBe('off');
    await expect(keeper.run(entry('power.on'), {}, { wait: true })).rejects.toBeInstanceOf(TimedOut);
    expect(keeper.values.get('power.state')).toBe('off');
    expect(changes.some((change) => change.type === 'transition' && !change.ok)).toBe(true);
  });

  it('waits for the fact also when nobody polls', async () => {
    const pretend = new Pretend();
    const { keeper } = keep(pretend);
    const done = keeper.run(entry('power.on'), {}, { wait: true });
    await expect.poll(() => pretend.commands).toEqual(['on']);
    pretend.power = 'on';
    await done;
    expect(keeper.values.get('power.state')).toBe('on');
  });

  it('is not asked again after a refused login, until somebody asks', async () => {
    const pretend = new Pretend();
    pretend.refuse = () => new AuthenticationFailed('no');
    const { keeper } = keep(pretend);
    keeper.start(0);
    await expect.poll(() => keeper.reachability).toBe('refused');
    const quiet = performance.now() + 40;
    await expect.poll(() => performance.now() > quiet).toBe(true);
    expect(pretend.connections).toBe(1);
    pretend.refuse = undefined;
    await keeper.refresh();
    expect(keeper.reachability).toBe('online');
    expect(pretend.connections).toBe(2);
  });

  it('that vanishes is offline and of unknown power, and comes back by itself', async () => {
    const pretend = new Pretend();
    pretend.power = 'on';
    const { keeper, changes } = keep(pretend);
    keeper.start(0);
    await expect.poll(() => keeper.values.get('power.state')).toBe('on');
    pretend.ask = () => new ConnectFailed('gone');
    pretend.refuse = () => new ConnectFailed('gone');
    await expect.poll(() => keeper.reachability).toBe('offline');
    expect(keeper.values.get('power.state')).toBe('unknown');
    pretend.ask = undefined;
    pretend.refuse = undefined;
    await expect.poll(() => keeper.reachability).toBe('online');
    await expect.poll(() => keeper.values.get('power.state')).toBe('on');
    expect(changes.filter(({ type }) => type === 'identified')).toHaveLength(1);
  });

  it('that is busy is asked once more, and then explained', async () => {
    const pretend = new Pretend();
    let asked = 0;
    pretend.ask = () => {
      asked++;
      return new MethodFailed('pc refused: Busy (ReturnValue 4099).', {
        className: 'CIM_PowerManagementService',
        method: 'RequestPowerStateChange',
        returnValue: 4099,
        returnName: 'Busy',
      });
    };
    const { keeper } = keep(pretend);
    const refused = keeper.run(entry('power.on'), {}, { wait: false });
    await expect(refused).rejects.toMatchObject({ busy: true, hint: expect.stringContaining('Another console') });
    expect(asked).toBe(2);
  });

  it('that is busy while it is connected is asked once more, too', async () => {
    const pretend = new Pretend();
    pretend.refuse = () =>
      pretend.connections === 1 ? new Refused('pc is busy (HTTP 503).', { busy: true }) : undefined;
    const { keeper } = keep(pretend);
    await expect(keeper.machine()).resolves.toBeDefined();
    expect(pretend.connections).toBe(2);
  });

  it('does one thing at a time, in order', async () => {
    const pretend = new Pretend();
    const { keeper } = keep(pretend);
    await Promise.all(['power.on', 'power.reset', 'power.off'].map((id) => keeper.run(entry(id), {}, { wait: false })));
    expect(pretend.commands).toEqual(['on', 'reset', 'off']);
  });
});

describe('The power switch', () => {
  it('off asks the operating system first and cuts the power when it does not follow', async () => {
    const pretend = new Pretend();
    pretend.power = 'on';
    const { keeper } = keep(pretend);
    keeper.start(0);
    await expect.poll(() => keeper.values.get('power.state')).toBe('on');
    await keeper.run(entry('power.switch'), false, { wait: false });
    expect(pretend.commands).toEqual(['soft-off']);
    await expect.poll(() => pretend.commands).toEqual(['soft-off', 'off']);
  });

  it('on again takes the postponed cut back', async () => {
    const pretend = new Pretend();
    pretend.power = 'on';
    const { keeper } = keep(pretend, { switchOff: { mode: 'soft-then-hard', afterSeconds: 0.05 } });
    await keeper.run(entry('power.switch'), false, { wait: false });
    await keeper.run(entry('power.switch'), true, { wait: false });
    const later = performance.now() + 100;
    await expect.poll(() => performance.now() > later).toBe(true);
    expect(pretend.commands).toEqual(['soft-off', 'on']);
  });

  it('that has done its work does not cut the power of the next start', async () => {
    const pretend = new Pretend();
    pretend.power = 'on';
    const { keeper } = keep(pretend, { switchOff: { mode: 'soft-then-hard', afterSeconds: 0.2 } });
    keeper.start(0);
    await expect.poll(() => keeper.values.get('power.state')).toBe('on');
    await keeper.run(entry('power.switch'), false, { wait: false });
    pretend.power = 'off';
    await expect.poll(() => keeper.values.get('power.state')).toBe('off');
    // Somebody presses the button.
    pretend.power = 'on';
    await expect.poll(() => keeper.values.get('power.state')).toBe('on');
    const later = performance.now() + 400;
    await expect.poll(() => performance.now() > later).toBe(true);
    expect(pretend.commands).toEqual(['soft-off']);
  });

  it('leaves a machine its power that sleeps when it cannot be asked', async () => {
    const pretend = new Pretend();
    pretend.power = 'sleep';
    const { keeper } = keep(pretend, { switchOff: { mode: 'soft-then-hard', afterSeconds: 100 } });
    let asked = 0;
    pretend.ask = () => (asked++ === 0 ? new Refused('pc is sleep and cannot shut down now.') : undefined);
    await expect(keeper.run(entry('power.switch'), false, { wait: false })).rejects.toThrow('cannot shut down now');
    expect(pretend.commands).toEqual([]);
  });

  it('cuts the power at once where the operating system cannot be asked', async () => {
    const pretend = new Pretend();
    pretend.power = 'on';
    let first = true;
    const { keeper } = keep(pretend, { switchOff: { mode: 'soft-then-hard', afterSeconds: 100 } });
    pretend.ask = () => {
      if (!first) return undefined;
      first = false;
      return new MethodFailed('no', { className: 'C', method: 'M', returnValue: 4, returnName: 'Failed' });
    };
    await keeper.run(entry('power.switch'), false, { wait: false });
    expect(pretend.commands).toEqual(['off']);
  });
});

describe('A slow reading', () => {
  /** What the machine keeps; how often it was read, and how to hold the first time up. */
  function keptWord() {
    const kept = { word: 'old' as 'old' | 'new', reads: 0, others: 0, go: () => {} };
    const gate = new Promise<void>((resolve) => {
      kept.go = resolve;
    });
    const word = source({
      refresh: 'minutes',
      startChanges: true,
      read: async () => {
        const seen = kept.word;
        if (kept.reads++ === 0) await gate;
        return seen;
      },
    });
    const value = oneOf('old', 'new');
    const write = async (_machine: Machine, now: 'old' | 'new') => {
      kept.word = now;
    };
    const entry = setting({ id: 'alarm.wake', title: 'Wake-up', value, from: word, pick: (now) => now, write });
    const other = source({ refresh: 'minutes', read: async () => `x${++kept.others}` });
    const behind = reading({ id: 'log.last', title: 'Log', value: text(), from: other, pick: (x) => x });
    return { kept, entry, slow: [entry, behind] };
  }

  it('that a start changes is read again when the machine starts, whoever started it, and no other', async () => {
    const pretend = new Pretend();
    const { kept, slow } = keptWord();
    const { keeper } = keep(pretend, {}, slow);
    kept.go();
    keeper.start(0);
    await expect.poll(() => keeper.values.get('log.last')).toBe('x1');
    kept.word = 'new';
    pretend.power = 'on';
    await expect.poll(() => keeper.values.get('alarm.wake')).toBe('new');
    expect(keeper.values.get('log.last')).toBe('x1');
  });

  it('is read again when somebody says that it may be old', async () => {
    const { kept, slow } = keptWord();
    const { keeper } = keep(new Pretend(), {}, slow);
    kept.go();
    keeper.start(0);
    await expect.poll(() => keeper.values.get('log.last')).toBe('x1');
    kept.word = 'new';
    keeper.outdate();
    await expect.poll(() => keeper.values.get('alarm.wake')).toBe('new');
    await expect.poll(() => keeper.values.get('log.last')).toBe('x2');
  });

  it('is read again when it was changed while others were still being read', async () => {
    const { kept, entry: wake, slow } = keptWord();
    const { keeper } = keep(new Pretend(), {}, slow);
    keeper.start(0);
    await expect.poll(() => kept.reads).toBe(1);
    const changed = keeper.run(wake, 'new', { wait: false });
    kept.go();
    await changed;
    await expect.poll(() => keeper.values.get('alarm.wake')).toBe('new');
  });
});
