/**
 * What follows for one bridge from who is there: which machines of its book it looks after, which it cannot let go of yet,
 * what it tells the others of them, and when they are looked at again. `sharing.ts` says who is there.
 */
import { randomBytes } from 'node:crypto';
import type { Message } from '../connection/message.ts';
import { type Claim, claimText } from './claim.ts';
import { createHolds } from './holds.ts';
import type { Members } from './members.ts';
import { nobody, type Phase, type SharingOptions, type SharingUser } from './options.ts';
import { ranked } from './owners.ts';
import { createUnanswered, type LeftCommand, type Unanswered } from './unanswered.ts';

/** The share of one bridge. */
export class Share {
  /** Tells this process from another that has its id. */
  readonly instance = randomBytes(8).toString('hex');
  readonly unanswered: Unanswered;
  /** Where this bridge stands; the sharing says so, by what it hears. */
  phase: Phase = 'away';
  readonly #options: SharingOptions;
  readonly #members: Members;
  /** Machines that this bridge looks after. */
  #mine: ReadonlySet<string> = new Set();
  /** Machines of the book that the others were told of. */
  #claimed: ReadonlySet<string> = new Set();
  /** Machines that another bridge had since they were last told, and may have changed. */
  readonly #shaken = new Set<string>();
  readonly #holds = createHolds((machine) => this.#user.isBusy(machine));
  /** Our own messages do not come back. */
  #isBlind = false;
  #applying: Promise<void> | undefined;
  #isStale = false;
  #collect: NodeJS.Timeout | undefined;
  #lookAgain: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  #user: SharingUser = nobody;

  /** @param members as heard so far; it goes on changing */
  constructor(options: SharingOptions, members: Members) {
    const { patience } = options;
    this.#options = options;
    this.#members = members;
    this.unanswered = createUnanswered(patience);
    this.#watch = setInterval(() => {
      if (this.isSettled && this.#holds.release()) this.sayClaim();
    }, patience.holdMs).unref();
  }

  attach(user: SharingUser): void {
    this.#user = user;
  }

  // — what is asked —

  /** Other bridges that are online, by id. */
  get others(): readonly string[] {
    return this.#members.online().filter((id) => id !== this.#options.id);
  }

  get isSettled(): boolean {
    return this.phase === 'settled' || this.phase === 'leaving';
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

  /** A machine would be another bridge's, and is ours until it is not busy any more. */
  keeps(machine: string): boolean {
    return this.#holds.kept.has(machine);
  }

  // — what is ours —

  /** The book has other machines now. */
  bookChanged(): void {
    if (this.isSettled) this.sayClaim();
    else this.changed();
  }

  /** Another bridge came or went, or told other machines. */
  changed(): void {
    // A machine may be another's for a moment, and ours again before anything follows from it.
    const lent = this.isSettled ? [...this.#mine].filter((machine) => !this.owns(machine)) : [];
    if (lent.length > 0) this.lookAgainSoon(lent);
    this.#collect ??= setTimeout(() => {
      this.#collect = undefined;
      void this.apply();
    }, this.#options.patience.collectMs).unref();
  }

  /** Nobody is there to share with: all machines of the book are ours. */
  takeAll(): void {
    this.#mine = new Set(this.#options.book.machines.keys());
    void this.apply();
  }

  /** Another process goes on in our place. */
  dropAll(): void {
    this.#mine = new Set();
    void this.apply();
  }

  /** Before we are online again: machines that went to others meanwhile are theirs, and are not announced. */
  async foresee(): Promise<void> {
    const { id } = this.#options;
    const left = [...this.#mine].filter((each) => this.#members.ownerOf(each, id) === id || this.#holds.isBusy(each));
    this.#mine = new Set(left);
    await this.apply();
  }

  /** The fleet has what is ours by now. */
  apply(): Promise<void> {
    this.#isStale = true;
    this.#applying ??= this.#applyAll().finally(() => {
      this.#applying = undefined;
    });
    return this.#applying;
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
    if (this.#members.hasOthers && gained.length > 0) this.lookAgainSoon(gained);
    this.#mine = mine;
    if (isNews) this.sayClaim();
  }

  // — what is told —

  /** What the others are told of our machines. */
  ownClaim(): Claim {
    const { book, startedAt } = this.#options;
    this.#claimed = new Set(book.machines.keys());
    const machines = this.phase === 'leaving' ? new Set<string>() : this.#claimed;
    return { instance: this.instance, since: startedAt.toISOString(), machines, holds: this.#holds.kept };
  }

  /** First of all announcements. */
  claim(): Message {
    return { topic: this.#options.topics.bridgeMachines, payload: claimText(this.ownClaim()), retain: true };
  }

  /** Tells the others our machines. */
  sayClaim(): void {
    const message = this.claim();
    this.#options.connection.publish(message);
    if (!this.#isBlind) return;
    this.#members.hearClaim(this.#options.id, String(message.payload));
    this.changed();
  }

  /** From now on what we tell is taken for heard, as it does not come back. */
  goBlind(): void {
    this.#isBlind = true;
    this.#members.hearClaim(this.#options.id, claimText(this.ownClaim()));
  }

  /** We were away, and others may have changed our machines meanwhile. */
  outdate(): void {
    this.#user.outdate(this.#mine);
    this.lookAgainSoon(this.#mine);
  }

  /**
   * Whoever had a machine before may still carry out a command, after we have read it, and may tell of it once more, after
   * we have told it. So the machines are read again, and all is told again.
   */
  lookAgainSoon(machines: Iterable<string> = []): void {
    for (const machine of machines) this.#shaken.add(machine);
    clearTimeout(this.#lookAgain);
    this.#lookAgain = setTimeout(() => {
      if (!this.isSettled) return;
      this.#user.outdate(this.#shaken);
      this.#shaken.clear();
      this.#user.retell();
    }, this.#options.patience.lookAgainMs).unref();
  }

  stop(): void {
    for (const timer of [this.#collect, this.#lookAgain]) clearTimeout(timer);
    clearInterval(this.#watch);
  }
}
