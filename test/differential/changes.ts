/** What the fuzzer's changes are drawn with. */
import fc from 'fast-check';
import { CHANGES, type Change } from '../fuzz/mutation.js';

/** Changes of the mutants from `first` on; the same in every run. */
export function changesOf(first: number, count: number): readonly (readonly Change[])[] {
  return fc.sample(CHANGES, { numRuns: count, seed: 0x5eed + first });
}
