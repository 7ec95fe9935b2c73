/**
 * Several bridges on one broker share the machines of a book: each machine has one owner among those that are online. The
 * owner polls it, carries out its commands, and publishes what it says.
 *
 * Nobody is asked and nobody decides. Every bridge tells its machines (`bridge/<id>/machines`) and that it is online
 * (`bridge/<id>/state`, which the broker changes when the connection breaks), hears the same of the others and of itself,
 * and draws the same conclusion. A bridge alone owns everything.
 */
import { randomBytes } from 'node:crypto';
import type { Incoming, Message } from '../connection/message.ts';
import { OFFLINE, ONLINE } from '../topics.ts';
import { type Claim, claimText, startedFirst } from './claim.ts';
import { untilTaken } from './hand-over.ts';
import { createHolds } from './holds.ts';
import { createMembers, type Members } from './members.ts';
import { nobody, type Phase, type SharingOptions, type SharingUser } from './options.ts';
import { ranked } from './owners.ts';
import { createRoll, type Roll } from './roll.ts';
import { whyTwo, whyWaiting } from './twins.ts';
import { createUnanswered, type LeftCommand, type Unanswered } from './unanswered.ts';

/** The share of one bridge. */
export class Sharing {
  readonly unanswered: Unanswered;
  readonly #options: SharingOptions;
  readonly #members: Members;
  readonly #roll: Roll;
  readonly #instance = randomBytes(8).toString('hex');
  /** Machines that this bridge looks after. */
  #mine: ReadonlySet<string> = new Set();
  /** Machines of the book that the others were told of. */
  #claimed: ReadonlySet<string> = new Set();
  /** Machines that another bridge had since they were last told, and may have changed. */
  readonly #shaken = new Set<string>();
  readonly #holds = createHolds((machine) => this.#user.isBusy(machine));
  #phase: Phase = 'away';
  #announcing = false;
  /** It was settled once, or has waited long enough for a broker. */
  #hasBegun = false;
  /** Our own messages do not come back. */
  #isBlind = false;
  #early: Incoming[] = [];
  #applying: Promise<void> | undefined;
  #isStale = false;
  #collect: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #echo: NodeJS.Timeout | undefined;
  #lookAgain: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  #user: SharingUser = nobody;

