/** Which TCB statuses and advisories a policy accepts at an instant, its grace included. */
import type { CommonPolicy } from './policy.js';

export interface Accepted {
  readonly statuses: readonly string[];
  readonly advisories: readonly string[];
}

/** `firm`: without an end; `grace`: until its end alone. */
export type Acceptance =
  | { readonly kind: 'firm' }
  | { readonly kind: 'grace'; readonly until: Date }
  | { readonly kind: 'none' };

/**
 * Asks `holds` first what is accepted without an end and then what is while a grace lasts, so that evidence
 * which needs no grace never counts as in it. At `until` itself a grace is over.
 */
export function acceptanceOf(
  common: CommonPolicy,
  at: Date,
  holds: (accepted: Accepted) => boolean,
): Acceptance {
  const { accepted_tcb_statuses: statuses, accepted_advisories: advisories, grace } = common;
  if (holds({ statuses, advisories })) return { kind: 'firm' };
  if (grace === null) return { kind: 'none' };
  const until = new Date(grace.until);
  const widened = {
    statuses: [...statuses, ...grace.statuses],
    advisories: [...advisories, ...grace.advisories],
  };
  return at.getTime() < until.getTime() && holds(widened) ? { kind: 'grace', until } : { kind: 'none' };
}

const TEXTS = new WeakMap<CommonPolicy, Map<readonly string[], string>>();

/**
 * `UpToDate or NotShown; before 2026-12-31T00:00:00Z also OutOfDate`: of the words that this vendor has. Put together
 * once for each policy and vendor.
 */
export function acceptedText(common: CommonPolicy, words: readonly string[]): string {
  const known = TEXTS.get(common) ?? new Map<readonly string[], string>();
  const text = known.get(words) ?? composedText(common, words);
  TEXTS.set(common, known.set(words, text));
  return text;
}

function composedText(
  { accepted_tcb_statuses: statuses, grace }: CommonPolicy,
  words: readonly string[],
): string {
  const firm = statuses.filter((status) => words.includes(status)).join(' or ') || 'no status';
  if (grace === null) return firm;
  const widened = grace.statuses.filter((status) => words.includes(status));
  return widened.length === 0 ? firm : `${firm}; before ${grace.until} also ${widened.join(' or ')}`;
}

/**
 * The TCB date that is too old for the policy, and not what it asks for: that is for `expected`. Null: none is, or
 * nobody asks. An empty date is older than any.
 */
export function dateShortfall(
  { minimum_tcb_date: minimum }: CommonPolicy,
  dates: readonly string[],
): string | null {
  if (minimum === null) return null;
  const early = dates.find((date) => date.slice(0, 10) < minimum);
  if (early === undefined) return null;
  return `TCB date ${early === '' ? 'unknown' : early} is too old`;
}
