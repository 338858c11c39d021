/** Refusals and faults as problem documents (RFC 9457): the single translation. */
import { type Refusal, type RefusalCode, RefusalError, refusal, refusalEntry } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import type { Tenant } from '../verifier/ports.js';
import { PROOF_ALGS } from '../verifier/renew.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** Seconds to wait when the refusal itself does not say. */
const RETRY_AFTER = { undecided: 30, limited: 1 } as const;

/** How to authenticate instead (RFC 9110, section 11.6.1; RFC 9449, section 7.1). */
const AUTHENTICATE: Readonly<Partial<Record<RefusalCode, string>>> = {
  unauthenticated: 'Bearer realm="assay"',
  token_invalid: dpopChallenge('invalid_token'),
  dpop_proof_invalid: dpopChallenge('invalid_dpop_proof'),
  dpop_proof_replayed: dpopChallenge('invalid_dpop_proof'),
};

function dpopChallenge(error: string): string {
  return `DPoP realm="assay", error="${error}", algs="${PROOF_ALGS.join(' ')}"`;
}

export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly document: JsonObject;
}

export interface Occurrence {
  readonly tenant: Tenant;
  readonly requestId: string;
  /** Path of the request, without its query. */
  readonly path: string;
}

/** Anything but a refusal is a bug: it becomes `internal_error`, and its particulars stay in the log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  return refusal(
    'internal_error',
    'request',
    'The service met a fault. Nothing is said about the evidence; the operator finds the request id in the log.',
  );
}

export function problemOf(refused: Refusal, { tenant, requestId, path }: Occurrence): Problem {
  const entry = refusalEntry(refused.code);
  const retryable = entry.class === 'undecided' || entry.class === 'limited';
  const retryAfter = retryable ? Math.ceil(refused.retryAfter ?? RETRY_AFTER[entry.class]) : null;
  const failed = refused.checks.filter((check) => check.outcome === 'fail');
  const { tee, decision } = refused.facts;
  const document: Record<string, JsonValue> = {
    type: `${tenant.issuer}/problems/${refused.code}`,
    title: entry.title,
    status: entry.status,
    detail: refused.detail,
    // A recorded denial is named by its record, so that an operator can read all of it.
    instance: typeof decision === 'string' ? `${tenant.issuer}/v1/decisions/${decision}` : path,
    code: refused.code,
    stage: refused.stage,
    ...(typeof tee === 'string' ? { tee } : {}),
    ...(failed.length === 0 ? {} : { checks: failed.map((check) => ({ ...check })) }),
    retryable,
    ...(retryAfter === null ? {} : { retry_after: retryAfter }),
    request_id: requestId,
  };
  return {
    status: entry.status,
    headers: {
      ...(retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }),
      ...challengeFor(refused.code),
    },
    document,
  };
}

function challengeFor(code: RefusalCode): Readonly<Record<string, string>> {
  const challenge = AUTHENTICATE[code];
  return challenge === undefined ? {} : { 'WWW-Authenticate': challenge };
}
