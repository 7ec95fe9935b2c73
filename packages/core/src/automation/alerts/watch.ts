/** Learns of what happens at the machines of a fleet: listeners, and a follower for each machine. */
import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { hostWithPorts, parseHost } from '../../book/hosts.ts';
import type { AmtError } from '../../errors.ts';
import type { Alert } from '../../events/alert.ts';
import { ALERT_PATH, type AlertListener, openAlertListener } from '../../events/alert-listener.ts';
import type { Delivery } from '../../events/indication.ts';
import type { Trap } from '../../events/pet.ts';
import { openTrapListener, type TrapListener } from '../../events/trap-listener.ts';
import type { Log } from '../../log.ts';
import type { Machine } from '../../machine/machine.ts';
import { atOnce, type Limit } from '../at-once.ts';
import type { FleetChange, FleetMachine } from '../changes.ts';
import { isEverywhere, localAddressTowards } from './address.ts';
import { AlertFollower, type FollowerDoor } from './follower.ts';
import { createSenders, type Senders } from './senders.ts';
import { type AlertSettings, defaultAlertPatience } from './settings.ts';

/** What the watch is given by its fleet. */
export interface AlertContext {
  readonly machines: ReadonlyMap<string, FleetMachine>;
  readonly changes: AsyncIterable<FleetChange>;
  /** Works with a machine in its turn. */
  readonly use: <T>(machine: string, work: (machine: Machine) => Promise<T>) => Promise<T>;
  readonly tell: (machine: string, alert: Alert) => void;
  readonly log: Log;
}

/** A watch that runs. */
export interface AlertWatch {
  /** Leaves a machine alone: what was subscribed there is ended. */
  release(machine: string): Promise<void>;
  close(): Promise<void>;
}

/** Machines that are looked at in the same moment. */
const LOOKS_AT_ONCE = 32;
/** Senders of nonsense that are named, one line each. */
const NAMED = 50;

/** Begins to watch. What cannot be listened at is said, and the event logs are read. */
export async function watchAlerts(settings: AlertSettings, context: AlertContext): Promise<AlertWatch> {
  const watch = new Watch(settings, context);
  await watch.listen();
  void watch.follow();
  return watch;
}

class Watch implements AlertWatch {
  readonly #settings: AlertSettings;
  readonly #context: AlertContext;
  readonly #patience;
  readonly #followers = new Map<string, AlertFollower>();
  readonly #limit: Limit = atOnce(LOOKS_AT_ONCE);
  readonly #senders: Senders;
  readonly #named = new Set<string>();
  #listener: AlertListener | undefined;
  #traps: TrapListener | undefined;
  #closed = false;

  constructor(settings: AlertSettings, context: AlertContext) {
    this.#settings = settings;
    this.#context = context;
    this.#patience = { ...defaultAlertPatience, ...settings.patience };
    this.#senders = createSenders(context.machines);
  }

  async listen(): Promise<void> {
    const { listen, tls, petPort } = this.#settings;
    const { log } = this.#context;
    const failed = (error: AmtError) => void log.error([error.message, error.hint].filter(Boolean).join(' '));
    const nonsense = (from: string, sentence: string) => this.#name(from, `${from} sent what is no alert: ${sentence}`);
    if (listen !== undefined) {
      this.#listener = await openAlertListener({ ...listen, tls, nonsense }).catch(failed);
      const { port } = this.#listener ?? {};
      if (port !== undefined) log(`Machines may post alerts to ${hostWithPorts(listen.host, port)}.`);
    }
    if (petPort !== undefined) {
      const received = (trap: Trap, from: string): void => {
        const machine = this.#senders.machineOf(trap, from);
        const follower = machine === undefined ? undefined : this.#followers.get(machine);
        if (follower !== undefined) follower.trapped(trap);
        else this.#name(from, `A trap came from ${from}, which is no machine of ours.`);
      };
      const host = listen?.host ?? '0.0.0.0';
      this.#traps = await openTrapListener({ host, port: petPort, received, nonsense }).catch(failed);
      const { port } = this.#traps ?? {};
      if (port !== undefined) log(`SNMP traps are heard at ${hostWithPorts(host, port)} (UDP).`);
    }
  }

