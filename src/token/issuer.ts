/** Signs a claims set: stamps issuer, times and jti, and never outlives what the verdict rests on. */
import { base64urlOf } from '../bytes/encoding.js';
import { refuse } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import type { TokenHeader, TokenSigner } from '../verifier/key-ports.js';
import type { Entropy } from '../verifier/ports.js';

/** No token lives longer, whatever its audience says. Seconds. */
export const MAX_TOKEN_LIFETIME = 3600;

export interface TokenRequest {
  readonly issuer: string;
  readonly claims: JsonObject;
  readonly header: TokenHeader;
  readonly at: Date;
  /** Seconds, the audience's. */
  readonly lifetime: number;
  /** Earliest end of an endorsement used, of a grace of the policy, of a certificate in the header. */
  readonly trustUntil: Date;
}

export interface IssuedToken {
  /** Compact JWS. */
  readonly token: string;
  readonly jti: string;
  readonly kid: string;
  readonly expiresAt: Date;
  /** Seconds from `at`. */
  readonly expiresIn: number;
}

/** Whole seconds; `exp` is the audience's lifetime or the end of trust, whichever comes first. */
export async function issueToken(
  request: TokenRequest,
  { signer, entropy }: { readonly signer: TokenSigner; readonly entropy: Entropy },
): Promise<IssuedToken> {
  const iat = Math.floor(request.at.getTime() / 1000);
  const lifetime = Math.min(request.lifetime, MAX_TOKEN_LIFETIME);
  const exp = Math.min(iat + lifetime, Math.floor(request.trustUntil.getTime() / 1000));
  if (exp <= iat) {
    refuse(
      'collateral_unavailable',
      'issue',
      'What the verdict rests on, a vendor document or a grace of the policy, ends this very second.',
      {
        retryAfter: 30,
      },
    );
  }
  const jti = base64urlOf(entropy.bytes(16));
  const claims = { iss: request.issuer, iat, nbf: iat, exp, jti, ...request.claims };
  const token = await signer.sign(claims, request.header);
  return { token, jti, kid: signer.kid, expiresAt: new Date(exp * 1000), expiresIn: exp - iat };
}
