/** Proofs that were used, remembered for as long as they could be used again. */

/** Where they are remembered. Several processes that serve one address need one that they share. */
export interface ReplayStore {
  /**
   * True the first time, false when the same text was spent before and `until` had not passed; all at once, however many
   * ask. Throws ReplayMemoryFull when it can remember no more.
   */
  spend(proof: string, until: Date, at: Date): Promise<boolean>;
}

/** Nothing more can be remembered: forgetting an older proof would let it be used again. */
export class ReplayMemoryFull extends Error {
  override readonly name = 'ReplayMemoryFull';
}

/** Some hundred bytes each. Only proofs of those who hold a good token and its key take a place. */
export const REPLAY_CAPACITY = 100_000;

/** In the memory of this process. */
export function createReplayMemory(capacity: number = REPLAY_CAPACITY): ReplayStore {
  /** Proof → milliseconds since 1970; in the order of use, so nearly in that of their ends. */
  const used = new Map<string, number>();
  return {
    async spend(proof, until, at) {
      const now = at.getTime();
      const end = used.get(proof);
      if (end !== undefined && end >= now) return false;
      if (used.size >= capacity) forgetPast(used, now);
      if (used.size >= capacity) throw new ReplayMemoryFull('no place for another proof');
      used.delete(proof);
      used.set(proof, until.getTime());
      return true;
    },
  };
}

function forgetPast(used: Map<string, number>, now: number): void {
  for (const [proof, end] of used) if (end < now) used.delete(proof);
}
