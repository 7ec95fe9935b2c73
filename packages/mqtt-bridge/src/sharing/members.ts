/**
 * The bridges at one broker, as its messages tell: who is online, and which machines each could look after.
 *
 * It is a pure account of what came in on `bridge/+/state` and `bridge/+/machines`, our own messages included: a broker
 * sends all bridges the same messages in the same order, commands among them, so all change their mind about an owner
 * between the same two commands.
 */
import { OFFLINE, ONLINE } from '../topics.ts';
import { type Claim, parseClaim } from './claim.ts';
import { ownerOf } from './owners.ts';

/** What a message on one of the two topics changed. */
export type MemberChange = 'came' | 'left' | 'claimed' | undefined;

/** The account. */
export interface Members {
  hearState(id: string, payload: string): MemberChange;
  hearClaim(id: string, payload: string): MemberChange;
  claimOf(id: string): Claim | undefined;
  /** Ids of those online that have told their machines. */
  online(): readonly string[];
  isOnline(id: string): boolean;
  /** Somebody beside ourselves was ever heard of. */
  readonly hasOthers: boolean;
  /**
   * Who looks after a machine; after one that nobody has, one of all, so that somebody answers.
   * @param coming taken for online, too
   */
  ownerOf(machine: string, coming?: string): string | undefined;
  /** The connection broke: the others may still be there, until they are confirmed or {@link expire} is called. */
  doubt(): void;
  /** Those that were not heard of since they were doubted are gone. Their ids. */
  expire(): readonly string[];
}

interface Entry {
  claim?: Claim | undefined;
  online: boolean;
  doubted: boolean;
}

/** An account of nobody. @param self our own id, which is never doubted but gone when the connection is */
export function createMembers(self: string): Members {
  const entries = new Map<string, Entry>();
  /** Ids in a fixed order, so that nothing depends on who was heard first. */
  let ids: readonly string[] = [];

  function entryOf(id: string): Entry {
    const known = entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = { online: false, doubted: false };
    entries.set(id, entry);
    ids = [...entries.keys()].sort();
    return entry;
  }

  const isThere = (id: string): boolean => {
    const entry = entries.get(id);
    return entry?.online === true && entry.claim !== undefined;
  };

  return {
    hearState(id, payload) {
      if (payload !== ONLINE && payload !== OFFLINE && payload !== '') return undefined;
      const entry = entryOf(id);
      const before = entry.online;
      entry.online = payload === ONLINE;
      const wasDoubted = entry.doubted;
      entry.doubted = false;
      if (before === entry.online) return wasDoubted ? 'came' : undefined;
      return entry.online ? 'came' : 'left';
    },
    hearClaim(id, payload) {
      const claim = parseClaim(payload);
      if (payload !== '' && claim === undefined) return undefined;
      entryOf(id).claim = claim;
      return 'claimed';
    },
    claimOf: (id) => entries.get(id)?.claim,
    online: () => ids.filter(isThere),
    isOnline: (id) => entries.get(id)?.online === true,
    get hasOthers() {
      return ids.some((id) => id !== self);
    },
    ownerOf(machine, coming) {
      const all = ids.filter((id) => isThere(id) || id === coming);
      const holders = all.filter((id) => entries.get(id)?.claim?.holds.has(machine) === true);
      if (holders.length > 0) return ownerOf(machine, holders);
      const having = all.filter((id) => entries.get(id)?.claim?.machines.has(machine) === true);
      return ownerOf(machine, having.length > 0 ? having : all);
    },
    doubt() {
      for (const [id, entry] of entries) {
        if (id === self) entry.online = false;
        else if (entry.online) entry.doubted = true;
      }
    },
    expire() {
      const gone = [...entries].filter(([, { doubted }]) => doubted).map(([id]) => id);
      for (const id of gone) Object.assign(entryOf(id), { online: false, doubted: false });
      return gone;
    },
  };
}
