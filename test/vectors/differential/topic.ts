/** What can be otherwise about a minted TD, and how topics say so. */
import type {
  QuotePlan,
  SimulatedIntel,
  SimulatedTd,
  TdChanges,
  TdDocuments,
  TdOptions,
} from '../../../src/simulator/index.js';
import type { Chance } from './chance.js';

export interface Variation {
  readonly options?: Partial<TdOptions>;
  readonly changes?: TdChanges;
  /** Changes what was minted. */
  readonly after?: (td: SimulatedTd) => { readonly evidence?: Uint8Array; readonly documents?: TdDocuments };
}

export interface Topic {
  readonly name: string;
  readonly vary: (chance: Chance, intel: SimulatedIntel, at: Date) => Variation;
}

const SECOND = 1000;

/** A second before, at, or after the instant; or days away. */
export function near(chance: Chance, at: Date): Date {
  return new Date(at.getTime() + SECOND * chance.pick([-86_400, -1, 0, 0, 1, 86_400]));
}

/** The quoting enclave says something else of itself, and the PCK key signs it. */
export const qe = (change: (qe: QuotePlan['qe']) => Partial<QuotePlan['qe']>): Variation => ({
  changes: { quote: (plan) => ({ ...plan, qe: { ...plan.qe, ...change(plan.qe) } }) },
});

/** A copy with a bit turned, counted from the lowest of the first byte. */
export function withBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