  async follow(): Promise<void> {
    for (const name of this.#context.machines.keys()) this.#follow(name);
    for await (const change of this.#context.changes) {
      if (this.#closed) return;
      if (change.type === 'removed') await this.release(change.machine);
      else if (change.type === 'added') this.#follow(change.machine);
      else if (change.type === 'reachability' && change.reachability === 'online') this.#returned(change.machine);
      else if (change.type === 'identified') this.#returned(change.machine);
    }
  }

  async release(machine: string): Promise<void> {
    const follower = this.#followers.get(machine);
    this.#followers.delete(machine);
    this.#senders.forget(machine);
    await follower?.stop();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const names = [...this.#followers.keys()];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#patience.closeMs);
    });
    await Promise.race([late, Promise.all(names.map((name) => this.release(name)))]);
    clearTimeout(timer);
    await this.#listener?.close();
    await this.#traps?.close();
  }

  #follow(name: string): void {
    if (this.#closed || this.#followers.has(name)) return;
    const { machines, use, tell, log } = this.#context;
    const online = () => machines.get(name)?.reachability === 'online';
    const follower = new AlertFollower({
      machine: name,
      patience: this.#patience,
      online,
      use: (work) => this.#limit(() => use(name, work)),
      tell: (alert) => tell(name, alert),
      log: (line) => log.warn(line, { machine: name }),
      door: this.#listener && ((received) => this.#door(name, this.#listener as AlertListener, received)),
      trapAddress: this.#traps && (() => this.#trapAddress(name)),
    });
    this.#followers.set(name, follower);
    if (online()) this.#returned(name);
  }

  #returned(name: string): void {
    void this.#senders.learn(name);
    this.#followers.get(name)?.returned();
  }

  #door(name: string, listener: AlertListener, received: (delivery: Delivery) => void): FollowerDoor {
    const login = this.#settings.login === true ? { user: name, password: randomBytes(12).toString('hex') } : undefined;
    const { path, close } = listener.open(received, login);
    const scheme = listener.tls ? 'https' : 'http';
    let base: string | undefined;
    return {
      path,
      close,
      login,
      url: async () => {
        const place = await this.#place(name, listener.port);
        base = place && `${scheme}://${place}`;
        return base && `${base}${path}`;
      },
      isOurs: (url) => base !== undefined && url.startsWith(`${base}${ALERT_PATH}`),
    };
  }

  /** Name or address, and port, that a machine finds the listener at. */
  async #place(name: string, port: number): Promise<string | undefined> {
    const { advertise } = this.#settings;
    if (advertise === undefined) {
      const address = await this.#ownAddress(name);
      return address && hostWithPorts(address, port);
    }
    const { host, ports } = parseHost(advertise);
    return hostWithPorts(host, ports?.wsman ?? port);
  }

  /** Our address as a machine sees it. */
  async #ownAddress(name: string): Promise<string | undefined> {
    const { listen } = this.#settings;
    if (listen !== undefined && !isEverywhere(listen.host)) return listen.host;
    return await localAddressTowards(this.#context.machines.get(name)?.host ?? '');
  }

  /** Where traps go: firmware knows addresses of IPv4 only. */
  async #trapAddress(name: string): Promise<string | undefined> {
    const { advertise } = this.#settings;
    const host = advertise === undefined ? await this.#ownAddress(name) : parseHost(advertise).host;
    return host !== undefined && isIPv4(host) ? host : undefined;
  }

  /** Says it once of each sender, and of so many. */
  #name(from: string, line: string): void {
    if (this.#named.has(from) || this.#named.size >= NAMED) return;
    this.#named.add(from);
    this.#context.log.warn(line);
  }
}
