/** From the checks of authentication to its answer: one rule for every TEE. */
import { type Refusal, type RefuseOptions, refusal, refusalEntry, type Stage } from './refusal.js';
import type { CheckResult } from './result.js';

/** Seconds after which an undecided answer is worth another try where no vendor was asked: somebody imports by hand. */
const RETRY_AFTER = 60;

export interface RefusalOptions {
  readonly stage?: Stage;
  readonly retryAfter?: number | null;
}

/**
 * The first failure of the class, in the order of the procedure; null: none failed. What is malformed counts as
 * refused here, since the pipeline has begun. `retryAfter`: seconds, where a vendor that was asked gave reason to know.
 */
export function refusalFrom(
  checks: readonly CheckResult[],
  kind: 'refused' | 'undecided',
  { stage = 'authenticate', retryAfter = null }: RefusalOptions = {},
): Refusal | null {
  const first = checks.find(({ id, outcome }) => {
    return outcome === 'fail' && (refusalEntry(id).class === 'undecided') === (kind === 'undecided');
  });
  if (first === undefined) return null;
  const { meaning } = refusalEntry(first.id);
  const detail = `${meaning} Expected: ${first.expected}. Observed: ${first.observed}.`;
  const options: RefuseOptions = {
    checks,
    ...(kind === 'undecided' ? { retryAfter: retryAfter ?? RETRY_AFTER } : {}),
  };
  return refusal(first.id, stage, detail, options);
}
