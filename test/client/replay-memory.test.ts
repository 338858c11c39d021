import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createReplayMemory, ReplayMemoryFull } from '../../src/client/index.js';

const at = (seconds: number) => new Date(seconds * 1000);

describe('a memory of proofs', () => {
  test('takes each once until its end, whatever comes in between', async () => {
    const uses = fc.array(fc.record({ proof: fc.constantFrom('a', 'b', 'c'), wait: fc.nat(40) }));
    await fc.assert(
      fc.asyncProperty(uses, async (steps) => {
        const memory = createReplayMemory(at(0), 3);
        const ends = new Map<string, number>();
        let now = 0;
        for (const { proof, wait } of steps) {
          now += wait;
          const open = (ends.get(proof) ?? -1) < now;
          expect(await memory.spend(proof, at(now + 60), at(now), proof)).toBe(open);
          if (open) ends.set(proof, now + 60);
        }
      }),
    );
  });

  test('forgets nothing that could be used again, and makes place for what cannot', async () => {
    const memory = createReplayMemory(at(0), 2);
    await memory.spend('a', at(60), at(0), 'a');
    await memory.spend('b', at(70), at(10), 'b');
    await expect(memory.spend('c', at(80), at(20), 'c')).rejects.toThrow(ReplayMemoryFull);
    expect(await memory.spend('a', at(80), at(20), 'a')).toBe(false);
    expect(await memory.spend('c', at(121), at(61), 'c')).toBe(true);
    expect(await memory.spend('b', at(121), at(61), 'b')).toBe(false);
  });

  test('gives one holder a tenth of its places', async () => {
    const memory = createReplayMemory(at(0), 20);
    const spend = (proof: string, holder: string, now: number) =>
      memory.spend(proof, at(now + 60), at(now), holder);
    expect(await spend('a', 'one', 0)).toBe(true);
    expect(await spend('b', 'one', 10)).toBe(true);
    await expect(spend('c', 'one', 20)).rejects.toThrow(ReplayMemoryFull);
    expect(await spend('a', 'one', 20)).toBe(false);
    for (let holder = 0; holder < 18; holder += 1)
      expect(await spend(`d${holder}`, `${holder}`, 20)).toBe(true);
    await expect(spend('e', 'another', 20)).rejects.toThrow(ReplayMemoryFull);
    // The first of them could be used until 60.
    expect(await spend('c', 'one', 61)).toBe(true);
    await expect(spend('f', 'one', 61)).rejects.toThrow(ReplayMemoryFull);
  });

  test('looks for places that are free again once in a second', async () => {
    const memory = createReplayMemory(at(0), 1);
    const spend = (proof: string, until: number, now: number) =>
      memory.spend(proof, at(until), at(now), proof);
    expect(await spend('a', 100.1, 100)).toBe(true);
    await expect(spend('b', 200, 100.05)).rejects.toThrow(ReplayMemoryFull);
    await expect(spend('b', 200, 101.04)).rejects.toThrow(ReplayMemoryFull);
    expect(await spend('b', 200, 101.05)).toBe(true);
  });
});
