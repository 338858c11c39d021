/**
 * Authenticated claims, held to what the service promises of them (EAT, RFC 9711; draft-ietf-rats-ear): whose, for whom,
 * when, and each with its type. What a token says twice must agree. Claims that nobody here knows are let be.
 */
import type { JsonObject, JsonValue } from '../rats/result.js';
import { isObject, refuseClaims, textOf } from './claim-form.js';
import { refuseToken } from './refused.js';
import { PROFILES, statusOf } from './status.js';
import type { AttestationFacts, VerifiedToken } from './verified-token.js';

/** Seconds by which clocks may differ. */
export const LEEWAY = 5;
/** RFC 7638 by SHA-256: 32 bytes in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

export interface ClaimsQuestion {
  readonly issuer: string;
  readonly audience: string;
  readonly at: Date;
}

/** Throws TokenRefused. */
export function requireClaims(claims: JsonObject, { issuer, audience, at }: ClaimsQuestion): VerifiedToken {
  if (claims.iss !== issuer) refuseToken('token_issuer', `The token is not of the issuer ${issuer}.`);
  // One audience: a token for several would open each of them to all the others.
  if (claims.aud !== audience)
    refuseToken('token_audience', `The token is not for the audience ${audience}.`);
  const { issuedAt, expiresAt } = requireTimes(claims, at);
  const profile = textOf(claims.eat_profile, 'eat_profile');
  if (!PROFILES.has(profile)) {
    refuseToken('token_profile', `The token is of none of the profiles ${[...PROFILES].join(', ')}.`);
  }
  const att = factsOf(claims.att);
  const subject = textOf(claims.sub, 'sub');
  if (subject !== `tenant:${att.tenant}:workload:${att.workload}`) {
    refuseClaims('`sub` and `att` name different workloads');
  }
  return {
    issuer,
    subject,
    audience,
    id: textOf(claims.jti, 'jti'),
    issuedAt,
    expiresAt,
    profile,
    status: statusOf(claims, profile),
    nonce: claims.eat_nonce === undefined ? null : textOf(claims.eat_nonce, 'eat_nonce'),
    keyThumbprint: thumbprintOf(claims.cnf),
    att,
    claims,
  };
}

/** The last second that RFC 3339 can name: instants that no calendar has are mistakes. */
const LAST_SECOND = 253_402_300_799;

/** Whole seconds since 1970, all three. */
function requireTimes(claims: JsonObject, at: Date): Pick<VerifiedToken, 'issuedAt' | 'expiresAt'> {
  const [iat, nbf, exp] = (['iat', 'nbf', 'exp'] as const).map((name) => {
    const value = claims[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= LAST_SECOND
      ? value
      : refuseClaims(`\`${name}\` is not a whole number of seconds`);
  }) as [number, number, number];
  const now = at.getTime() / 1000;
  requireUnended(new Date(exp * 1000), at);
  const begin = Math.max(iat, nbf);
  if (begin - LEEWAY > now) {
    refuseToken('token_not_yet_valid', `The token begins only on ${instantOf(begin)}.`);
  }
  return { issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) };
}

/** Throws TokenRefused `token_expired`. A date beyond the calendar has not come. */
export function requireUnended(end: Date, at: Date): void {
  if (end.getTime() + LEEWAY * 1000 <= at.getTime()) {
    refuseToken('token_expired', `The token ended on ${end.toISOString()}.`);
  }
}

function instantOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

const TEXTS = [
  ...['tenant', 'workload', 'tee', 'generation', 'tcb_status', 'tcb_source', 'tcb_date', 'measurement'],
  ...['policy', 'policy_digest', 'decision', 'evidence_digest', 'devices', 'fresh'],
] as const;
const TRUTHS = ['debug', 'simulated', 'tcb_in_grace'] as const;

/** Every member is there, with its type. */
function factsOf(value: JsonValue | undefined): AttestationFacts {
  if (!isObject(value)) return refuseClaims('there is no object `att`');
  if (value.v !== 1) refuseClaims('`att.v` is not 1, the version that this client knows');
  for (const name of TEXTS) {
    // A date is empty where no bulletin fixed anything.
    if (typeof value[name] !== 'string') refuseClaims(`\`att.${name}\` is not a text`);
  }
  for (const name of TRUTHS) {
    if (typeof value[name] !== 'boolean') refuseClaims(`\`att.${name}\` is neither true nor false`);
  }
  const { reference_version: version } = value;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    refuseClaims('`att.reference_version` is not a whole number from 1');
  }
  return value as unknown as AttestationFacts;
}

/** RFC 9449, section 6.1. A confirmation of another kind is not taken for none. */
function thumbprintOf(cnf: JsonValue | undefined): string | null {
  if (cnf === undefined) return null;
  const jkt = isObject(cnf) ? cnf.jkt : undefined;
  return typeof jkt === 'string' && THUMBPRINT.test(jkt)
    ? jkt
    : refuseClaims('`cnf` is there and has no `jkt` of SHA-256');
}
