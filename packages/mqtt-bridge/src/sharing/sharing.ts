/**
 * Several bridges on one broker share the machines of a book: each machine has one owner among those that are online. The
 * owner polls it, carries out its commands, and publishes what it says.
 *
 * Nobody is asked and nobody decides. Every bridge tells its machines (`bridge/<id>/machines`) and that it is online
 * (`bridge/<id>/state`, which the broker changes when the connection breaks), hears the same of the others and of itself,
 * and draws the same conclusion. A bridge alone owns everything.
 */
import type { Incoming, Message } from '../connection/message.ts';
import { OFFLINE, ONLINE } from '../topics.ts';
import { type Claim, claimText, startedFirst } from './claim.ts';
import { untilTaken } from './hand-over.ts';
import { createMembers, type Members } from './members.ts';
import { nobody, type SharingOptions, type SharingUser } from './options.ts';
import { createRoll, type Roll } from './roll.ts';
import { Share } from './share.ts';
import { whyTwo, whyWaiting } from './twins.ts';

/** One bridge among those of its broker: what it hears of them and of itself, from its arrival to its end. */
export class Sharing {
  /** What follows from it. */
  readonly share: Share;
  readonly #options: SharingOptions;
  readonly #members: Members;
  readonly #roll: Roll;
  #announcing = false;
  /** It was settled once, or has waited long enough for a broker. */
  #hasBegun = false;
  #early: Incoming[] = [];
  #grace: NodeJS.Timeout | undefined;
  #echo: NodeJS.Timeout | undefined;
  #user: SharingUser = nobody;

  constructor(options: SharingOptions) {
    const { id, topics, connection, patience, log } = options;
    this.#options = options;
    this.#members = createMembers(id);
    this.share = new Share(options, this.#members);
    this.#roll = createRoll({ topics, connection, mark: this.share.instance, askMs: patience.askMs });
    this.#grace = setTimeout(() => {
      if (this.#hasBegun) return;
      log.warn('No broker was found so far; this bridge looks after all machines of its book.');
      this.#hasBegun = true;
      this.share.takeAll();
    }, patience.graceMs).unref();
  }

  attach(user: SharingUser): void {
    this.#user = user;
    this.share.attach(user);
  }

  /** Filters under which our own messages must come back. */
  get echoed(): readonly string[] {
    return this.#options.topics.bridgeFilters;
  }

