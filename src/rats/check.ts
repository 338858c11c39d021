/** Making check entries: one per code of the procedure, passed or not or not run. */
import { REFUSALS, type RefusalCode, refusalEntry, refusalOrder } from './refusal.js';
import type { CheckResult } from './result.js';

export interface CheckFacts {
  readonly expected?: string | null;
  readonly observed?: string | null;
  /**
   * Of a failed check: replaces the table's remedy where this very case has a better one. Of any other: a
   * reservation, which keeps a genuine verdict from `affirming`.
   */
  readonly remedy?: string;
}

export function passed(id: RefusalCode, source: string, facts: CheckFacts = {}): CheckResult {
  return {
    id,
    outcome: 'pass',
    expected: facts.expected ?? null,
    observed: facts.observed ?? null,
    source,
    remedy: facts.remedy ?? null,
  };
}

export function failed(id: RefusalCode, source: string, facts: CheckFacts): CheckResult {
  return {
    id,
    outcome: 'fail',
    expected: facts.expected ?? null,
    observed: facts.observed ?? null,
    source,
    remedy: facts.remedy ?? refusalEntry(id).remedy,
  };
}

/** `why` goes into `observed`: a check that did not run says what it lacked. */
export function notRun(id: RefusalCode, source: string, why: string, facts: CheckFacts = {}): CheckResult {
  return {
    id,
    outcome: 'not_run',
    expected: facts.expected ?? null,
    observed: why,
    source,
    remedy: facts.remedy ?? null,
  };
}

export function checked(
  holds: boolean,
  id: RefusalCode,
  source: string,
  facts: CheckFacts = {},
): CheckResult {
  if (!holds) return failed(id, source, facts);
  // The remedy is for the failure; on a check that passed it would be a reservation.
  const { expected = null, observed = null } = facts;
  return { id, outcome: 'pass', expected, observed, source, remedy: null };
}

/**
 * By position in the table of refusals: where the code stands in the list that is being made, and which list that was. Kept from one
 * call to the next, because every verdict merges several times.
 */
const places = new Uint32Array(REFUSALS.length);
const lists = new Float64Array(REFUSALS.length);
let listsMade = 0;

/** Several lists into one with a single entry per code: a failure beats a pass, a pass beats not run. */
export function mergeChecks(...given: readonly (readonly CheckResult[])[]): CheckResult[] {
  const merged: CheckResult[] = [];
  listsMade += 1;
  for (const list of given) {
    for (const check of list) {
      const order = refusalOrder(check.id);
      const place = lists[order] === listsMade ? places[order] : undefined;
      if (place === undefined) {
        lists[order] = listsMade;
        places[order] = merged.push(check) - 1;
      } else if (outranks(check, merged[place])) merged[place] = check;
    }
  }
  return merged;
}

const RANK = { fail: 2, pass: 1, not_run: 0 } as const;

function outranks(check: CheckResult, known: CheckResult | undefined): boolean {
  return known === undefined || RANK[check.outcome] > RANK[known.outcome];
}

/** What is in nobody's way and yet makes a verdict a warning: each says in its remedy what would cure it. */
export function reservations(checks: readonly CheckResult[]): readonly CheckResult[] {
  return checks.filter(({ outcome, remedy }) => outcome !== 'fail' && remedy !== null);
}

/** The failed check whose code comes first in the table; null when none failed. */
export function firstFailure(checks: readonly CheckResult[]): CheckResult | null {
  let first: CheckResult | null = null;
  for (const check of checks) {
    if (check.outcome !== 'fail') continue;
    if (first === null || refusalOrder(check.id) < refusalOrder(first.id)) first = check;
  }
  return first;
}
