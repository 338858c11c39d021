import { describe, expect, test } from '@jest/globals';
import { createEntropy, systemEntropy } from '../../src/platform/entropy.js';

/** Fills with numbers that go on from fill to fill, and keeps hold of what it filled. */
function counting() {
  const pools: Uint8Array[] = [];
  let next = 0;
  const entropy = createEntropy((pool) => {
    pools.push(pool);
    new DataView(pool.buffer).setUint32(0, pools.length);
    for (let place = 4; place < pool.length; place += 1) pool[place] = next++ % 251;
  });
  return { entropy, pools };
}

describe('entropy', () => {
  test('gives as many bytes as are asked for, never the same ones twice', () => {
    const seen = new Set<string>();
    for (let time = 0; time < 2_000; time += 1) {
      const bytes = systemEntropy.bytes(16 + (time % 50));
      expect(bytes).toHaveLength(16 + (time % 50));
      seen.add(Buffer.from(bytes.subarray(0, 16)).toString('hex'));
    }
    expect(seen.size).toBe(2_000);
    expect(systemEntropy.bytes(0)).toHaveLength(0);
  });

  test('what was handed out is no longer in the pool, and does not change with it', () => {
    const { entropy, pools } = counting();
    const first = entropy.bytes(32);
    const kept = Uint8Array.from(first);
    expect(first.some((byte) => byte !== 0)).toBe(true);
    expect(pools[0]?.subarray(0, 32).every((byte) => byte === 0)).toBe(true);
    for (let time = 0; time < 500; time += 1) entropy.bytes(32);
    expect(first).toEqual(kept);
  });

  test('what is left at the end of a pool is not pieced together with the next one', () => {
    const { entropy, pools } = counting();
    entropy.bytes(4_000);
    expect(pools).toHaveLength(1);
    const bytes = entropy.bytes(100);
    expect(pools).toHaveLength(2);
    expect(new DataView(bytes.buffer).getUint32(0)).toBe(2);
  });

  test('more than a pool holds is fetched by itself', () => {
    const { entropy, pools } = counting();
    expect(entropy.bytes(10_000)).toHaveLength(10_000);
    expect(pools.map(({ length }) => length)).toEqual([10_000]);
  });
});
