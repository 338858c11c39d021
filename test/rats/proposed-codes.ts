/** Codes of this build that the documented list does not have yet, with the reason why none of its codes says it. */
import type { AbsentCode } from './absent-codes.js';

export const PROPOSED_CODES: readonly AbsentCode[] = [
  {
    code: 'token_invalid',
    reason:
      'RFC 9449 answers a token that does not count with `invalid_token`, and `unauthenticated` speaks of API keys.',
  },
  {
    code: 'dpop_proof_invalid',
    reason:
      'RFC 9449 has `invalid_dpop_proof` for this: the token counts, and who shows it does not hold its key.',
  },
  {
    code: 'dpop_proof_replayed',
    reason:
      'Whoever is told `nonce_replayed` takes a new challenge; here a new proof is needed, or a thief is at work.',
  },
  {
    code: 'evidence_required',
    reason:
      'Token and proof count, and renewing without evidence is not allowed, or not any more: no denial says so.',
  },
];
