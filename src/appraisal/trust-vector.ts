/**
 * Trustworthiness claims and the tier that follows from them.
 * Source: draft-ietf-rats-ar4si (value ranges), draft-ietf-rats-ear (status words).
 */
import type { Covers } from '../rats/reference-value.js';
import type { TrustTier, TrustVector } from '../rats/result.js';

/** Worse to the right; `none` makes no statement and lowers nothing. */
const SEVERITY: Readonly<Record<TrustTier, number>> = {
  none: 0,
  affirming: 1,
  warning: 2,
  contraindicated: 3,
};

/** Tier of one claim, a signed 8-bit integer. Throws RangeError on anything else. */
export function tierOfClaim(value: number): TrustTier {
  if (!Number.isInteger(value) || value < -128 || value > 127) {
    throw new RangeError(`a trustworthiness claim is a signed byte, not ${value}`);
  }
  if (value >= -1 && value <= 1) return 'none';
  if (value >= -32 && value <= 31) return 'affirming';
  if (value >= -96 && value <= 95) return 'warning';
  return 'contraindicated';
}

export function worstTier(tiers: readonly TrustTier[]): TrustTier {
  return tiers.reduce<TrustTier>((worst, tier) => (SEVERITY[tier] > SEVERITY[worst] ? tier : worst), 'none');
}

/** The worst claim decides; no claim at all is `none`. */
export function tierOfVector(vector: TrustVector): TrustTier {
  let worst: TrustTier = 'none';
  for (const value of Object.values(vector)) {
    const tier = tierOfClaim(value);
    if (SEVERITY[tier] > SEVERITY[worst]) worst = tier;
  }
  return worst;
}

/** By what the matched value covers in truth: 2 approved at boot and run time, 3 at boot, 33 unrecognised. */
export function executablesOf(covers: Covers | null): number {
  switch (covers) {
    case 'runtime':
      return 2;
    case 'boot':
      return 3;
    default:
      return 33;
  }
}
