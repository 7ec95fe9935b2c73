/**
 * Which of several bridges looks after a machine: the one whose id gives the highest score together with the machine's
 * name. Everybody who knows the same bridges comes to the same answer without asking anybody, and when a bridge comes or
 * goes, no machine moves but those that it gets or had.
 */

/** The owner of a machine among bridges, by id; undefined where there are none. */
export function ownerOf(machine: string, bridges: Iterable<string>): string | undefined {
  return ranked(machine, bridges)[0];
}

/** Bridges, the owner of a machine first, then who would be its owner without the first, and so on. */
export function ranked(machine: string, bridges: Iterable<string>): readonly string[] {
  const scored = [...bridges].map((id) => ({ id, score: scoreOf(id, machine) }));
  return scored.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
}

/**
 * What a bridge scores for a machine, of 32 bits: FNV-1a over `bridge/machine`, and the last mixing of MurmurHash3, since
 * FNV alone leaves names alike that differ at their end. Bridges of all versions must agree on it: it does not change.
 */
export function scoreOf(bridge: string, machine: string): number {
  const text = `${bridge}/${machine}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}
