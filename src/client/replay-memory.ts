/** Proofs that were used, remembered for as long as they could be used again. */

/** Where they are remembered. Several processes that serve one address need one that they share. */
export interface ReplayStore {
  /**
   * When it began to remember: proofs made by then are refused, since nobody knows whether they were used. Left out by stores
   * that outlive their processes.
   */
  readonly since?: Date;
  /**
   * True the first time, false when the same text was spent before and `until` had not passed; all at once, however many
   * ask. `holder` is the thumbprint of the key that made the proof. Throws ReplayMemoryFull when it can remember no more.
   */
  spend(proof: string, until: Date, at: Date, holder: string): Promise<boolean>;
}

/** Nothing more can be remembered: forgetting an older proof would let it be used again. */
export class ReplayMemoryFull extends Error {
  override readonly name = 'ReplayMemoryFull';
}

/** Some hundred bytes each. Only proofs of those who hold a good token and its key take a place. */
export const REPLAY_CAPACITY = 100_000;
/** Into how many parts the places are divided: none is for one key alone, so that its holder leaves some for others. */
const SHARES = 10;
/** Milliseconds between two looks for places that are free again: each goes through all of them. */
const SWEEP = 1_000;

interface Use {
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly end: number;
}

/** In the memory of this process, which begins at `since`. */
export function createReplayMemory(since: Date, capacity: number = REPLAY_CAPACITY): ReplayStore {
  const used = new Map<string, Use>();
  /** Thumbprint → places that its holder takes. */
  const places = new Map<string, number>();
  const share = Math.ceil(capacity / SHARES);
  let sweptAt: number | null = null;

  const placesOf = (holder: string): number => places.get(holder) ?? 0;
  const isFull = (holder: string): boolean => used.size >= capacity || placesOf(holder) >= share;

  function forget(proof: string, { holder }: Use): void {
    used.delete(proof);
    const left = placesOf(holder) - 1;
    if (left === 0) places.delete(holder);
    else places.set(holder, left);
  }

  function sweep(now: number): void {
    if (sweptAt !== null && now >= sweptAt && now - sweptAt < SWEEP) return;
    sweptAt = now;
    for (const [proof, use] of used) if (use.end < now) forget(proof, use);
  }

  return {
    since,
    async spend(proof, until, at, holder) {
      const now = at.getTime();
      const before = used.get(proof);
      if (before !== undefined) {
        if (before.end >= now) return false;
        forget(proof, before);
      }
      if (isFull(holder)) sweep(now);
      if (isFull(holder)) throw new ReplayMemoryFull('no place for another proof');
      used.set(proof, { holder, end: until.getTime() });
      places.set(holder, placesOf(holder) + 1);
      return true;
    },
  };
}