  get filters(): readonly string[] {
    return [this.#roll.filter];
  }

  /** Another process has our id: nothing may be said in its name. */
  get isOutdone(): boolean {
    return this.share.phase === 'outdone';
  }

  /**
   * The broker is there, and what it retains was read. `false`: another process has our id, and nothing is to be said.
   */
  async arrive(): Promise<boolean> {
    const { id, log, topics } = this.#options;
    if (this.share.phase === 'leaving') return true;
    const wasThere = this.#hasBegun || this.#members.claimOf(id)?.instance === this.share.instance;
    this.share.phase = 'joining';
    this.#announcing = false;
    if (wasThere) {
      await this.share.foresee();
      return true;
    }
    if (!this.#members.isOnline(id) || !(await this.#roll.answers(id))) return true;
    this.share.phase = 'outdone';
    log.error(whyWaiting(id, topics.bridgeState));
    return false;
  }

  /** Last of all announcements; from when this is taken, its way back is awaited. */
  *online(): Iterable<Message> {
    this.#announcing = true;
    yield { topic: this.#options.topics.bridgeState, payload: ONLINE, retain: true };
    clearTimeout(this.#echo);
    this.#echo = setTimeout(() => this.#goBlind(), this.#options.patience.echoMs).unref();
  }

  /** The broker is gone. What is ours stays ours until it is back. */
  leave(): void {
    clearTimeout(this.#echo);
    if (this.share.phase === 'leaving') return;
    if (this.#hasBegun) clearTimeout(this.#grace);
    if (this.share.phase === 'settled') this.#members.doubt();
    this.share.unanswered.forget();
    this.share.phase = 'away';
    this.#early = [];
  }

  /** A message came in. `true`: it was about sharing and about nothing else. */
  receive(message: Incoming): boolean {
    const { topics, id: self } = this.#options;
    if (this.#roll.receive(message)) return true;
    const of = topics.bridgeIn(message.topic);
    if (of === undefined || (of.path !== 'state' && of.path !== 'machines')) return false;
    const text = Buffer.from(message.payload).toString('utf8');
    if (of.path === 'machines') this.#hearClaim(of.id, text, message.retained);
    else if (of.id === self) this.#hearSelf(text);
    else this.#hearState(of.id, text);
    return true;
  }

  /** A command came before it was known whose it is. */
  early(message: Incoming): void {
    if (this.share.phase !== 'outdone' && this.#early.length < MOST_EARLY) this.#early.push(message);
  }

  /**
   * Hands all machines to the other bridges, and waits until those have taken them, or for as long as is patient.
   * @param proofs of machines that answer: where a new owner tells that it is that
   */
  async handOver(proofs: ReadonlyMap<string, string | undefined>): Promise<void> {
    const { connection, topics, patience } = this.#options;
    const isShared = this.share.phase === 'settled' && connection.connected && this.share.others.length > 0;
    if (this.share.phase !== 'outdone') this.share.phase = 'leaving';
    if (!isShared) return;
    const others = this.share.others;
    const taken = new Map(
      [...proofs].filter(([machine]) => others.some((id) => this.#members.claimOf(id)?.machines.has(machine))),
    );
    this.share.sayClaim();
    await untilTaken(taken, {
      connection,
      topics,
      withinMs: patience.leaveMs,
      isHeld: (machine) => this.share.keeps(machine),
    });
  }

  stop(): void {
    clearTimeout(this.#grace);
    clearTimeout(this.#echo);
    this.share.stop();
    this.#roll.stop();
  }

  #hearState(id: string, payload: string): void {
    const change = this.#members.hearState(id, payload);
    if (change === undefined) return;
    this.share.unanswered.orphan(id, performance.now());
    if (change === 'came') {
      this.#callRoll(id);
      this.share.lookAgainSoon();
    }
    this.share.changed();
  }

  /** Our own word has come back, or somebody says something in our name. */
  #hearSelf(payload: string): void {
    const { id, log, topics } = this.#options;
    this.#members.hearState(id, payload);
    if (payload === ONLINE) {
      const isOurs = this.#members.claimOf(id)?.instance === this.share.instance;
      if (this.share.phase === 'joining' && this.#announcing && isOurs) this.#settle();
      else if (this.share.phase === 'settled') this.share.changed();
      return;
    }
    if (this.share.phase === 'outdone') {
      log.warn(`The other bridge called ${id} is gone; this one goes on.`);
      this.share.phase = 'joining';
      this.#user.again();
    } else if (this.share.phase === 'settled') {
      // The will of an earlier connection, or somebody who took us for gone.
      log.debug(`Somebody says that this bridge is gone (${topics.bridgeState}); it says that it is not.`);
      this.share.sayClaim();
      this.#options.connection.publish({ topic: topics.bridgeState, payload: ONLINE, retain: true });
    }
  }

  #hearClaim(id: string, text: string, retained: boolean): void {
    const { id: self, connection } = this.#options;
    const before = this.#members.claimOf(id);
    if (id === self && before?.instance === this.share.instance) {
      this.#members.hearClaim(id, text);
      const now = this.#members.claimOf(id);
      if (now !== undefined && now.instance !== this.share.instance) {
        // On 3.1.1 a copy that the broker had kept says so.
        const isOld = connection.protocol === '3.1.1' && retained;
        this.#members.hearClaim(id, claimText(before));
        if (!isOld) this.#meetTwin(now);
        return;
      }
    } else this.#members.hearClaim(id, text);
    this.share.changed();
  }

  /** Two processes have one id: the one that started first goes on. */
  #meetTwin(twin: Claim): void {
    const { id, log, topics, connection } = this.#options;
    const stays = startedFirst(this.share.ownClaim(), twin);
    log.error(whyTwo(id, topics.bridgeState, stays));
    if (!stays) {
      this.share.phase = 'outdone';
      this.share.dropAll();
      return;
    }
    this.share.sayClaim();
    connection.publish({ topic: topics.bridgeState, payload: ONLINE, retain: true });
  }

  /** A state that a broker has kept may be that of a bridge that ended together with it. */
  #callRoll(id: string): void {
    const { topics, connection, log } = this.#options;
    void this.#roll.answers(id).then((isThere) => {
      if (isThere || !connection.connected || !this.#members.isOnline(id)) return;
      log.warn(`The bridge ${id} is said to be online and answers nothing; the others take over its machines.`);
      connection.publish({ topic: topics.ofBridge(id, 'state'), payload: OFFLINE, retain: true });
    });
  }

  #settle(): void {
    const { patience, log } = this.#options;
    clearTimeout(this.#echo);
    clearTimeout(this.#grace);
    this.share.phase = 'settled';
    // Also where nobody else is there now: others may have been, and have ended together with the broker.
    if (this.#hasBegun) this.share.outdate();
    this.#hasBegun = true;
    this.#grace = setTimeout(() => {
      for (const id of this.#members.expire()) {
        log.warn(`The bridge ${id} has not come back to the broker; the others take over its machines.`);
        this.share.unanswered.orphan(id, performance.now());
        this.share.changed();
      }
    }, patience.graceMs).unref();
    const early = this.#early;
    this.#early = [];
    void this.share.apply().then(() => {
      // What was heard before was for those who were there; where nobody was, it is for us.
      if (this.share.isSettled) this.#user.settled(this.share.others.length === 0 ? early : []);
    });
  }

  #goBlind(): void {
    const { log, topics, connection } = this.#options;
    if (this.share.phase !== 'joining' || !connection.connected) return;
    const filters = topics.bridgeFilters.join(' and ');
    log.warn(`The broker does not let this bridge read ${filters}; it acts as if it were alone.`);
    this.share.goBlind();
    this.#hearSelf(ONLINE);
  }
}

const MOST_EARLY = 1000;
