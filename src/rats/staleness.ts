/**
 * Vendor documents past their nextUpdate. A policy may let revocation lists, TCB info and QE identities count for some
 * hours more; certificates end when they end.
 */
import type { Authentication } from './evidence.js';
import type { CheckResult } from './result.js';

/** The most that a policy may ask for: as long as Intel's and AMD's documents live. */
export const LONGEST_GRACE_HOURS = 720;

const HOUR_MS = 3_600_000;

/** A document that evidence rests on although its nextUpdate has passed. */
export interface StaleEndorsement {
  readonly kind: string;
  /** Lowercase hex of SHA-256 over the exact bytes. */
  readonly sha256: string;
  /** For people: `the root CA revocation list`. */
  readonly name: string;
  readonly nextUpdate: Date;
}

/** The last instant at which the document counts; it belongs to the grace. */
export function graceEnd(nextUpdate: Date, hours: number): Date {
  return new Date(nextUpdate.getTime() + hours * HOUR_MS);
}

/** With no hours: whether it is in force. */
export function countsAt(at: Date, nextUpdate: Date, hours: number): boolean {
  return at.getTime() <= nextUpdate.getTime() + hours * HOUR_MS;
}

/** What is asked of a nextUpdate that has passed; `expected` as it is without a grace. */
export function expectedInGrace(expected: string, hours: number): string {
  return `${expected}, or at most ${hours} ${hours === 1 ? 'hour' : 'hours'} earlier by the grace of the policy`;
}

export function observedInGrace(observed: string, nextUpdate: Date, hours: number): string {
  return `${observed}, in grace until ${graceEnd(nextUpdate, hours).toISOString()}`;
}

/** For how long past its nextUpdate a document counts in one pass of authentication. */
export interface Tolerance {
  readonly hours: number;
  /** The checks of the pass without it: what holds where a policy grants less than that. */
  readonly otherwise: readonly CheckResult[];
}

export interface Pass {
  readonly authentication: Authentication;
  /** Whether a document past its nextUpdate was met. */
  readonly stale: boolean;
}

const NONE: Tolerance = { hours: 0, otherwise: [] };

/**
 * First without any grace. Only evidence that old documents alone leave undecided gets a second pass, and only a yes of
 * that counts: what an old document says against evidence, a newer one may take back.
 */
export async function authenticateInGrace(
  hours: number,
  authenticate: (tolerance: Tolerance) => Promise<Pass>,
): Promise<Authentication> {
  const { authentication: strict, stale } = await authenticate(NONE);
  if (hours === 0 || !stale || strict.kind !== 'undecided') return strict;
  const { authentication: lenient } = await authenticate({ hours, otherwise: strict.checks });
  return lenient.kind === 'authentic' ? lenient : strict;
}
