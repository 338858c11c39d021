/** From what was decided to a claims set, in the profile and with the additions that the audience chose. Pure. */
import type { JsonObject } from '../rats/result.js';
import type { TokenProfile } from '../rats/token-form.js';
import { earClaims } from './ear.js';
import { type CompatInput, compatClaims, legacyClaims } from './ear-dotted.js';

export interface ClaimsInput extends CompatInput {
  readonly profile: TokenProfile;
  /** Whom the token was made out to, for audiences that take OAuth access tokens (RFC 9068); null: the others. */
  readonly clientId: string | null;
  /** Session tags for AWS, whose conditions see no other claim of ours. */
  readonly awsTags: boolean;
}

const CLAIMS: Readonly<Record<TokenProfile, (input: CompatInput) => JsonObject>> = {
  ear: earClaims,
  'ear-compat': compatClaims,
  'ear-legacy': legacyClaims,
};

export function claimsOf(input: ClaimsInput): JsonObject {
  return {
    ...CLAIMS[input.profile](input),
    ...(input.clientId === null ? {} : { client_id: input.clientId }),
    ...(input.awsTags ? awsTags(input) : {}),
  };
}

/**
 * Principal tags of the session that AssumeRoleWithWebIdentity opens; each value is a list of one string. None is passed
 * on to roles that the session takes on in turn.
 */
function awsTags({ decision }: ClaimsInput): JsonObject {
  return {
    'https://aws.amazon.com/tags': {
      principal_tags: {
        workload: [decision.workload],
        reference_version: [String(decision.referenceVersion)],
        tcb: [decision.tcb.status],
      },
      transitive_tag_keys: [],
    },
  };
}
