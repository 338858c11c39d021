/** Randomness from the operating system, fetched a few thousand bytes at a time. */
import { randomFillSync } from 'node:crypto';
import type { Entropy } from '../verifier/ports.js';

const POOL = 4096;

/** Each byte is handed out once, as a copy, and is then no longer in the pool. */
export function createEntropy(fill: (pool: Uint8Array) => void = randomFillSync): Entropy {
  const pool = new Uint8Array(POOL);
  let used = POOL;
  return {
    bytes(length) {
      if (length > POOL) {
        const own = new Uint8Array(length);
        fill(own);
        return own;
      }
      if (used + length > POOL) {
        fill(pool);
        used = 0;
      }
      const bytes = pool.slice(used, used + length);
      pool.fill(0, used, used + length);
      used += length;
      return bytes;
    },
  };
}

export const systemEntropy: Entropy = createEntropy();
