import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createReplayMemory, ReplayMemoryFull } from '../../src/client/index.js';

const at = (seconds: number) => new Date(seconds * 1000);

describe('a memory of proofs', () => {
  test('takes each once until its end, whatever comes in between', async () => {
    const uses = fc.array(fc.record({ proof: fc.constantFrom('a', 'b', 'c'), wait: fc.nat(40) }));
    await fc.assert(
      fc.asyncProperty(uses, async (steps) => {
        const memory = createReplayMemory(3);
        const ends = new Map<string, number>();
        let now = 0;
        for (const { proof, wait } of steps) {
          now += wait;
          const open = (ends.get(proof) ?? -1) < now;
          expect(await memory.spend(proof, at(now + 60), at(now))).toBe(open);
          if (open) ends.set(proof, now + 60);
        }
      }),
    );
  });

  test('forgets nothing that could be used again, and makes place for what cannot', async () => {
    const memory = createReplayMemory(2);
    await memory.spend('a', at(60), at(0));
    await memory.spend('b', at(70), at(10));
    await expect(memory.spend('c', at(80), at(20))).rejects.toThrow(ReplayMemoryFull);
    expect(await memory.spend('a', at(80), at(20))).toBe(false);
    expect(await memory.spend('c', at(121), at(61))).toBe(true);
    expect(await memory.spend('b', at(121), at(61))).toBe(false);
  });
});
