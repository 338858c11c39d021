/** What a decision stands on while its tokens may be renewed without new evidence, and for how long that is. */
import type { Decision } from './decision-ports.js';
import type { Audience } from './reference-ports.js';
import type { RenewalTerms } from './renewal-ports.js';
import type { Submission } from './submission.js';
import type { BoundEvidence, Verification } from './verify.js';

export interface Renewable {
  readonly decision: Pick<Decision, 'at'>;
  readonly audience: Pick<Audience, 'renewalSeconds'>;
  readonly submission: Pick<Submission, 'keyThumbprint' | 'encryptionKey'> & {
    readonly challenge: Pick<Submission['challenge'], 'rpNonce'>;
  };
  readonly bound: { readonly authenticated: Pick<BoundEvidence['authenticated'], 'trustUntil'> };
  readonly verification: {
    readonly appraisal: Pick<NonNullable<Verification['appraisal']>, 'graceUntil'> | null;
  };
  readonly build: string;
}

/**
 * Null: only fresh evidence gives another token. So it is for tokens without a key, and for those with a nonce of the relying
 * party, which asks for evidence that was made for it.
 */
export function renewalTerms(renewable: Renewable): Omit<RenewalTerms, 'endorsementEpoch'> | null {
  const { decision, audience, submission, bound, verification, build } = renewable;
  const { challenge, keyThumbprint, encryptionKey } = submission;
  if (audience.renewalSeconds === 0 || keyThumbprint === null || challenge.rpNonce !== null) return null;
  const graceUntil = verification.appraisal?.graceUntil ?? null;
  const ends = [
    decision.at.getTime() + audience.renewalSeconds * 1000,
    bound.authenticated.trustUntil.getTime(),
    graceUntil?.getTime() ?? Number.POSITIVE_INFINITY,
  ];
  return {
    until: new Date(Math.min(...ends)),
    inGrace: graceUntil !== null,
    build,
    keyThumbprint,
    encryptionKey,
  };
}
