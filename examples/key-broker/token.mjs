/**
 * Attestation tokens, verified by anybody who knows the issuer's URL: discovery, keys, signature, claims.
 * Nothing in a token is looked at before its signature has been checked under a key of that issuer.
 */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Refused } from './refused.mjs';

/** The one algorithm agreed on. A token does not get to choose how it is checked. */
const ALGORITHM = 'ES256';
/** An issuer may give tokens a longer life than this broker cares for. */
const MAX_AGE_SECONDS = 900;

/**
 * @param {object} options
 * @param {string} options.issuer URL of the issuer, compared as text
 * @param {string} options.audience what this broker is called in `aud`
 * @param {boolean} options.acceptSimulated take tokens for evidence of made-up vendors; for demonstrations only
 * @param {() => Date} [options.now] the clock that tokens are judged by
 */
export async function createTokenVerifier({ issuer, audience, acceptSimulated, now = () => new Date() }) {
  const keys = createRemoteJWKSet(await discoverKeys(issuer));
  return {
    /**
     * The claims of a token that this broker accepts; throws Refused otherwise.
     * @param {string} token compact JWS
     */
    async verify(token) {
      const { payload } = await verifySignature(token, keys, { issuer, audience, currentDate: now() });
      requireAcceptable(payload, acceptSimulated);
      return payload;
    },
  };
}

/** OpenID Connect Discovery: the document must be about the issuer that was asked, and so must its keys. */
async function discoverKeys(issuer) {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`discovery of ${issuer} failed with HTTP ${response.status}`);
  const document = await response.json();
  if (document.issuer !== issuer) throw new Error(`discovery of ${issuer} speaks for ${document.issuer}`);
  const keys = new URL(document.jwks_uri);
  if (keys.origin !== new URL(issuer).origin) throw new Error(`the keys of ${issuer} lie elsewhere: ${keys}`);
  return keys;
}

async function verifySignature(token, keys, expected) {
  try {
    return await jwtVerify(token, keys, {
      algorithms: [ALGORITHM],
      ...expected,
      maxTokenAge: MAX_AGE_SECONDS,
      requiredClaims: ['sub', 'exp', 'jti', 'cnf'],
    });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new Refused(reasonOf(error), error.message);
  }
}

function reasonOf(error) {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `claim_${error.claim}`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown_key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  return 'malformed';
}

/** What the issuer vouches for must also be what this broker wants. */
function requireAcceptable(claims, acceptSimulated) {
  const { att, cnf, ear_status: status } = claims;
  if (status !== 'affirming') throw new Refused('status', `ear_status is ${status}, not affirming`);
  if (typeof att !== 'object' || att === null) throw new Refused('malformed', 'there is no att object');
  if (att.simulated !== false && !acceptSimulated) {
    throw new Refused('simulated', 'the evidence behind this token came from a simulated vendor');
  }
  if (att.debug !== false) throw new Refused('debug', 'the host can read the memory of this guest');
  if (typeof cnf?.jkt !== 'string') throw new Refused('not_bound', 'the token is not bound to a key');
}