  constructor(options: SharingOptions) {
    const { id, topics, connection, patience, log } = options;
    this.#options = options;
    this.#members = createMembers(id);
    this.unanswered = createUnanswered(patience);
    this.#roll = createRoll({ topics, connection, mark: this.#instance, askMs: patience.askMs });
    this.#grace = setTimeout(() => {
      if (this.#hasBegun) return;
      log.warn('No broker was found so far; this bridge looks after all machines of its book.');
      this.#hasBegun = true;
      this.#mine = new Set(options.book.machines.keys());
      void this.apply();
    }, patience.graceMs).unref();
    this.#watch = setInterval(() => {
      if (this.isSettled && this.#holds.release()) this.#sayClaim();
    }, patience.holdMs).unref();
  }

  attach(user: SharingUser): void {
    this.#user = user;
  }

  /** Filters under which our own messages must come back. */
  get echoed(): readonly string[] {
    return this.#options.topics.bridgeFilters;
  }

  get filters(): readonly string[] {
    return [this.#roll.filter];
  }

  /** Other bridges that are online, by id. */
  get others(): readonly string[] {
    return this.#members.online().filter((id) => id !== this.#options.id);
  }

  get isSettled(): boolean {
    return this.#phase === 'settled' || this.#phase === 'leaving';
  }

  /** Another process has our id: nothing may be said in its name. */
  get isOutdone(): boolean {
    return this.#phase === 'outdone';
  }

  /** How long answers are kept while the broker is away: later, others have answered in our place. */
  get answersKeptMs(): number | undefined {
    return this.others.length === 0 ? undefined : this.#options.patience.orphanMs * 0.8;
  }

  /** Between the turns of those that may speak for a bridge that has ended. */
  get speakMs(): number {
    return this.#options.patience.speakMs;
  }

  /** Whether a command for a machine is for this bridge. */
  owns(machine: string): boolean {
    return this.isSettled && this.#members.ownerOf(machine) === this.#options.id;
  }

  /** Whether the fleet is to have a machine of the book. One that nobody was told of is new there. */
  wants(machine: string): boolean {
    if (!this.#claimed.has(machine) && this.isSettled) this.bookChanged();
    return this.#mine.has(machine);
  }

  /** The owner of a machine, as far as it is known. */
  ownerOf(machine: string): string | undefined {
    return this.#members.ownerOf(machine);
  }

  /**
   * Whether this bridge is to speak for one that has ended with a command in its hands. Each of those that are left comes
   * to its turn, as it might not have heard the command.
   */
  speaksFor({ machine }: LeftCommand, overdueMs: number): boolean {
    const turn = ranked(machine, this.#members.online()).indexOf(this.#options.id);
    return this.isSettled && turn >= 0 && overdueMs >= turn * this.#options.patience.speakMs;
  }

  /** Keeps a machine until the returned function is called: a command for it is in hand. */
  hold(machine: string): () => void {
    return this.#holds.take(machine);
  }

  /**
   * The broker is there, and what it retains was read. `false`: another process has our id, and nothing is to be said.
   */
  async arrive(): Promise<boolean> {
    const { id, log, topics } = this.#options;
    if (this.#phase === 'leaving') return true;
    const wasThere = this.#hasBegun || this.#members.claimOf(id)?.instance === this.#instance;
    this.#phase = 'joining';
    this.#announcing = false;
    if (wasThere) return await this.#foresee();
    if (!this.#members.isOnline(id) || !(await this.#roll.answers(id))) return true;
    this.#phase = 'outdone';
    log.error(whyWaiting(id, topics.bridgeState));
    return false;
  }

  /** Machines that went to others meanwhile are theirs, and are not announced. */
  async #foresee(): Promise<true> {
    const { id } = this.#options;
    const left = [...this.#mine].filter((each) => this.#members.ownerOf(each, id) === id || this.#holds.isBusy(each));
    this.#mine = new Set(left);
    await this.apply();
    return true;
  }

  /** First of all announcements. */
  claim(): Message {
    return { topic: this.#options.topics.bridgeMachines, payload: claimText(this.#ownClaim()), retain: true };
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
    if (this.#phase === 'leaving') return;
    if (this.#hasBegun) clearTimeout(this.#grace);
    if (this.#phase === 'settled') this.#members.doubt();
    this.unanswered.forget();
    this.#phase = 'away';
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
    if (this.#phase !== 'outdone' && this.#early.length < MOST_EARLY) this.#early.push(message);
  }

  /** The book has other machines now. */
  bookChanged(): void {
    if (this.isSettled) this.#sayClaim();
    else this.#changed();
  }

  /** The fleet has what is ours by now. */
  apply(): Promise<void> {
    this.#isStale = true;
    this.#applying ??= this.#applyAll().finally(() => {
      this.#applying = undefined;
    });
    return this.#applying;
  }

  /**
   * Hands all machines to the other bridges, and waits until those have taken them, or for as long as is patient.
   * @param proofs of machines that answer: where a new owner tells that it is that
   */
  async handOver(proofs: ReadonlyMap<string, string | undefined>): Promise<void> {
    const { connection, topics, patience } = this.#options;
    const isShared = this.#phase === 'settled' && connection.connected && this.others.length > 0;
    if (this.#phase !== 'outdone') this.#phase = 'leaving';
    if (!isShared) return;
    const others = this.others;
    const taken = new Map(
      [...proofs].filter(([machine]) => others.some((id) => this.#members.claimOf(id)?.machines.has(machine))),
    );
    this.#sayClaim();
    await untilTaken(taken, {
      connection,
      topics,
      withinMs: patience.leaveMs,
      isHeld: (machine) => this.#holds.kept.has(machine),
    });
  }

  stop(): void {
    for (const timer of [this.#collect, this.#grace, this.#echo, this.#lookAgain]) clearTimeout(timer);
    clearInterval(this.#watch);
    this.#roll.stop();
  }

  // — what is heard —

  #hearState(id: string, payload: string): void {
    const change = this.#members.hearState(id, payload);
    if (change === undefined) return;
    this.unanswered.orphan(id, performance.now());
    if (change === 'came') {
      this.#callRoll(id);
      this.#lookAgainSoon();
    }
    this.#changed();
  }

  /** Our own word has come back, or somebody says something in our name. */
  #hearSelf(payload: string): void {
    const { id, log, topics } = this.#options;
    this.#members.hearState(id, payload);
    if (payload === ONLINE) {
      const isOurs = this.#members.claimOf(id)?.instance === this.#instance;
      if (this.#phase === 'joining' && this.#announcing && isOurs) this.#settle();
      else if (this.#phase === 'settled') this.#changed();
      return;
    }
    if (this.#phase === 'outdone') {
      log.warn(`The other bridge called ${id} is gone; this one goes on.`);
      this.#phase = 'joining';
      this.#user.again();
    } else if (this.#phase === 'settled') {
      // The will of an earlier connection, or somebody who took us for gone.
      log.debug(`Somebody says that this bridge is gone (${topics.bridgeState}); it says that it is not.`);
      this.#sayClaim();
      this.#options.connection.publish({ topic: topics.bridgeState, payload: ONLINE, retain: true });
    }
  }

  #hearClaim(id: string, text: string, retained: boolean): void {
    const { id: self, connection } = this.#options;
    const before = this.#members.claimOf(id);
    if (id === self && before?.instance === this.#instance) {
      this.#members.hearClaim(id, text);
      const now = this.#members.claimOf(id);
      if (now !== undefined && now.instance !== this.#instance) {
        // On 3.1.1 a copy that the broker had kept says so.
        const isOld = connection.protocol === '3.1.1' && retained;
        this.#members.hearClaim(id, claimText(before));
        if (!isOld) this.#meetTwin(now);
        return;
      }
    } else this.#members.hearClaim(id, text);
    this.#changed();
  }

  /** Two processes have one id: the one that started first goes on. */
  #meetTwin(twin: Claim): void {
    const { id, log, topics, connection } = this.#options;
    const stays = startedFirst(this.#ownClaim(), twin);
    log.error(whyTwo(id, topics.bridgeState, stays));
    if (!stays) {
      this.#phase = 'outdone';
      this.#mine = new Set();
      void this.apply();
      return;
    }
    this.#sayClaim();
    connection.publish({ topic: topics.bridgeState, payload: ONLINE, retain: true });
  }

  /**
   * Whoever had a machine before may still carry out a command, after we have read it, and may tell of it once more, after
   * we have told it. So the machines are read again, and all is told again.
   */
  #lookAgainSoon(machines: Iterable<string> = []): void {
    for (const machine of machines) this.#shaken.add(machine);
    clearTimeout(this.#lookAgain);
    this.#lookAgain = setTimeout(() => {
      if (!this.isSettled) return;
      this.#user.outdate(this.#shaken);
      this.#shaken.clear();
      this.#user.retell();
    }, this.#options.patience.lookAgainMs).unref();
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
    this.#phase = 'settled';
    // Also where nobody else is there now: others may have been, and have ended together with the broker.
    if (this.#hasBegun) {
      this.#user.outdate(this.#mine);
      this.#lookAgainSoon(this.#mine);
    }
    this.#hasBegun = true;
    this.#grace = setTimeout(() => {
      for (const id of this.#members.expire()) {
        log.warn(`The bridge ${id} has not come back to the broker; the others take over its machines.`);
        this.unanswered.orphan(id, performance.now());
        this.#changed();
      }
    }, patience.graceMs).unref();
    const early = this.#early;
    this.#early = [];
    void this.apply().then(() => {
      // What was heard before was for those who were there; where nobody was, it is for us.
      if (this.isSettled) this.#user.settled(this.others.length === 0 ? early : []);
    });
  }

  #goBlind(): void {
    const { id, log, topics, connection } = this.#options;
    if (this.#phase !== 'joining' || !connection.connected) return;
    const filters = topics.bridgeFilters.join(' and ');
    log.warn(`The broker does not let this bridge read ${filters}; it acts as if it were alone.`);
    this.#isBlind = true;
    this.#members.hearClaim(id, claimText(this.#ownClaim()));
    this.#hearSelf(ONLINE);
  }

  // — what follows —

  #changed(): void {
    // A machine may be another's for a moment, and ours again before anything follows from it.
    const lent = this.isSettled ? [...this.#mine].filter((machine) => !this.owns(machine)) : [];
    if (lent.length > 0) this.#lookAgainSoon(lent);
    this.#collect ??= setTimeout(() => {
      this.#collect = undefined;
      void this.apply();
    }, this.#options.patience.collectMs).unref();
  }

  async #applyAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      if (this.isSettled) this.#choose();
      await this.#user.sync().catch((error: Error) => {
        this.#options.log.warn(`The machines were not taken over: ${error.message}`);
      });
    }
  }

  /** Machines that are busy are kept, and the others told. */
  #choose(): void {
    const mine = new Set<string>();
    let isNews = false;
    for (const machine of this.#options.book.machines.keys()) {
      if (this.owns(machine)) mine.add(machine);
      else if (this.#holds.isBusy(machine)) {
        mine.add(machine);
        isNews = this.#holds.keep(machine) || isNews;
      }
    }
    const gained = [...mine].filter((machine) => !this.#mine.has(machine));
    if (this.#members.hasOthers && gained.length > 0) this.#lookAgainSoon(gained);
    this.#mine = mine;
    if (isNews) this.#sayClaim();
  }

  #ownClaim(): Claim {
    const { book, startedAt } = this.#options;
    this.#claimed = new Set(book.machines.keys());
    const machines = this.#phase === 'leaving' ? new Set<string>() : this.#claimed;
    return { instance: this.#instance, since: startedAt.toISOString(), machines, holds: this.#holds.kept };
  }

  #sayClaim(): void {
    const message = this.claim();
    this.#options.connection.publish(message);
    if (!this.#isBlind) return;
    this.#members.hearClaim(this.#options.id, String(message.payload));
    this.#changed();
  }
}

const MOST_EARLY = 1000;
