/** What Assay says of evidence when nobody asks for more than that it is authentic. */
import type { AuthenticationInput, ParsedEvidence } from '../../src/rats/evidence.js';
import { type RefusalCode, RefusalError } from '../../src/rats/refusal.js';
import { NO_DEMANDS } from '../tee/context.js';

/** Empty: authentic. Otherwise every check that failed: each needs its own reason when a peer accepts. */
export type Objections = readonly RefusalCode[];

/** Throws whatever is no refusal: that is a bug of Assay's. */
export async function objectionsOf(
  parse: () => ParsedEvidence,
  input: Omit<AuthenticationInput, 'demands'>,
): Promise<Objections> {
  try {
    const result = await parse().authenticate({ ...input, demands: NO_DEMANDS });
    if (result.kind === 'authentic') return [];
    const failed = result.checks
      .filter(({ outcome }) => outcome === 'fail')
      .map(({ id }) => id as RefusalCode);
    return [...new Set([result.refusal.code, ...failed])];
  } catch (error) {
    if (error instanceof RefusalError) return [error.refusal.code];
    throw error;
  }
}
