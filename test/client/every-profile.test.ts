/** What the client reads of a token is what the service decided, in whatever form the audience chose. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { requireClaims } from '../../src/client/claims.js';
import { TOKEN_PROFILES } from '../../src/rats/token-form.js';
import { claimsOf } from '../../src/token/profile.js';
import { anyClaimsInput } from '../token/claims-input.js';

const AT = new Date('2026-11-20T12:00:00Z');
const IAT = AT.getTime() / 1000;

describe.each(TOKEN_PROFILES)('a token in the profile %s', (profile) => {
  test.each(['affirming', 'warning'] as const)('that says %s is read as that', (status) => {
    fc.assert(
      fc.property(anyClaimsInput, (any) => {
        const input = { ...any, profile, decision: { ...any.decision, status } };
        const { issuer, audience, decision } = input;
        const claims = { iss: issuer, iat: IAT, nbf: IAT, exp: IAT + 300, jti: 'j', ...claimsOf(input) };
        expect(requireClaims(claims, { issuer, audience, at: AT })).toMatchObject({
          status,
          nonce: input.rpNonce,
          keyThumbprint: input.keyThumbprint,
          att: {
            tenant: input.tenant,
            workload: decision.workload,
            reference_version: decision.referenceVersion,
            measurement: decision.measurement,
            tcb_status: decision.tcb.status,
          },
        });
      }),
    );
  });
});
